"""Scripts are taken apart into commands, whatever stands in them."""

from __future__ import annotations

import time

import pytest

from wfopt.model.commands import split
from wfopt.model.expressions import Reference, Template
from wfopt.model.scripts import Command, commands_of, commands_of_step, script_of
from wfopt.model.workflow import Argv, Opaque, Script, Shell, Step, StepId

BASH = Shell("bash", ("bash", "-euo", "pipefail", "-c"))
PWSH = Shell("pwsh", ("pwsh", "-Command"))
OPEN = Template.of(("pytest ", Reference("needs", ("build",)), " -q"))


def words(script: str) -> list[str]:
    return [" ".join(each.words) for each in commands_of(script)]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("a && b || c; d | e |& f & g", ["a", "b", "c", "d", "e", "f", "g"]),
        ("a x # b\n# c\nd#e", ["a x", "d#e"]),
        ("a \\\n  b \\\n c\nd", ["a b c", "d"]),
        ("echo 'it''s' \"a \\\"b\\\"\" c\\ d", ['echo its a "b" c d']),
        ("cat <<EOF > out\nrm x\nEOF\ndone_it", ["cat", "done_it"]),
        ("cat <<-'A' <<\"B\"\nx\n\tA\ny\nB\nnext", ["cat", "next"]),
        ("cat <<A\nnever closed", ["cat"]),
        ("if [ -f x ]; then a; elif b; then c; else d; fi", ["[ -f x ]", "a", "b", "c", "d"]),
        ("for x in 1 2; do a $x; done; while b; do c; done", ["a $x", "b", "c"]),
        ("case $x in\n a) b;;\n c|d) e;;\n *) ;;\nesac\nf", ["b", "e", "f"]),
        ("f() { a; }; function g { b; }; f", ["a", "b", "f"]),
        ("(cd x; a) && ! b", ["cd x", "a", "b"]),
        ("[[ $a == b && $c > d ]] && e", ["[[ $a == b && $c > d ]]", "e"]),
        ("x=(a b c); a", ["", "a"]),
        ('a $(b "$(c)") `d`', ["c", 'b "$(c)"'.replace('"', ""), "d", 'a $(b "$(c)") `d`']),
        ("a \"x $(b 'y)') z\"", ["b y)", "a x $(b 'y)') z"]),
        ("a $((1 + 2)) <(b) {{.X}} ${{ y }}", ["b", "a $((1 + 2)) <(b) {{.X}} ${{ y }}"]),
        ('a "unclosed $( b', ["a unclosed $( b"]),
        ("a 'unclosed b", ["a unclosed b"]),
        ("a $( b `c", ["a $( b `c"]),
        ('a "${x:-y}" "\\z"', ["a ${x:-y} \\z"]),
        ("", []),
        ("\n;\n", []),
    ],
)  # fmt: skip
def test_scripts_become_commands(script: str, expected: list[str]) -> None:
    assert words(script) == expected


@pytest.mark.parametrize(
    ("script", "reads", "writes"),
    [
        ("a < in > out 2> err", ("in",), ("out", "err")),
        ("a >> log 2>&1 >&2 &> all", (), ("log", "all")),
        ("a > /dev/null <<< text", (), ()),
        ("a >&file 2>&-", (), ("file",)),
        ("a2>b", (), ("b",)),
    ],
)
def test_redirections_are_kept_apart(script: str, reads: tuple[str, ...], writes: tuple[str, ...]) -> None:
    (command,) = commands_of(script)
    assert (command.reads, command.writes) == (reads, writes)


@pytest.mark.parametrize(
    ("script", "program", "arguments"),
    [
        ("CI=1 sudo -E -u me env -i X=Y nice -n 5 /usr/bin/make all", "make", ("all",)),
        ("time timeout -k 5 10s ./run.sh x", "run.sh", ("x",)),
        ("xargs -0 -n 1 rm -f", "rm", ("-f",)),
        ("sudo", "", ()),
    ],
)
def test_programs_are_found_behind_what_runs_them(
    script: str, program: str, arguments: tuple[str, ...]
) -> None:
    (command,) = commands_of(script)
    assert (command.program, command.arguments) == (program, arguments)


def test_commands_know_their_line_and_what_is_set_for_them() -> None:
    first, second = commands_of("\nA=1 B='x y' make\n\npytest $X")
    assert first == Command(words=("make",), line=1, assignments=("A=1", "B=x y"))
    assert (second.line, second.dynamic) == (3, True)


def test_a_line_behind_a_heredoc_is_counted_right() -> None:
    assert [each.line for each in commands_of("cat <<A\n1\n2\nA\nnext")] == [0, 4]


def test_substitutions_are_looked_into_only_so_deep() -> None:
    assert [each.words[0] for each in split("a $(b $(c $(d $(e))))")] == ["d", "c", "b", "a"]


@pytest.mark.parametrize(
    "part",
    ["$(", '"$(', "<<A\n", "{{", "a=(", "`", "case x in ", "[[ ", '"', '$(a "', "${", "\\\n", "'", "(", ";;"],
)
def test_any_text_is_gone_through_in_time_in_proportion(part: str) -> None:
    begin = time.process_time()
    split(part * 3_000)
    assert time.process_time() - begin < 2.0


def step(run: Script | Argv | Opaque) -> Step:
    return Step(id=StepId("s"), run=run)


@pytest.mark.parametrize(
    ("run", "text", "commands"),
    [
        (Script(Template.plain("make all"), BASH), "make all", ["make all"]),
        (Script(OPEN, BASH), "pytest ${{ }} -q", ["pytest ${{ }} -q"]),
        (Script(Template.plain("Get-Item x"), PWSH), "Get-Item x", []),
        (Argv((Template.plain("make"), Template.plain("a b"))), None, ["make a b"]),
        (Argv(()), None, []),
        (Opaque(what="actions/checkout@v4", why="an action"), None, []),
        (Opaque(what="make {{.X}}", why="a template"), "make {{.X}}", ["make {{.X}}"]),
        (Opaque(what="x", why="y", stand_in=Script(Template.plain("make"), BASH)), "make", ["make"]),
        (Opaque(what="x", why="y", stand_in=Script(Template.plain("make"), PWSH)), "make", []),
        (Opaque(what="x", why="y", stand_in=Argv((Template.plain("a"),))), None, ["a"]),
    ],
)
def test_steps_have_scripts_and_commands(
    run: Script | Argv | Opaque, text: str | None, commands: list[str]
) -> None:
    assert script_of(step(run)) == text
    assert [" ".join(each.words) for each in commands_of_step(step(run))] == commands


def test_an_open_argument_makes_a_command_dynamic() -> None:
    (command,) = commands_of_step(step(Argv((Template.plain("a"), OPEN))))
    assert command.dynamic
