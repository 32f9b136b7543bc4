"""A name is taken out of a list, and all other text stays."""

from __future__ import annotations

import pytest

from wfopt.analyzer.base import Edit
from wfopt.analyzer.list_edits import without_name, without_only
from wfopt.source import SourceFile, Span


def removed(text: str, name: str) -> str | None:
    """Return a text without a name in its list."""
    lines = text.split("\n")
    place = Span(SourceFile("x", text), 1, 1, len(lines), len(lines[-1]) + 1)
    return applied(text, without_name(place, name))


def applied(text: str, edit: Edit | None) -> str | None:
    """Return a text after an edit."""
    if edit is None:
        return None
    lines = text.split("\n")
    starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines) + 1)]
    begin = starts[edit.span.line - 1] + edit.span.column - 1
    end = starts[edit.span.end_line - 1] + edit.span.end_column - 1
    return text[:begin] + edit.text + text[end:]


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("needs: [a, b, c]", "a", "needs: [b, c]"),
        ("needs: [a, b, c] # why", "b", "needs: [a, c] # why"),
        ("needs: [a, 'b' , \"c\"]", "c", "needs: [a, 'b' ]"),
        ("[ a , b ]", "a", "[ b ]"),
        ("needs:\n  - a # first\n  - b\n", "a", "needs:\n  - b\n"),
        ("needs:\n- a\n- 'b'\n", "b", "needs:\n- a\n"),
        ("needs: [a]", "a", None),
        ("needs: a", "a", None),
        ("needs:\n  - a\n", "a", None),
        ("needs: [a, a]", "a", None),
        ("needs: [ab, b-a]", "a", None),
        ("needs: [a, {job: b}]", "a", None),
        ("needs:\n  - job: a\n  - b\n", "a", None),
    ],
)
def test_removing_a_name(text: str, name: str, expected: str | None) -> None:
    assert removed(text, name) == expected


@pytest.mark.parametrize(
    ("line", "emptied"),
    [
        ("  needs: a", "  needs: []"),
        ("  needs: [a]", "  needs: []"),
        ("  needs: [ 'a' ] # why", "  needs: [] # why"),
        ("  needs: [a, b]", None),
        ("  needs: b", None),
        ("  needs: 'a", None),
        ("  - a", None),
    ],
)
def test_removing_the_only_name(line: str, emptied: str | None) -> None:
    text = f"job:\n{line}\n  run: x\n"
    place = Span(SourceFile("x", text), 2, 10, 2, len(line) + 1)
    expected = None if emptied is None else f"job:\n{emptied}\n  run: x\n"
    assert applied(text, without_only(place, "a", keeps_key=True)) == expected
    gone = None if emptied is None else "job:\n  run: x\n"
    assert applied(text, without_only(place, "a", keeps_key=False)) == gone
