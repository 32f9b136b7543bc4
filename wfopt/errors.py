"""What can go wrong, as values.

The exceptions:

    WfoptError
    ├── UserError            the file or the options are wrong: exit status 2
    │   └── LoadError        a workflow file cannot be used
    └── FaultError           wfopt itself is wrong: exit status 3
        ├── StrategyError    a scheduling strategy picked what may not start
        └── SpawnerError     the process that starts the steps is gone

A `Diagnostic` is one message; it holds objects (a code, spans, hints), and the render layer turns it
into text. Nothing here prints.
"""

from __future__ import annotations

from enum import Enum

from wfopt.codes import Code
from wfopt.dataclass import dataclass
from wfopt.source import Span


class Severity(Enum):
    """How much a message matters; the value is the word that is printed."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Label:
    """A place in a file and the few words that stand under its caret."""

    span: Span
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One message to the user.

    Attributes:
        code: what kind of problem this is.
        message: what is wrong: lower case, no final period, names in backticks.
        severity: error, warning or note.
        primary: the place that is wrong; None when the message is about a whole file or an option.
        file: the file's name when there is no `primary`.
        related: places that explain the problem, such as the earlier definition.
        causes: why it is wrong, one sentence each.
        hints: what to do about it, one sentence each.
    """

    code: Code
    message: str
    severity: Severity = Severity.ERROR
    primary: Label | None = None
    file: str | None = None
    related: tuple[Label, ...] = ()
    causes: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()


def by_place(diagnostic: Diagnostic) -> tuple[str, int, int, str]:
    """Return a sort key that puts diagnostics in the order in which a reader meets their places."""
    if diagnostic.primary is None:
        return (diagnostic.file or "", 0, 0, diagnostic.code.number)
    span = diagnostic.primary.span
    return (span.source.name, span.line, span.column, diagnostic.code.number)


class WfoptError(Exception):
    """The root of everything that wfopt raises on purpose."""


class UserError(WfoptError):
    """The input is wrong; carries every problem that was found, sorted by place."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        """Keep the diagnostics in the order of their places."""
        self.diagnostics = tuple(sorted(diagnostics, key=by_place))
        super().__init__("; ".join(each.message for each in self.diagnostics))


class LoadError(UserError):
    """A workflow file cannot be used."""


class FaultError(WfoptError):
    """Something in wfopt is wrong, not the user's input."""


class StrategyError(FaultError):
    """A scheduling strategy picked a step that is not ready or does not fit; names the strategy."""


class SpawnerError(FaultError):
    """The process that starts the steps ended or answered nonsense."""
