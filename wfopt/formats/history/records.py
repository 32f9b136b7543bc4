"""JSON documents as objects that know where they stand, so that every problem can be named with its place."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import NoReturn, TypeVar

from wfopt.codes import BAD_HISTORY, TOO_COMPLEX, WRONG_TYPE, Code
from wfopt.dataclass import dataclass
from wfopt.errors import Diagnostic, Label, UserError
from wfopt.formats.history.moments import moment_of
from wfopt.source import SourceFile, Span

MAX_PROBLEMS = 20
"""How many problems of a file are told; a file with more is of another kind."""

MOST_SECONDS = 10_000 * 86_400.0
"""The longest time that anything may have taken, as for the durations of a workflow file."""

MOST_BYTES = 2**60
MAX_VALUES = 4_000_000
"""How many values a document may hold: 64 MiB of empty lists would take more than a gigabyte."""

MOST_CORES = 1_000_000.0

_LONGEST_TEXT = 1_000

T = TypeVar("T")

# Halves of surrogate pairs, which no file can hold, and control characters, which no name should.
_UNUSABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


class Problems:
    """What is wrong with one file, so far."""

    def __init__(self, name: str) -> None:
        """Start without problems of the file with this name."""
        self._name = name
        self._found: list[Diagnostic] = []

    def add(self, message: str, *hints: str, code: Code = BAD_HISTORY, at: Span | None = None) -> None:
        """Note a problem.

        Raises:
            UserError: there are `MAX_PROBLEMS` now.
        """
        self._found.append(
            Diagnostic(
                code=code,
                message=message,
                primary=None if at is None else Label(at),
                file=self._name if at is None else None,
                hints=hints,
            )
        )
        if len(self._found) >= MAX_PROBLEMS:
            self.raise_any()

    def refusal(self, message: str, *hints: str, code: Code = BAD_HISTORY) -> UserError:
        """Return what to raise for a problem that leaves nothing else to look for: all problems so far."""
        found = Diagnostic(code=code, message=message, file=self._name, hints=hints)
        return UserError((*self._found, found))

    def raise_any(self) -> None:
        """Raise a UserError if there are problems."""
        if self._found:
            raise UserError(tuple(self._found))


def parse_json(source: SourceFile) -> object:
    """Return what a JSON text stands for; of a key that stands twice in one object, the last counts.

    Raises:
        UserError: it is not JSON (`NaN` and its like are not), nested too deep, holds more than `MAX_VALUES`
            values, or has a number of thousands of digits.
    """
    # Every value but the first of a list or an object stands behind a comma.
    if sum(source.text.count(mark) for mark in ",[{") > MAX_VALUES:
        message = f"the file holds more than {MAX_VALUES:,} values"
        raise UserError((Diagnostic(code=TOO_COMPLEX, message=message, file=source.name),))
    try:
        return json.loads(source.text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        message = f"not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        label = Label(Span(source, error.lineno, error.colno, error.lineno, error.colno + 1))
        raise UserError((Diagnostic(code=BAD_HISTORY, message=message, primary=label),)) from error
    except RecursionError as error:
        message = "the file is nested too deep"
        raise UserError((Diagnostic(code=TOO_COMPLEX, message=message, file=source.name),)) from error
    except ValueError as error:
        reason = str(error).partition(";")[0]
        message = f"not JSON: a number cannot be used: {reason[:1].lower()}{reason[1:]}"
        raise UserError((Diagnostic(code=BAD_HISTORY, message=message, file=source.name),)) from error


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"`{word}`")


@dataclass(frozen=True, slots=True)
class Record:
    """An object of a document.

    Every method takes the names of a field, the newest first: formats rename them. The first that is there
    and not null counts. A value that cannot be used is noted as a problem and then counts as absent.

    Attributes:
        fields: its fields.
        path: where it stands, such as `workflow.tasks[3]`, or "" for the document itself.
        problems: takes what is wrong.
    """

    fields: Mapping[str, object]
    path: str
    problems: Problems

    def text(self, *names: str) -> str:
        """Return a text without control characters, or "" if there is none."""
        name, value = self._of(str, names, "text")
        if value is None:
            return ""
        if len(value) > _LONGEST_TEXT:
            self.complain(name, f"is longer than {_LONGEST_TEXT:,} characters")
            return ""
        return _UNUSABLE.sub("\ufffd", value)

    def number(self, *names: str, most: float) -> float | None:
        """Return a number from 0 to `most`, or None if there is none."""
        name, value = self._of((int, float), names, "a number")
        if value is None:
            return None
        if 0 <= value <= most:
            return float(value)
        self.complain(name, f"is more than {most:,.0f}" if value > 0 else f"is negative: {shown(str(value))}")
        return None

    def size(self, *names: str, scale: int = 1) -> int | None:
        """Return a number of bytes; `scale` is how many bytes the unit of the file has."""
        found = self.number(*names, most=MOST_BYTES / scale)
        return None if found is None else round(found * scale)

    def moment(self, *names: str) -> float | None:
        """Return a date and time as seconds since the epoch, or None if there is none."""
        name, value = self._of(str, names, "a date and time")
        if not value:
            return None
        try:
            return moment_of(value)
        except ValueError:
            self.complain(name, f"is not a date and time: `{shown(value)}`")
            return None

    def record(self, *names: str) -> Record | None:
        """Return an object, or None if there is none."""
        name, value = self._of(dict, names, "an object")
        return None if value is None else Record(value, self.at(name), self.problems)

    def records(self, *names: str) -> list[Record]:
        """Return a list of objects."""
        name, value = self._of(list, names, "a list")
        return records_of(value or [], self.at(name), self.problems)

    def texts(self, *names: str) -> list[str]:
        """Return a list of texts."""
        name, value = self._of(list, names, "a list")
        members = {f"[{place}]": each for place, each in enumerate(value or [])}
        whole = Record(members, self.at(name), self.problems)
        return [text for key in members if (text := whole.text(key))]

    def name_of(self, *names: str) -> str:
        """Return the name under which a field is there, or the first if it is not."""
        return next((name for name in names if self.fields.get(name) is not None), names[0])

    def at(self, name: str) -> str:
        """Return the path of a field."""
        return f"{self.path}.{name}" if self.path and not name.startswith("[") else f"{self.path}{name}"

    def has(self, *names: str) -> bool:
        """Tell whether there is anything in a field but an empty text, of whatever kind."""
        return self.fields.get(self.name_of(*names)) not in (None, "")

    def complain(self, name: str, what: str, *hints: str) -> None:
        """Note a problem with a field."""
        self.problems.add(f"`{self.at(name)}` {what}", *hints)

    def _of(
        self, kind: type[T] | tuple[type[T], ...], names: Sequence[str], wanted: str
    ) -> tuple[str, T | None]:
        """Return the name and the value of a field, None if it is absent or of another kind."""
        name = self.name_of(*names)
        value = self.fields.get(name)
        if value is None:
            return name, None
        # For Python, true and false are numbers.
        if isinstance(value, kind) and not isinstance(value, bool):
            return name, value
        message = f"`{self.at(name)}` must be {wanted}, not {_kind(value)}"
        self.problems.add(message, code=WRONG_TYPE)
        return name, None


def records_of(values: list[object], path: str, problems: Problems) -> list[Record]:
    """Return the objects of a list; anything else in it is noted as a problem."""
    found = []
    for place, value in enumerate(values):
        if isinstance(value, dict):
            found.append(Record(value, f"{path}[{place}]", problems))
        else:
            message = f"`{path}[{place}]` must be an object, not {_kind(value)}"
            problems.add(message, code=WRONG_TYPE)
    return found


def shown(text: str) -> str:
    """Return a text that fits into a message."""
    return text if len(text) <= 60 else f"{text[:57]}..."


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case str():
            return "text"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case _:
            return "an object"
