"""What Go templates of Taskfiles stand for."""

from __future__ import annotations

import pytest

from wfopt.formats.taskfile import evaluating
from wfopt.formats.taskfile.evaluating import Open, Scope, fill, value_of_reference
from wfopt.formats.taskfile.machine import ARCH, OS
from wfopt.formats.taskfile.templates import TemplateError

SCOPE = Scope(
    {
        "NAME": "app",
        "N": 3,
        "F": 1.5,
        "YES": True,
        "LIST": ["a", "b", "c"],
        "MAP": {"k": "v", "in": {"x": 1}},
        "NONE": None,
        "NULLS": [None, False],
        "CMD": Open("a variable from a command"),
    },
    {"HOME": "/home/me"},
)

VALUES = [
    ("plain", "plain"),
    ("{{.NAME}}-{{ .NAME }}", "app-app"),
    ("{{.MISSING}}|{{.NONE}}|{{.HOME}}", "||/home/me"),
    ("{{.F}} {{.YES}} {{.LIST}} {{.MAP.k}} {{.MAP.in.x}} {{$.NAME}}", "1.5 true [a b c] v 1 app"),
    ("{{.NULLS}}", "[<nil> false]"),
    ("a  {{- .NAME -}}  b {{/* note */}}c", "aappb c"),
    ("{{- /* note */ -}} x", "x"),
    ('{{"a\\tb\\"c"}} {{`r\\aw`}} {{-3}} {{1.5}} {{true}} {{nil}}', 'a\tb"c r\\aw -3 1.5 true '),
    ('{{"}}"}}', "}}"),
    ("{{if .NAME}}y{{end}}{{if .NONE}}n{{end}}", "y"),
    ("{{if .NONE}}1{{else if .N}}2{{else}}3{{end}}", "2"),
    ("{{if .NONE}}1{{else if .NONE}}2{{else}}3{{end}}!", "3!"),
    ("{{with .MAP.k}}[{{.}}]{{end}}{{with .NONE}}x{{else}}-{{end}}", "[v]-"),
    ("{{range .LIST}}<{{.}}{{$.N}}>{{end}}", "<a3><b3><c3>"),
    ("{{range $i, $x := .LIST}}{{$i}}{{$x}}{{end}}", "0a1b2c"),
    ('{{range $x := .LIST}}{{if eq $x "b"}}B{{else}}{{$x}}{{end}}{{end}}', "aBc"),
    ("{{range $k, $v := .MAP.in}}{{$k}}={{$v}}{{end}}", "x=1"),
    ("{{range .NONE}}x{{else}}none{{end}}", "none"),
    ("{{$x := .N}}{{$x = add $x 1}}{{$x}}", "4"),
    ('{{(index .MAP "in").x}} {{index .LIST 1}} {{index .MAP "k"}}', "1 b v"),
    ('{{or .NONE .NAME (fail "x")}} {{and .NAME .NONE (fail "x")}}', "app "),
    ("{{.NONE | or .NAME}} {{not .NONE}}", "app true"),
    ('{{.NAME | default "x"}} {{.NONE | default "x"}} {{default .NAME .NONE}}', "app x app"),
    ("{{OS}} {{ARCH}}{{exeExt}}", f"{OS} {ARCH}"),
    ('{{env "HOME"}}{{env "NOPE"}}{{env}}', "/home/me"),
    ('{{eq .N 3}} {{eq .NAME "x" "app"}} {{ne .NAME "x"}} {{eq .NONE nil}}', "true true true true"),
    ('{{lt .N 4}} {{le .N 3}} {{gt .F 1.0}} {{ge .NAME "b"}}', "true true true false"),
    ('{{upper .NAME}} {{lower "AB"}} {{title "a bc d\'s"}} {{trim " x "}}', "APP ab A Bc D's x"),
    ('{{trimPrefix "a" .NAME}} {{trimSuffix "p" .NAME}} {{trimAll "ap" "apxpa"}}', "pp ap x"),
    ('{{replace "p" "q" .NAME}} {{contains "p" .NAME}} {{nospace "a b"}}', "aqq true ab"),
    ('{{hasPrefix "a" .NAME}} {{hasSuffix "a" .NAME}}', "true false"),
    ('{{quote .NAME .N}} {{squote .NAME}} {{shellQuote "a b"}} {{q "x"}}', "\"app\" \"3\" 'app' 'a b' x"),
    ('{{repeat 2 .NAME}} {{cat 1 2}} {{print 1 "a"}} {{toString 2}}', "appapp 1 2 1a 2"),
    (
        '{{printf "%s|%5s|%03d|%.2f|%q|%v|%%" .NAME .NAME 7 1.5 .NAME .LIST}}',
        'app|  app|007|1.50|"app"|[a b c]|%',
    ),
    ('{{catLines "a\\nb"}} {{splitLines "a\\nb"}} {{splitArgs "a \'b c\'" | len}}', "a b [a b] 2"),
    ('{{osBase "/a/b.c"}} {{osDir "/a/b"}} {{osExt "x.tar.gz"}} {{osClean "//a/../b"}}', "b.c /a .gz /b"),
    ('{{joinPath "a" "" "../b"}} {{joinPath}} {{relPath "/a" "/a/b"}} {{osIsAbs "/a"}}', "b  b true"),
    ('{{osBase ""}} {{osBase "/"}} {{osExt "x"}} {{toSlash "a"}}', ". /  a"),
    ('{{list 1 2}} {{dict "a" 1}} {{len .LIST}} {{len "é"}} {{len .MAP}}', "[1 2] map[a:1] 3 2 2"),
    (
        "{{first .LIST}} {{last .LIST}} {{rest .LIST}} {{initial .LIST}} {{reverse .LIST}}",
        "a c [b c] [a b] [c b a]",
    ),
    ("{{append .LIST 1}} {{prepend .LIST 1}} {{concat .LIST (list 1)}}", "[a b c 1] [1 a b c] [a b c 1]"),
    (
        '{{has "a" .LIST}} {{hasKey .MAP "k"}} {{keys .MAP}} {{keys 1}} {{get .MAP "k"}}',
        "true true [in k] [] v",
    ),
    (
        '{{join "," .LIST}} {{join "," 1}} {{splitList "," "a,b"}} {{splitList "" "ab"}}',
        "a,b,c 1 [a b] [a b]",
    ),
    ('{{sortAlpha (list "b" "a")}} {{uniq (list 1 1 2)}} {{until 3}}', "[a b] [1 2] [0 1 2]"),
    ('{{add 1 "2"}} {{add1 1}} {{sub 1 2}} {{mul 2 3 4}} {{max 1 2}} {{min 1 2}}', "3 2 -1 24 2 1"),
    ('{{div 7 2}} {{div -7 2}} {{mod -7 2}} {{int "x"}} {{int 2.9}}', "3 -3 -1 0 2"),
    (
        "{{ternary 1 2 true}} {{ternary 1 2 false}} {{coalesce .NONE 0 5}} {{coalesce}} {{empty .NONE}}",
        "1 2 5  true",
    ),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_templates_are_filled_in(text: str, value: str) -> None:
    assert fill(text, SCOPE) == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{{.CMD}}", "a variable from a command"),
        ("{{now}}", "the function `now`"),
        ("{{upper}}", "with values that it does not take"),
        ('{{fail "x"}}', "fails on purpose"),
        ("{{.", "cannot be read"),
        ("{{a b", "cannot be read"),
        ("{{}}", "cannot be read"),
        ("{{.A ?}}", "cannot be read"),
        ("{{|}}", "cannot be read"),
        ("{{end}}", "`end` too many"),
        ("{{if .A}}", "`if` has no `end`"),
        ("{{if .A}}{{else}}{{else}}{{end}}", "two `else`"),
        ("{{range .A}}{{else}}", "`range` has no `end`"),
        ("{{(.A}}", "not closed"),
        ("{{.A .B}}", "arguments to a value"),
        ('{{upper "a" | .A}}', "arguments to a value"),
        ("{{.NAME.x}}", "is not there"),
        ("{{index .LIST 9}}", "is not there"),
        ("{{.}}", "all variables"),
        ("{{$x}}", "all variables"),
        ("{{range .NAME}}{{end}}", "needs a list"),
        ("{{first .NAME}}", "needs a list"),
        ("{{len 3}}", "needs a list"),
        ('{{eq 1 "1"}}', "different kinds"),
        ("{{eq .LIST .LIST}}", "lists or mappings"),
        ("{{div 1 0}}", "divides by zero"),
        ("{{repeat 1000000 .NAME}}", "too long a text"),
        ("{{until 1000000}}", "too long a list"),
        ('{{printf "%d"}}', "`printf`"),
        ('{{splitArgs "\'a"}}', "quotes that are not closed"),
        ("{{if .A}}" * 50, "nested too deep"),
        ("{{" + "(" * 50 + "}}", "nested too deep"),
        ("{{.A)}}", "cannot be read"),
    ],
)
def test_what_has_no_value_is_told(text: str, why: str) -> None:
    with pytest.raises(TemplateError, match=why.replace("(", r"\(")):
        fill(text, SCOPE)


@pytest.mark.parametrize(
    "text",
    [
        "{{range until 400}}{{range until 400}}{{end}}{{.}}{{end}}",
        "{{range until 400}}{{len (until 90000)}}{{end}}",
        '{{$x := repeat 90000 "y"}}' + "{{$x}}" * 9,
        '{{$x := repeat 90000 "y"}}{{range until 9}}{{$x}}{{end}}',
    ],
)
def test_work_and_length_are_limited(text: str) -> None:
    with pytest.raises(TemplateError, match="too"):
        fill(text, SCOPE)
    assert evaluating.MAX_LENGTH > 90_000


def test_a_reference_keeps_its_kind() -> None:
    assert value_of_reference(".LIST", SCOPE) == ["a", "b", "c"]
    assert value_of_reference('index .MAP "in"', SCOPE) == {"x": 1}
