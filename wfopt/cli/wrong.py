"""The error for options that cannot be used."""

from __future__ import annotations

from wfopt.codes import BAD_OPTION
from wfopt.errors import Diagnostic, UserError


def wrong(message: str, *hints: str, cause: str = "") -> UserError:
    """Return the error for an option that cannot be used."""
    causes = (cause,) if cause else ()
    return UserError((Diagnostic(code=BAD_OPTION, message=message, causes=causes, hints=hints),))
