"""A name is taken out of a list, and all other text stays."""

from __future__ import annotations

import pytest

from wfopt.analyzer.list_edits import without_name
from wfopt.source import SourceFile, Span


def removed(text: str, name: str) -> str | None:
    """Return a text without a name in its list."""
    lines = text.split("\n")
    place = Span(SourceFile("x", text), 1, 1, len(lines), len(lines[-1]) + 1)
    edit = without_name(place, name)
    if edit is None:
        return None
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
