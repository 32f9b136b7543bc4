"""Notes of an importer: what occurs often in a file is said once, with how often it does."""

from __future__ import annotations

from wfopt.codes import Code
from wfopt.dataclass import dataclass
from wfopt.errors import Diagnostic, Label, Severity, by_place
from wfopt.source import Span


@dataclass(frozen=True, slots=True)
class _Topic:
    code: Code
    severity: Severity
    message: str
    hint: str


class Remarks:
    """A growing list of what an importer has to say, by topic."""

    def __init__(self) -> None:
        self._places: dict[_Topic, dict[Span, None]] = {}
        self._others: list[Diagnostic] = []

    def note(self, code: Code, message: str, span: Span, *, hint: str = "") -> None:
        """Note something harmless; what is said of several places is reported once, at the first."""
        self._add(_Topic(code, Severity.NOTE, message, hint), span)

    def warn(self, code: Code, message: str, span: Span, *, hint: str = "") -> None:
        """Note something that is probably not meant."""
        self._add(_Topic(code, Severity.WARNING, message, hint), span)

    def add(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        """Take over diagnostics made elsewhere."""
        self._others.extend(diagnostics)

    @property
    def found(self) -> tuple[Diagnostic, ...]:
        """Everything so far, in the order of the places."""
        topics = (_told(topic, list(spans)) for topic, spans in self._places.items())
        return tuple(sorted((*dict.fromkeys(self._others), *topics), key=by_place))

    def _add(self, topic: _Topic, span: Span) -> None:
        self._places.setdefault(topic, {})[span] = None


def _told(topic: _Topic, spans: list[Span]) -> Diagnostic:
    times = f" ({len(spans)} times)" if len(spans) > 1 else ""
    return Diagnostic(
        code=topic.code,
        severity=topic.severity,
        message=topic.message + times,
        primary=Label(spans[0]),
        hints=(topic.hint,) if topic.hint else (),
    )
