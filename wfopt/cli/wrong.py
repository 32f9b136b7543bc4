"""The errors for options and for a history that cannot be used."""

from __future__ import annotations

from wfopt.codes import BAD_OPTION
from wfopt.dataclass import replace
from wfopt.errors import Diagnostic, Severity, UserError


def wrong(message: str, *hints: str, cause: str = "") -> UserError:
    """Return the error for an option that cannot be used."""
    causes = (cause,) if cause else ()
    return UserError((Diagnostic(code=BAD_OPTION, message=message, causes=causes, hints=hints),))


def without_history(error: UserError) -> UserError:
    """Return the error for a history that cannot be read: a warning to a run, but there is no more here."""
    return UserError(tuple(replace(each, severity=Severity.ERROR) for each in error.diagnostics))
