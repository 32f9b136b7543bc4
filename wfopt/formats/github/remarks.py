"""Gathers what is said of many steps, so that each thing is said once, with a count."""

from __future__ import annotations

from wfopt.codes import NEEDS_SECRETS, OPAQUE_COMMAND, Code
from wfopt.formats.positions import Node
from wfopt.formats.problems import Problems
from wfopt.source import Span

MOST_WARNINGS = 50
"""So many different keys are warned of: to look for similar ones takes its time."""

_LONGEST = 60


class Remarks:
    """Notes about a file.

    Attributes:
        problems: where they go in the end, and everything else goes at once.
    """

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self._places: dict[tuple[Code, str], dict[Span, None]] = {}
        self._seen: set[str] = set()

    def add(self, code: Code, subject: str, at: Node | Span) -> None:
        """Note something of a step; a place counts once, however many cells it has.

        Args:
            code: the kind of note.
            subject: what is said, in words.
            at: the place.
        """
        span = at if isinstance(at, Span) else at.span
        self._places.setdefault((code, subject), {})[span] = None

    def is_new(self, subject: str) -> bool:
        """Return whether something is met for the first time, and not too much else was before it."""
        if subject in self._seen or len(self._seen) >= MOST_WARNINGS:
            return False
        self._seen.add(subject)
        return True

    def flush(self) -> None:
        """Hand over the notes, each at the first of its places."""
        for (code, subject), places in self._places.items():
            more = f" ({len(places)} places)" if len(places) > 1 else ""
            self.problems.note(code, subject + more, next(iter(places)))


def code_of(unknown: str) -> Code:
    """Return the code for something that has no value here: is it a secret?"""
    return NEEDS_SECRETS if unknown.startswith(("secrets.", "github.token")) else OPAQUE_COMMAND


def cut(text: str) -> str:
    """Return a text on one line, and not too long for a message."""
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}..."
