"""Text that came from a file, places in it, and the nearest name to a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from wfopt.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A text with the name under which the user knows it.

    Attributes:
        name: the path as the user wrote it; messages print it.
        text: the whole decoded text.
    """

    name: str
    text: str

    def line(self, number: int) -> str:
        """Return line `number` (1-based) without its line end, or an empty string past the end."""
        lines = _lines(self.text)
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def __repr__(self) -> str:
        """Name the file, not its text: tracebacks and test failures stay readable."""
        return f"SourceFile({self.name!r}, {len(self.text)} characters)"


@lru_cache(maxsize=4)
def _lines(text: str) -> list[str]:
    """Split a text once, however many of its lines are asked for."""
    return text.splitlines()


class Span(NamedTuple):
    """A stretch of a source file; lines and columns are 1-based and count code points.

    Attributes:
        source: the file.
        line: the line on which the stretch starts.
        column: the column at which it starts.
        end_line: the line on which it ends.
        end_column: the column just behind its last character.
    """

    source: SourceFile
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        """Return `file:line:column`, the form that editors follow."""
        return f"{self.source.name}:{self.line}:{self.column}"


def closest_match(name: str, known: Iterable[str]) -> str | None:
    """Return the known name nearest to `name`, or None if none is near.

    >>> closest_match("need", ["needs", "run", "env"])
    'needs'
    >>> closest_match("colour", ["needs", "run", "env"]) is None
    True
    """
    import difflib  # noqa: PLC0415 - most runs meet no misspelt name

    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return found[0] if found else None
