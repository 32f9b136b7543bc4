"""A private folder for a while, in which steps run that must not touch anything else."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator

from wfopt.cache.temporary import is_orphan, temporary_name
from wfopt.codes import UNREADABLE_FILE
from wfopt.errors import Diagnostic, UserError

FOLDER = "rerun"
"""Where such folders are, in the state folder."""

USUAL = "/tmp"  # noqa: S108 - only this user may enter what is made in it
"""The folder for temporary files if nobody names another."""


LEAST_FREE_BYTES = 1 << 20
"""With less than this on its disk, nobody knows what else a step could not write."""


@contextlib.contextmanager
def scratch_folder(state_folder: str, temporary: str) -> Iterator[str]:
    """Make a folder that only this user may enter; it vanishes with everything in it.

    Args:
        state_folder: the absolute path of the state folder: if it is there, the new one is in it.
        temporary: the folder for temporary files, for when it is not or is closed; "" for the usual one.

    Raises:
        UserError: neither takes a folder.
    """
    parent = os.path.join(state_folder, FOLDER)
    folder = _folder_in(parent) or _temporary_folder(os.path.abspath(temporary or USUAL))
    try:
        yield os.path.realpath(folder)
    finally:
        remove_tree(folder)
        # Another process may have its own beside it.
        with contextlib.suppress(OSError):
            if os.path.dirname(folder) == parent:
                os.rmdir(parent)


@contextlib.contextmanager
def with_room(folder: str) -> Iterator[None]:
    """See to it that what is found out in a scratch folder is not due to a full disk.

    Args:
        folder: what `scratch_folder` has made; looked at when everything written is still there.

    Raises:
        UserError: its disk is full, which takes the place of whatever went wrong because of that.
    """
    try:
        yield
    except (UserError, OSError) as error:
        if _is_full(folder):
            raise _no_room(folder) from error
        raise
    if _is_full(folder):
        raise _no_room(folder)


def _is_full(folder: str) -> bool:
    disk = os.statvfs(folder)
    has_no_files_left = bool(disk.f_files) and not disk.f_favail
    return has_no_files_left or disk.f_bavail * disk.f_frsize < LEAST_FREE_BYTES


def _no_room(folder: str) -> UserError:
    parent = os.path.dirname(folder)
    is_state = os.path.basename(parent) == FOLDER
    place = os.path.dirname(parent) if is_state else parent
    problem = Diagnostic(
        code=UNREADABLE_FILE,
        message=f"there is not enough room for copies of the workspace in `{place}`: its disk is full",
        causes=("steps that cannot write all they want prove nothing",),
        hints=(
            "make room there, or name a folder on another disk with "
            + ("`--state-dir`" if is_state else "the variable `TMPDIR`"),
        ),
    )
    return UserError((problem,))


def remove_tree(folder: str) -> None:
    """Delete a folder, also what a step has closed in it; what cannot be deleted stays."""
    for here, folders, _ in os.walk(folder):
        for name in folders:
            full = os.path.join(here, name)
            if not os.path.islink(full):
                with contextlib.suppress(OSError):
                    os.chmod(full, 0o700)
    shutil.rmtree(folder, ignore_errors=True)


def _folder_in(parent: str) -> str:
    """Return a new folder in one that is made if need be; "" if that is impossible."""
    folder = os.path.join(parent, temporary_name())
    for _ in range(2):
        try:
            with contextlib.suppress(FileExistsError):
                os.mkdir(parent, 0o700)
            _remove_orphans(parent)
            os.mkdir(folder, 0o700)
        except FileNotFoundError:
            # There is no state folder, or another process has just removed the folder that both use.
            continue
        except OSError:
            return ""
        return folder
    return ""


def _temporary_folder(parent: str) -> str:
    try:
        return tempfile.mkdtemp(prefix="wfopt-", dir=parent)
    except OSError as error:
        message = f"no temporary folder can be made in `{parent}`: {(error.strerror or str(error)).lower()}"
        hint = "set `TMPDIR` to a folder with room in it"
        raise UserError((Diagnostic(code=UNREADABLE_FILE, message=message, hints=(hint,)),)) from error


def _remove_orphans(parent: str) -> None:
    """Delete what processes have left that were killed."""
    with contextlib.suppress(OSError):
        for name in os.listdir(parent):
            if is_orphan(name):
                remove_tree(os.path.join(parent, name))
