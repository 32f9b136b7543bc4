"""Collects what is wrong with a file, so that all of it is reported at once."""

from __future__ import annotations

from collections.abc import Iterable

from wfopt.codes import Code
from wfopt.errors import Diagnostic, Label, LoadError, Severity
from wfopt.formats.positions import Node
from wfopt.source import Span

LIMIT = 200
"""So many problems are kept; a file with more is probably not what it was taken for."""

GIVE_UP = 2000
"""After so many errors nobody looks for more: that would only take time."""


class Problems:
    """A growing list of diagnostics about one file."""

    def __init__(self) -> None:
        self._found: list[Diagnostic] = []
        self._errors = 0

    def error(
        self,
        code: Code,
        message: str,
        at: Node | Span,
        label: str = "",
        *,
        hints: Iterable[str | None] = (),
        related: tuple[Label, ...] = (),
    ) -> None:
        """Note an error; a hint that is None is left out.

        Raises:
            LoadError: there are too many.
        """
        self._errors += 1
        self._note(Severity.ERROR, code, message, Label(_span(at), label), hints, related)
        if self._errors >= GIVE_UP:
            raise LoadError(self.found)

    def warn(
        self, code: Code, message: str, at: Node | Span, label: str = "", *, hints: Iterable[str | None] = ()
    ) -> None:
        """Note something that is allowed but probably not meant."""
        self._note(Severity.WARNING, code, message, Label(_span(at), label), hints, ())

    def note(
        self, code: Code, message: str, at: Node | Span, label: str = "", *, hints: Iterable[str | None] = ()
    ) -> None:
        """Note something harmless."""
        self._note(Severity.NOTE, code, message, Label(_span(at), label), hints, ())

    def add(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Take over diagnostics made elsewhere."""
        for diagnostic in diagnostics:
            self._errors += diagnostic.severity is Severity.ERROR
            self._keep(diagnostic)

    @property
    def any_errors(self) -> bool:
        """Whether the file cannot be used."""
        return self._errors > 0

    @property
    def errors(self) -> int:
        """How many errors there were so far."""
        return self._errors

    @property
    def found(self) -> tuple[Diagnostic, ...]:
        """Everything so far."""
        return tuple(self._found)

    def stop_on_errors(self) -> None:
        """Give up if there are errors.

        Raises:
            LoadError: with everything found so far.
        """
        if self.any_errors:
            raise LoadError(self.found)

    def _note(
        self,
        severity: Severity,
        code: Code,
        message: str,
        primary: Label,
        hints: Iterable[str | None],
        related: tuple[Label, ...],
    ) -> None:
        kept = tuple(hint for hint in hints if hint)
        self._keep(
            Diagnostic(
                code=code, message=message, severity=severity, primary=primary, related=related, hints=kept
            )
        )

    def _keep(self, diagnostic: Diagnostic) -> None:
        first_error = diagnostic.severity is Severity.ERROR and self._errors == 1
        if len(self._found) >= LIMIT and not first_error:
            return
        # Each cell of a matrix, and each `include` of a file, finds the same again.
        if diagnostic not in self._found:
            self._found.append(diagnostic)


def _span(at: Node | Span) -> Span:
    return at if isinstance(at, Span) else at.span


def did_you_mean(name: str | None) -> str | None:
    """Return the hint for a near match, or None if there is none."""
    return f"did you mean `{name}`?" if name else None
