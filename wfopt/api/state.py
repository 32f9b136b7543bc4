"""The state folder: made when there is something to keep, and never part of a repository."""

from __future__ import annotations

import os
from contextlib import suppress

from wfopt.codes import UNREADABLE_FILE
from wfopt.errors import Diagnostic, UserError


def make_state_folder(state: str, inner: str = "") -> str:
    """Make the state folder and a folder in it, which must be new; return the path of that.

    Args:
        state: its absolute path.
        inner: the folder in it, relative to it; "" for none.

    Raises:
        UserError: they cannot be made.
    """
    folder = os.path.join(state, inner) if inner else state
    try:
        _refuse_links(state)
        os.makedirs(folder, exist_ok=not inner)
        ignore = os.path.join(state, ".gitignore")
        with suppress(FileExistsError), open(ignore, "x", encoding="utf-8") as file:
            file.write("*\n")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"the state folder `{state}` cannot be written: {reason}"
        hint = "name another one with `--state-dir`"
        raise UserError((Diagnostic(code=UNREADABLE_FILE, message=message, hints=(hint,)),)) from error
    return folder


def _refuse_links(state: str) -> None:
    """Raise an error if what is kept of runs would go, and old runs be deleted, where a link leads."""
    for name in ("runs", "trash"):
        if os.path.islink(os.path.join(state, name)):
            raise OSError(f"`{name}` in it is a link")
