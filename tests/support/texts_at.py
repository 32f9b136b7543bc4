"""Places in texts of tests, found by the words that stand there."""

from __future__ import annotations

from wfopt.source import SourceFile, Span


def place_of(text: str, words: str) -> Span:
    """Return where some words stand for the first time in the text of a file."""
    at = text.index(words)
    line = text.count("\n", 0, at) + 1
    column = at - text.rfind("\n", 0, at)
    return Span(SourceFile("f.yml", text), line, column, line, column + len(words))
