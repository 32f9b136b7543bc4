"""One complaint of a YAML parser, and the text around its place."""

from __future__ import annotations

import yaml

from wfopt.codes import YAML_SYNTAX
from wfopt.dataclass import dataclass
from wfopt.errors import Diagnostic, Label
from wfopt.formats.advancing import advance
from wfopt.source import SourceFile, Span


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a parser complains about.

    Attributes:
        source: the file.
        complaint: what the parser was doing and what it did not like, in its own words.
        at: the offset of the place that it did not like.
        since: the offset at which what it was doing began; `at` if it does not say.
    """

    source: SourceFile
    complaint: str
    at: int
    since: int

    @property
    def character(self) -> str:
        """The character at the place, or nothing at the end of the file."""
        return self.source.text[self.at : self.at + 1]

    @property
    def before(self) -> str:
        """What stands before the place on its line."""
        return (self.source.text[: self.at] + ".").splitlines()[-1][:-1]

    @property
    def is_on_later_line(self) -> bool:
        """Whether what the parser was doing began on an earlier line."""
        return len((self.source.text[self.since : self.at] + ".").splitlines()) > 1

    def report(
        self, message: str, label: str, *hints: str, at: int | None = None, related: tuple[Label, ...] = ()
    ) -> Diagnostic:
        """Make the message; `at` is the offset of its place if it differs from the parser's."""
        return Diagnostic(
            code=YAML_SYNTAX,
            message=message,
            primary=Label(span_at(self.source, self.at if at is None else at), label),
            related=related,
            hints=hints,
        )

    def since_label(self, text: str) -> tuple[Label, ...]:
        """Label the place at which what the parser was doing began."""
        return () if self.since == self.at else (Label(span_at(self.source, self.since), text),)

    def at_label(self, text: str) -> tuple[Label, ...]:
        """Label the parser's place, for messages that are about another one."""
        return (Label(span_at(self.source, self.at), text),)


def trouble_of(error: yaml.MarkedYAMLError, source: SourceFile) -> Trouble | None:
    """Return what an exception of PyYAML says, or None if it names no place."""
    if error.problem_mark is None:
        return None
    at = error.problem_mark.index
    since = at if error.context_mark is None else error.context_mark.index
    return Trouble(source, f"{error.context or ''}: {error.problem or ''}", at, since)


def span_at(source: SourceFile, offset: int) -> Span:
    """Return the place of one character; the end of a file is right behind its last visible one."""
    text = source.text
    line, column = advance(1, 1, text[:offset] if text[offset:].strip() else text.rstrip())
    return Span(source, line, column, line, column + 1)
