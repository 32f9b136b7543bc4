"""Lets one system call of the cache fail, or ends the process right before it, in a fork of this process."""

from __future__ import annotations

import builtins
import errno
import fcntl
import json
import os
import sqlite3
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from types import FrameType
from typing import Any, TypeVar

DIES = "dies"
KINDS: Mapping[str, int] = {
    "EIO": errno.EIO,
    "ENOSPC": errno.ENOSPC,
    "EINTR": errno.EINTR,
    "EMFILE": errno.EMFILE,
    DIES: 0,
}
"""What may happen at a call."""

IN_QUESTION = ("cache/", "engine/outputs.py", "engine/results.py", "api/caching.py")
"""Whose calls may fail."""

_CALLS = (
    *("access", "chmod", "close", "fchmod", "fdopen", "fstat", "ftruncate", "link", "listdir", "lseek"),
    *("lstat", "mkdir", "open", "pread", "read", "readlink", "rename", "replace", "rmdir", "scandir"),
    *("stat", "statvfs", "symlink", "unlink", "utime", "write"),
)
_SQLITE = {
    errno.EIO: sqlite3.SQLITE_IOERR,
    errno.ENOSPC: sqlite3.SQLITE_FULL,
    errno.EINTR: sqlite3.SQLITE_BUSY,
    errno.EMFILE: sqlite3.SQLITE_CANTOPEN,
}
_DEAD = 86
_TOP = os.sep + "wfopt" + os.sep

_Answer = TypeVar("_Answer")


@dataclass(slots=True)
class Point:
    """What became of the call that was to fail.

    Attributes:
        calls: how many calls there were.
        call: the name of the one that failed, or "" if there were fewer.
        module: the module that made it, such as `cache/blobs.py`.
        died: whether the process ended there.
        answer: what the work answered.
        raised: what it raised instead.
    """

    calls: int = 0
    call: str = ""
    module: str = ""
    died: bool = False
    answer: str = ""
    raised: str = ""


def with_fault(kind: str, at: int, work: Callable[[], str]) -> Point:
    """Do some work in a fork of this process, in which a call fails.

    Args:
        kind: a name of `KINDS`.
        at: the number of the call, counted from 1; 0 if none fails.
        work: returns what is to be known about it.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        try:
            _do(writing, kind, at, work)
        finally:
            os._exit(_DEAD + 1)
    os.close(writing)
    with open(reading, "rb") as file:
        lines = file.read().splitlines()
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if not lines or code not in (0, _DEAD):
        return Point(raised=f"the process ended with status {code}")
    return Point(**json.loads(lines[-1]))


def _do(writing: int, kind: str, at: int, work: Callable[[], str]) -> None:
    calls = _Calls(writing, KINDS[kind], at)
    calls.install()
    try:
        calls.point.answer = work()
    except BaseException:  # noqa: BLE001 - it is told to whoever waits
        calls.point.raised = traceback.format_exc()[-3000:]
    calls.tell()
    os._exit(0)


class _Calls:
    """Counts calls, and lets one fail."""

    def __init__(self, writing: int, number: int, at: int) -> None:
        self.point = Point()
        self._writing = writing
        self._number = number
        self._at = at
        self._write = os.write

    def install(self) -> None:
        for name in _CALLS:
            setattr(os, name, self._guarded(name, getattr(os, name)))
        builtins.open = self._guarded("open()", builtins.open)  # type: ignore[assignment]
        fcntl.flock = self._guarded("flock", fcntl.flock)
        fcntl.ioctl = self._guarded("ioctl", fcntl.ioctl)  # type: ignore[assignment]
        connect, calls = sqlite3.connect, self

        class Connection(sqlite3.Connection):
            """Its statements are calls, too."""

            def execute(self, *args: Any) -> sqlite3.Cursor:
                error = calls.count("sqlite")
                if error:
                    raise _as_sqlite(error)
                return super().execute(*args)

        def connected(*args: Any, **options: Any) -> sqlite3.Connection:
            error = self.count("connect")
            if error:
                raise _as_sqlite(error)
            return connect(*args, factory=Connection, **options)

        sqlite3.connect = connected  # type: ignore[assignment]

    def tell(self) -> None:
        self._write(self._writing, json.dumps(asdict(self.point)).encode() + b"\n")

    def count(self, name: str) -> int:
        """Count a call; return the number of the error that it has, or 0."""
        module = _caller(sys._getframe(2))
        if not module:
            return 0
        point = self.point
        point.calls += 1
        if point.calls != self._at:
            return 0
        point.call, point.module = name, module
        if not self._number:
            point.died = True
            self.tell()
            os._exit(_DEAD)
        return self._number

    def _guarded(self, name: str, call: Callable[..., _Answer]) -> Callable[..., _Answer]:
        def guarded(*args: Any, **options: Any) -> _Answer:
            number = self.count(name)
            if not number:
                return call(*args, **options)
            if name == "close":
                # The system closes a file even when it reports that its content is lost.
                call(*args, **options)
            raise OSError(number, os.strerror(number))

        return guarded


def _caller(frame: FrameType | None) -> str:
    """Return the module of wfopt that makes a call, or "" if its calls do not fail."""
    while frame is not None:
        name = frame.f_code.co_filename
        if _TOP in name and "/tests/" not in name:
            module = name.rpartition(_TOP)[2]
            return module if module.startswith(IN_QUESTION) else ""
        if "/tests/support/" in name and not name.endswith("fault_points.py"):
            return ""
        frame = frame.f_back
    return ""


def _as_sqlite(number: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(os.strerror(number).lower())
    error.sqlite_errorcode = _SQLITE[number]
    return error
