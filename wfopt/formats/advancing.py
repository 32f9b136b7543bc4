"""Lines and columns of a text."""

from __future__ import annotations


def advance(line: int, column: int, passed: str) -> tuple[int, int]:
    """Return the line and column that are reached from a place by passing a text."""
    # The sentinel makes a line break at the end of the text count.
    lines = (passed + ".").splitlines()
    width = len(lines[-1]) - 1
    return (line, column + width) if len(lines) == 1 else (line + len(lines) - 1, width + 1)
