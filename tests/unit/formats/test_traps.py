"""Messages for what PyYAML refuses, from both of its parsers."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import yaml

from tests.support.yaml_texts import LOADERS, parsed, place, refused, source_of, value
from wfopt.codes import YAML_SYNTAX
from wfopt.errors import Severity
from wfopt.formats.positions import LoaderType
from wfopt.formats.traps import explain

BRACKETS = "cannot stand unquoted inside a list or mapping in brackets"
C, PYTHON = LOADERS


@dataclass(frozen=True)
class Trap:
    """A text, and what the one message about it must say.

    Attributes:
        text: the file.
        at: the line and column of the message.
        message: its words.
        hint: a part of one of its hints.
        related: the line and column of the related place, or None for no such place.
    """

    text: str
    at: tuple[int, int]
    message: str
    hint: str
    related: tuple[int, int] | None = None


TRAPS = [
    Trap("a:\n\tb: 1\n", (2, 1), "a tab stands where YAML needs spaces", "spaces"),
    Trap("a:\n  b: 1\n\tc: 2\n", (3, 1), "a tab stands where YAML needs spaces", "spaces"),
    Trap("a:\n  -\tb\n\t- c\n", (2, 4), "a tab stands where YAML needs spaces", "spaces"),
    Trap("a: |\n\tb\n", (2, 1), "a tab stands where YAML needs spaces", "spaces"),
    Trap("a: [${{ x }}]\n", (1, 5), f"`${{{{ }}}}` {BRACKETS}", "block style", (1, 4)),
    Trap("a: {run: echo ${{ x }}}\n", (1, 15), f"`${{{{ }}}}` {BRACKETS}", "quote", (1, 4)),
    Trap("a: [${x}]\n", (1, 5), f"`${{ }}` {BRACKETS}", "quote", (1, 4)),
    Trap("a: {k: ${x}, b: 2}\n", (1, 8), f"`${{ }}` {BRACKETS}", "quote", (1, 4)),
    Trap("a: [x{1,2}]\n", (1, 6), f"`{{ }}` {BRACKETS}", "quote", (1, 4)),
    Trap("a: *.py\n", (1, 4), "`*` starts a YAML alias, and this is none", "quote globs"),
    Trap("a:\n - *.py\n", (2, 4), "`*` starts a YAML alias, and this is none", "quote globs"),
    Trap("a: [**/*.py]\n", (1, 5), "`*` starts a YAML alias, and this is none", "quote globs"),
    Trap("a: *foo/bar*\n", (1, 4), "`*` starts a YAML alias, and this is none", "quote globs"),
    Trap("a: [ab]*.txt\n", (1, 8), "`*` starts a YAML alias, and this is none", "'[ab]*.txt'"),
    Trap("a: [ab].txt\n", (1, 8), "text follows the closing `]`", "quote globs"),
    Trap("- {a,b}.txt\n", (1, 8), "text follows the closing `}`", "quote globs"),
    Trap("a: @x\n", (1, 4), "a value cannot start with `@`", "quote the value"),
    Trap("a: `date`\n", (1, 4), "a value cannot start with a backtick", "quote the value"),
    Trap("a: %x\n", (1, 4), "a value cannot start with `%`", "quote the value"),
    Trap('run: echo "a: b"\n', (1, 13), "`: ` cannot stand in an unquoted value", "block scalar: `|`"),
    Trap("a: b: c\n", (1, 5), "`: ` cannot stand in an unquoted value", "or quote the value"),
    Trap("run: echo\n  echo b: c\n", (2, 9), "a key cannot stand here", "several lines"),
    Trap("a:1\nb: 2\n", (2, 2), "a key cannot stand here", "a space after the `:`"),
    Trap("a:\n  -b\n  -c: 1\n", (3, 5), "a key cannot stand here", "`-` above"),
    Trap("a" * 1_100 + ": 1\n", (1, 1_101), "a key may have at most 1,024 characters", "shorten"),
    Trap("a: 1\nfoo\nb: 2\n", (2, 1), "`foo` is not followed by `:`", "key: value"),
    Trap("a:\n- x\nfoo bar", (3, 1), "`foo bar` is not followed by `:`", "key: value"),
    Trap('a: "foo\nb: 1\nc: 2\n', (1, 4), '`"` is not closed', "closing quote", (3, 5)),
    Trap("a: 'it\nb: 1\n", (1, 4), "`'` is not closed", "written twice", (2, 5)),
    Trap('a: "b\n---\nc\n', (1, 4), '`"` is not closed', "closing quote", (2, 1)),
    Trap("a: 'it's'\nb: 1\n", (1, 8), "text follows the closing quote", "written twice"),
    Trap('run: "a" b\nx: 1\n', (1, 10), "text follows the closing quote", "block scalar"),
    Trap("a: [1, 2\nb: 3\n", (1, 4), "`[` is not closed", "`]`", (2, 2)),
    Trap("a: [1, 2\n\n", (1, 4), "`[` is not closed", "`]`", (1, 9)),
    Trap("a: [1, 2,\n", (1, 4), "`[` is not closed", "`]`", (1, 10)),
    Trap("a: [", (1, 4), "`[` is not closed", "`]`", (1, 5)),
    Trap("a: {x: 1\nb: 3\n", (1, 4), "`{` is not closed", "`}`", (2, 2)),
    Trap("a: {x: [1]\n", (1, 4), "`{` is not closed", "`}`", (1, 11)),
    Trap('a: ["x" "y"]\n', (1, 9), "expected `,` or `]`", "quote items", (1, 4)),
    Trap("a: 1\nb: ]\n", (2, 4), "a value cannot start with `]`", "quote"),
    Trap("a: ,b\n", (1, 4), "a value cannot start with `,`", "quote"),
    Trap('a: "\\d+"\n', (1, 5), "`\\d` starts no valid escape in double quotes", "backslash twice"),
    Trap('a: "é \\xZZ"\n', (1, 7), "`\\x` starts no valid escape in double quotes", "single quotes"),
    Trap("a:\n    b: 1\n  c: 2\n", (3, 3), "this does not belong to the block above", "same column", (1, 1)),
    Trap("a:\n  - x\n - y\n", (3, 2), "this does not belong to the block above", "same column", (1, 1)),
    Trap("- a\nb: 1\n", (2, 1), "this does not belong to the block above", "same column", (1, 1)),
    Trap("a: |\n    x\n  y\n", (3, 3), "this does not belong to the block above", "same column", (1, 1)),
    Trap("run: | echo a\n", (1, 8), "the text of a block scalar starts on the next line", "`|`", (1, 6)),
    Trap("run: >out\n", (1, 7), "the text of a block scalar starts on the next line", "`>`", (1, 6)),
    Trap("a: - b\n", (1, 4), "a list item cannot stand here", "line of its own"),
    Trap("a: && b\n", (1, 4), "`&` starts a YAML anchor, and this is none", "block scalar"),
    Trap('run: "a" && b\n', (1, 10), "`&` starts a YAML anchor, and this is none", "quote the whole value"),
    Trap(
        "a: !e!x y\n", (1, 4), "`!` starts a YAML tag, and this is none wfopt knows", "quote the whole value"
    ),
    Trap("%YAML 2.0\n---\na: 1\n", (1, 1), "this `%` line cannot be used", "remove the line"),
    Trap("%YAML x\n---\na: 1\n", (1, 1), "this `%` line cannot be used", "remove the line"),
    Trap('"a"\nb: 1\n', (2, 1), "the document has ended before this line", "indentation"),
    Trap("a: \x1b[0m\n", (1, 4), "the character U+001B may not stand in YAML", "`\\x1b`"),
    Trap("é: 1\nb: \0\n", (2, 4), "the character U+0000 may not stand in YAML", "remove it"),
    Trap("a: é\x80\n", (1, 5), "the character U+0080 may not stand in YAML", "remove it"),
    Trap("a: \ud800\n", (1, 4), "the character U+D800 may not stand in YAML", "remove it"),
]


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: repr(trap.text[:30]))
def test_traps(trap: Trap, loader: LoaderType) -> None:
    (problem,) = refused(trap.text, loader)
    assert (problem.code, problem.severity) == (YAML_SYNTAX, Severity.ERROR)
    assert problem.message == trap.message
    assert any(trap.hint in hint for hint in problem.hints)
    assert problem.primary is not None
    assert place(problem.primary.span) == trap.at
    assert [place(label.span) for label in problem.related] == ([trap.related] if trap.related else [])


@pytest.mark.parametrize("loader", LOADERS)
def test_text_behind_a_template(loader: LoaderType) -> None:
    as_key, behind = refused("a: {{ x }}/foo\n", loader)
    assert as_key.message == "a key must be a plain value, not a list or a mapping"
    assert behind.message == "text follows the closing `}}`"
    assert behind.hints == ("quote templates: `'{{ x }}'`",)
    assert behind.primary is not None
    assert place(behind.primary.span) == (1, 11)


def test_a_tab_behind_a_colon_depends_on_the_parser() -> None:
    assert value(parsed("a:\tb\n", C)) == {"a": "b"}
    (problem,) = refused("a:\tb\n", PYTHON)
    assert problem.message == "a tab stands where YAML needs spaces"


def test_an_unknown_directive_depends_on_the_parser() -> None:
    assert value(parsed("%FOO x\n---\na: 1\n", PYTHON)) == {"a": 1}
    (problem,) = refused("%FOO x\n---\na: 1\n", C)
    assert problem.message == "this `%` line cannot be used"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError("month must be in 1..12"), "malformed YAML: month must be in 1..12"),
        (RecursionError(), "malformed YAML: RecursionError"),
        (yaml.MarkedYAMLError(problem="odd"), "malformed YAML: odd"),
    ],
)
def test_exceptions_without_a_place(error: Exception, message: str) -> None:
    problem = explain(error, source_of("a: 1\n"))
    assert (problem.code, problem.message, problem.file) == (YAML_SYNTAX, message, "w.yml")


def test_complaints_that_nobody_knows() -> None:
    mark = yaml.Mark("w.yml", 6, 1, 1, None, 0)
    start = yaml.Mark("w.yml", 0, 0, 0, None, 0)
    error = yaml.MarkedYAMLError("while dreaming", start, "saw sheep", mark)
    problem = explain(error, source_of("a: 1\nb: 2\n"))
    assert problem.message == "malformed YAML: saw sheep"
    assert problem.primary is not None
    assert place(problem.primary.span) == (2, 2)
    assert [place(label.span) for label in problem.related] == [(1, 1)]


def test_something_odd_in_a_block_mapping() -> None:
    mark = yaml.Mark("w.yml", 3, 0, 3, None, 0)
    error = yaml.MarkedYAMLError("while parsing a block mapping", mark, "expected <block end>", mark)
    assert explain(error, source_of("a: x\n")).message == "this does not belong to the block above"
