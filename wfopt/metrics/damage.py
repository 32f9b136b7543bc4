"""What is done about a history that is damaged: it is moved out of the way, once, whoever notices."""

import contextlib
import errno
import fcntl
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterator

from wfopt.codes import HISTORY_TROUBLE
from wfopt.errors import Diagnostic, Severity, UserError

COMPANIONS = ("-wal", "-shm", "-journal")
"""What sqlite appends to a database's name for the files that belong to it."""

KEPT_ASIDE = 3
"""How many damaged histories are kept."""

LOCK_S = 5.0

# No statement of this program breaks a rule of its tables, unless an index is not what it should be.
_DAMAGE = frozenset(
    {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CONSTRAINT}
)
_PAUSE_S = 0.02

Identity = tuple[int, int]
"""The device and the inode of a file."""


class HistoryError(UserError):
    """The history cannot be read; says where it is, why, and what to do about it."""


class DamageError(Exception):
    """The file is not a history that this program wrote; says in a few words why."""


class ForeignError(Exception):
    """The file is somebody else's, or of a later version: it must stay as it is; says in a few words why."""


def diagnosis(message: str, cause: str, *hints: str, severity: Severity = Severity.WARNING) -> Diagnostic:
    """Return the message about trouble with the history."""
    return Diagnostic(
        code=HISTORY_TROUBLE,
        message=message,
        severity=severity,
        causes=(cause,) if cause else (),
        hints=hints,
    )


def why(error: BaseException) -> str:
    """Return the reason that an error gives, in a few words."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def is_damage(error: BaseException) -> bool:
    """Return whether the content of the file is to blame, so that trying again is no use."""
    # What is written is never decoded, so what cannot be decoded was read.
    if isinstance(error, DamageError | UnicodeDecodeError):
        return True
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        # Python's own module says of a text that is none, without a code, that it cannot be decoded.
        return isinstance(error, sqlite3.DatabaseError)
    return code & 0xFF in _DAMAGE or code == sqlite3.SQLITE_IOERR_SHORT_READ


def identity(path: str) -> Identity | None:
    """Return which file stands there, or None if there is none.

    Raises:
        OSError: the way there is barred.
    """
    try:
        info = os.lstat(path)
    except FileNotFoundError:
        return None
    return (info.st_dev, info.st_ino)


def check_files(path: str) -> None:
    """Look at what stands in the places of the database's files.

    Raises:
        DamageError: one is a link, a folder or anything else but a plain file, or the database is empty.
        OSError: the way there is barred.
    """
    for name in (path, *(path + suffix for suffix in COMPANIONS)):
        try:
            info = os.lstat(name)
        except FileNotFoundError:
            continue
        if not stat.S_ISREG(info.st_mode):
            raise DamageError(f"`{os.path.basename(name)}` is not a plain file")
        if name == path and not info.st_size:
            raise DamageError("it is empty")


@contextlib.contextmanager
def locked(path: str, patience_s: float = LOCK_S) -> Iterator[None]:
    """Be the only process that moves files of a history; the lock is a file beside it.

    Raises:
        OSError: it cannot be had, or not in time.
    """
    fd = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        wait_for_lock(fd, patience_s)
        yield
    finally:
        os.close(fd)


def wait_for_lock(fd: int, patience_s: float) -> None:
    """Lock an open file for this process alone.

    Raises:
        OSError: it cannot be had, or not in time.
    """
    tries = max(1, round(patience_s / _PAUSE_S))
    for number in range(tries):
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if number + 1 == tries:
                raise OSError(errno.EAGAIN, "another process holds its lock") from None
            threading.Event().wait(_PAUSE_S)
        else:
            return


def set_aside(path: str, seen: Identity | None, wall: Callable[[], float]) -> str | None:
    """Move a damaged database aside with the files that belong to it.

    Args:
        path: the database.
        seen: which file was found damaged; if another one stands there now, that one stays.
        wall: tells the seconds since the epoch, for the name.

    Returns:
        where it went, or None if somebody else was faster.

    Raises:
        OSError: it cannot be moved.
    """
    with locked(path):
        if seen is None or identity(path) != seen:
            return None
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(max(0.0, min(wall(), 2.0**37))))
        target = f"{path}.damaged-{stamp}"
        number = 1
        while os.path.lexists(target):
            number += 1
            target = f"{path}.damaged-{stamp}-{number}"
        # The log goes first: whoever opens the database between two of these finds less, never a mixture.
        for suffix in (*COMPANIONS, ""):
            with contextlib.suppress(FileNotFoundError):
                os.rename(path + suffix, target + suffix)
        _forget_old(path)
        return target


def _forget_old(path: str) -> None:
    """Delete all but the newest of the damaged databases."""
    folder, name = os.path.split(os.path.abspath(path))
    mark = f"{name}.damaged-"
    mains = [each for each in os.listdir(folder) if each.startswith(mark) and not each.endswith(COMPANIONS)]
    mains.sort(key=lambda each: (os.lstat(os.path.join(folder, each)).st_ctime, each))
    for main in mains[:-KEPT_ASIDE]:
        for suffix in ("", *COMPANIONS):
            with contextlib.suppress(OSError):
                os.remove(os.path.join(folder, main + suffix))
