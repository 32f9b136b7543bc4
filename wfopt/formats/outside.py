"""What a load looks at outside its file: other files and variables; all of it is noted.

Whoever wants to know later whether a load would still give the same asks the same questions again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from wfopt.formats.reading import decode, read_bytes
from wfopt.source import SourceFile

Question: TypeAlias = tuple[str, str]
"""One of `KINDS`, and the path or the name that it is asked about."""

Answer: TypeAlias = "str | bytes | bool | None"
"""What there was; None is a variable that is not set."""

FILE, EXISTS, ENTRY, REAL, VARIABLE = KINDS = ("file", "exists", "entry", "real", "variable")
"""A file's bytes; whether a file exists, or at least a link; a real path; an environment variable."""

_LOOKS: Mapping[str, Callable[[str], Answer]] = {
    FILE: lambda path: read_bytes(path, path),
    EXISTS: os.path.exists,
    ENTRY: os.path.lexists,
    REAL: os.path.realpath,
}


class Outside:
    """Looks at files and variables for a load, and notes questions and answers.

    Attributes:
        environ: the process environment; whatever is looked up in it is noted.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ: Mapping[str, str] = _Environ(environ, self)
        self._variables = environ
        self._seen: dict[Question, Answer] = {}
        self._is_repeatable = True

    @property
    def seen(self) -> Mapping[Question, Answer]:
        """The answers so far, in the order of the questions."""
        return self._seen

    @property
    def is_repeatable(self) -> bool:
        """Whether the questions say all that mattered.

        They do not if somebody looked at the environment as a whole, or if an answer changed meanwhile.
        """
        return self._is_repeatable

    def read(self, path: str, name: str) -> SourceFile:
        """Return a file as text.

        Args:
            path: the file.
            name: what messages call it.

        Raises:
            LoadError: it cannot be read, or is no text.
        """
        raw = read_bytes(path, name)
        self._note((FILE, path), raw)
        return decode(raw, name)

    def exists(self, path: str) -> bool:
        """Return whether there is something under a path, links followed."""
        return self.ask((EXISTS, path)) is True

    def is_entry(self, path: str) -> bool:
        """Return whether there is something under a path, be it a link to nothing."""
        return self.ask((ENTRY, path)) is True

    def real(self, path: str) -> str:
        """Return a path, absolute and without links."""
        return str(self.ask((REAL, path)))

    def ask(self, question: Question) -> Answer:
        """Look now, and note the answer.

        Raises:
            KeyError: there is no such kind of question.
            LoadError: a file cannot be read.
        """
        kind, name = question
        answer = self._variables.get(name) if kind == VARIABLE else _LOOKS[kind](name)
        self._note(question, answer)
        return answer

    def note_everything(self) -> None:
        """Note that the environment as a whole matters."""
        self._is_repeatable = False

    def _note(self, question: Question, answer: Answer) -> None:
        if self._seen.setdefault(question, answer) != answer:
            self._is_repeatable = False


class _Environ(Mapping[str, str]):
    """The environment of somebody who notes what is looked up."""

    __slots__ = ("_outside", "_variables")

    def __init__(self, variables: Mapping[str, str], outside: Outside) -> None:
        self._variables = variables
        self._outside = outside

    def __getitem__(self, name: str) -> str:
        value = self._outside.ask((VARIABLE, name))
        if not isinstance(value, str):
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        self._outside.note_everything()
        return iter(self._variables)

    def __len__(self) -> int:
        self._outside.note_everything()
        return len(self._variables)
