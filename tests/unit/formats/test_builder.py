"""Building nodes: duplicate keys, tags, keys that are none, documents and limits."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.support.yaml_texts import LOADERS, child, cut, parsed, place, refused, source_of, value
from wfopt.codes import DUPLICATE_KEY, NO_STEPS, TOO_COMPLEX, YAML_SYNTAX, Code
from wfopt.errors import LoadError, Severity
from wfopt.formats.builder import MAX_DEPTH, MAX_NODES, MAX_REPORTED
from wfopt.formats.positions import LoaderType, parse_yaml


@pytest.mark.parametrize("loader", LOADERS)
def test_a_document_of_everything(loader: LoaderType) -> None:
    text = """\
wfopt: 1
env: {A: on, B: "1", C: 3.10, D: null, E: 0755}
steps:
  a:
    run: |
      echo 1
        echo 2
    needs: [b, 'c']
  b:
    run: >-
      one
      two
"""
    assert value(parsed(text, loader)) == {
        "wfopt": 1,
        "env": {"A": "on", "B": "1", "C": 3.1, "D": None, "E": "0755"},
        "steps": {"a": {"run": "echo 1\n  echo 2\n", "needs": ["b", "c"]}, "b": {"run": "one two"}},
    }


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("severity", [Severity.ERROR, Severity.WARNING])
def test_duplicate_keys(severity: Severity, loader: LoaderType) -> None:
    text = "a: 1\nb:\n  x: 1\n  'x': 2\n  y: 3\n  x: 4\na: 5\n"
    root, problems = parse_yaml(source_of(text), duplicate_keys=severity, loader=loader)
    assert value(root) == {"a": 5, "b": {"x": 4, "y": 3}}
    assert {(problem.code, problem.severity) for problem in problems} == {(DUPLICATE_KEY, severity)}
    places = [
        (place(problem.primary.span), place(problem.related[0].span), problem.message)
        for problem in problems
        if problem.primary
    ]
    assert places == [
        ((4, 3), (3, 3), "the key `x` stands twice in one mapping"),
        ((6, 3), (3, 3), "the key `x` stands twice in one mapping"),
        ((7, 1), (1, 1), "the key `a` stands twice in one mapping"),
    ]


def test_a_duplicate_key_is_found_by_its_last_value() -> None:
    root, _ = parse_yaml(source_of("a: 1\na: 2\n"))
    assert value(child(root, "a")) == 2


def test_duplicate_keys_stand_beside_what_is_fatal() -> None:
    problems = refused("a: {k: 1, k: 2}\nb: !x 1\nc: [1\n")
    assert [problem.message for problem in problems] == [
        "the key `k` stands twice in one mapping",
        "unknown tag `!x`",
        "`[` is not closed",
    ]


@pytest.mark.parametrize("fatal", ["z: !x 1\n", "z: @\n"])
def test_a_flood_of_problems_is_cut_but_never_the_reason(fatal: str) -> None:
    problems = refused("".join(f"a{n}: {{k: 1, k: 2}}\n" for n in range(300)) + fatal)
    assert len(problems) == MAX_REPORTED + 1
    assert problems[-1].code is YAML_SYNTAX


def test_a_flood_of_refusals_is_cut() -> None:
    assert len(refused("- !x 1\n" * 300)) == MAX_REPORTED


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    ("text", "tag", "at"),
    [
        ("if: !cancelled()\n", "!cancelled()", (1, 5)),
        ("a:\n - !foo*\n", "!foo*", (2, 4)),
        ("if: !x == y\n", "!x", (1, 5)),
        ("a: !reference [a, b]\n", "!reference", (1, 4)),
        ("a: &x !env {k: v}\n", "!env", (1, 7)),
        ("a: ! foo\n", "!", (1, 4)),
        ("a: !<foo> x\n", "!<foo>", (1, 4)),
        ("!a b\n", "!a", (1, 1)),
        ("!a k: v\n", "!a", (1, 1)),
    ],
)
def test_custom_tags(text: str, tag: str, at: tuple[int, int], loader: LoaderType) -> None:
    (problem,) = refused(text, loader)
    assert problem.code is YAML_SYNTAX
    assert problem.message == f"unknown tag `{tag}`"
    assert "quote" in problem.hints[0]
    assert problem.primary is not None
    assert problem.primary.text == "`!` starts a YAML tag"
    assert place(problem.primary.span) == at
    assert cut(problem.primary.span) == tag


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("text", ["a: !!int 3\n", "a: !!map {}\n", "a: !!str [x]\n", "!!merge <<: {}\n"])
def test_standard_tags_but_str(text: str, loader: LoaderType) -> None:
    (problem,) = refused(text, loader)
    assert problem.message.endswith("` is not supported")
    assert "`!!str`" in problem.hints[0]


@pytest.mark.parametrize("loader", LOADERS)
def test_the_string_tag(loader: LoaderType) -> None:
    text = "a: !!str 7\nb: !!str\nc: !<tag:yaml.org,2002:str> true\n!!str 1: x\n"
    assert value(parsed(text, loader)) == {"a": "7", "b": "", "c": "true", "1": "x"}


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("a: {{ x }}\n", (1, 5)),
        ("{{ x }}: 1\n", (1, 1)),
        ("- [{{ x }}]\n", (1, 5)),
        ("? [a, b]\n: c\n", (1, 3)),
        ("? - a\n: c\n", (1, 3)),
        ("- &k [a]\n- *k : 1\n", (2, 3)),
    ],
)
def test_a_collection_as_key(text: str, at: tuple[int, int], loader: LoaderType) -> None:
    (problem,) = refused(text, loader)
    assert problem.code is YAML_SYNTAX
    assert problem.message == "a key must be a plain value, not a list or a mapping"
    assert problem.hints == ("quote it; templates need quotes: `'{{ x }}'`",)
    assert problem.primary is not None
    assert place(problem.primary.span) == at


def test_every_template_is_reported() -> None:
    assert len(refused("a: {{ x }}\nb: {{ y }}\n{{ z }}: 1\n{{ w }}: 1\n")) == 4


@pytest.mark.parametrize("escape", ["\\0", "a\\x00b\\n"])
@pytest.mark.parametrize("loader", LOADERS)
def test_an_escape_that_no_program_can_be_given(escape: str, loader: LoaderType) -> None:
    (problem,) = refused(f'a: 1\nb: "{escape}"\n', loader)
    assert "stands for no usable character" in problem.message
    assert problem.primary is not None
    assert place(problem.primary.span) == (2, 4)


@pytest.mark.parametrize("loader", LOADERS)
def test_half_of_a_surrogate_pair(loader: LoaderType) -> None:
    (problem,) = refused('a: "\\ud83d\\ude80"\n', loader)
    assert "stands for no usable character" in problem.message
    assert "\\U0001F680" in problem.hints[0]
    assert problem.primary is not None
    assert problem.primary.span.line == 1


@pytest.mark.parametrize("loader", LOADERS)
def test_other_escapes_are_fine(loader: LoaderType) -> None:
    assert value(parsed('a: "\\x1b[0m\\n\\U0001F680é\\t"\n', loader)) == {"a": "\x1b[0m\n🚀é\t"}


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("\n \n", "the file is empty"),
        ("# only\n\n# comments\n", "the file holds only comments"),
    ],
)
def test_an_empty_file(text: str, message: str, loader: LoaderType) -> None:
    (problem,) = refused(text, loader)
    assert (problem.code, problem.message, problem.file) == (NO_STEPS, message, "w.yml")


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("text", ["---\n", "--- # c\n...\n"])
def test_a_document_of_nothing(text: str, loader: LoaderType) -> None:
    assert refused(text, loader)[0].code is NO_STEPS


@pytest.mark.parametrize(
    "text", ["''\n", "~\n", "[]\n", "{}\n", "--- x\n", "a: 1\n...\n", "%YAML 1.1\n---\na: 1\n"]
)
@pytest.mark.parametrize("loader", LOADERS)
def test_small_documents(text: str, loader: LoaderType) -> None:
    assert parsed(text, loader) is not None


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("text", ["a: 1\n---\nb: 2\n", "a: 1\n---\n", "a: 1\n...\n---\n"])
def test_a_second_document(text: str, loader: LoaderType) -> None:
    (problem,) = refused(text, loader)
    assert problem.message == "a second YAML document starts here"
    assert problem.primary is not None
    assert cut(problem.primary.span) == "---"


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("is_block", [True, False])
@pytest.mark.parametrize(("depth", "is_allowed"), [(MAX_DEPTH, True), (MAX_DEPTH + 1, False)])
def test_depth(depth: int, is_allowed: bool, is_block: bool, loader: LoaderType) -> None:
    text = "- " * depth + "x\n" if is_block else "[" * depth + "]" * depth
    if is_allowed:
        assert parsed(text, loader) is not None
    else:
        (problem,) = refused(text, loader)
        assert problem.code is TOO_COMPLEX
        assert problem.message == "the file is nested more than 64 levels deep"
        assert problem.primary is not None
        assert problem.primary.span.column == (2 * depth - 1 if is_block else depth)


def alias_bomb(levels: int, width: int) -> str:
    """Return lists of which each holds the one before `width` times."""
    items = ", ".join(["*l{0}"] * width)
    first = "l0: &l0 [" + ", ".join(["x"] * width) + "]\n"
    return first + "".join(f"l{n}: &l{n} [{items.format(n - 1)}]\n" for n in range(1, levels + 1))


def test_an_alias_bomb() -> None:
    (problem,) = refused(alias_bomb(9, 9))
    assert problem.code is TOO_COMPLEX
    assert problem.message == "the file holds more than 500,000 values when its aliases are expanded"
    assert problem.primary is not None
    assert problem.primary.span.line == 6


def test_shared_nodes_below_the_limit() -> None:
    # The last list expands to 9 ** 5 values and 7,381 lists.
    last = child(parsed(alias_bomb(4, 9)), "l4")
    assert child(last, *[8] * 5).written == "x"


@pytest.mark.slow
@pytest.mark.untraced
@pytest.mark.parametrize(
    ("make", "code"),
    [
        pytest.param(lambda: "a: " + "[" * 100_000, TOO_COMPLEX, id="brackets"),
        pytest.param(lambda: "a: " + "[" * 100_000 + "]" * 100_000, TOO_COMPLEX, id="closed brackets"),
        pytest.param(lambda: "{" * 100_000, TOO_COMPLEX, id="braces"),
        pytest.param(lambda: "- " * 1_000_000 + "x", TOO_COMPLEX, id="dashes"),
        pytest.param(lambda: "".join(" " * n + "a:\n" for n in range(1_000)), TOO_COMPLEX, id="indentation"),
        pytest.param(lambda: "? " * 1_000_000, TOO_COMPLEX, id="questions"),
        pytest.param(lambda: alias_bomb(100, 9), TOO_COMPLEX, id="alias bomb"),
        pytest.param(lambda: "a: &a {b: *a}\n", YAML_SYNTAX, id="recursive alias"),
        pytest.param(lambda: "[" + "a," * (MAX_NODES + 1) + "]", TOO_COMPLEX, id="values"),
        pytest.param(lambda: "".join(f"k{n}:\n" for n in range(MAX_NODES // 2 + 1)), TOO_COMPLEX, id="keys"),
        pytest.param(lambda: "a:\n" * (MAX_NODES // 2 + 1), TOO_COMPLEX, id="equal keys"),
        pytest.param(lambda: "".join(f"- &a{n} x\n" for n in range(200_000)), None, id="anchors"),
        pytest.param(
            lambda: "".join(f"%TAG !t{n}! x\n" for n in range(300_000)) + "---\na: 1\n",
            TOO_COMPLEX,
            id="tag directives",
        ),
        pytest.param(lambda: "a" * 4_000_000 + ": 1\n", YAML_SYNTAX, id="huge key"),
        pytest.param(lambda: '"' + "a" * 4_000_000 + '": 1\n', YAML_SYNTAX, id="huge quoted key"),
        pytest.param(lambda: "a: !" + "a" * 4_000_000, YAML_SYNTAX, id="huge tag"),
        pytest.param(lambda: "a: &" + "a" * 4_000_000 + " x", None, id="huge anchor"),
        pytest.param(lambda: "a: |\n  x\n" + "\n" * 4_000_000, None, id="blank lines"),
        pytest.param(lambda: 'a: "' + "\n" * 4_000_000 + '"', None, id="blank lines in quotes"),
        pytest.param(lambda: "a: x\n" + "  y\n" * 1_000_000, None, id="folded lines"),
        pytest.param(lambda: "---\n" * 1_000_000, YAML_SYNTAX, id="documents"),
        pytest.param(lambda: "a: " + "9" * 5_000 + "\n", None, id="digits"),
    ],
)
def test_bombs_end_quickly(make: Callable[[], str], code: Code | None) -> None:
    text = make()
    started = time.process_time()
    try:
        parse_yaml(source_of(text))
        found = None
    except LoadError as error:
        found = error.diagnostics[-1].code
    assert found is code
    # About 1 s; what is not linear takes minutes.
    assert time.process_time() - started < 4.0


@pytest.mark.parametrize(
    "text", ["a: !" + "t" * 900, "a: *" + "t" * 900, "a: &{0} [*{0}]", "- {{{0}: 1, {0}: 2}}\n- !x\n"]
)
def test_messages_stay_short(text: str) -> None:
    problem = refused(text.format("t" * 900))[0]
    assert all(len(line) < 250 for line in (problem.message, *problem.hints))
    assert "ttt..." in problem.message
