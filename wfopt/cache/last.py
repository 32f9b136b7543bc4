"""Which result each step of a workspace used or made last.

One short row for each: the step, the key of its result, and when that was last noted as used. The file only
grows while a run goes on, so a kill loses nothing; its last row for a step counts. It is a help, never a
proof: without it the same results are found by their keys, only nobody can say any more what has changed.
"""

from __future__ import annotations

import contextlib
import os
import stat
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from hashlib import blake2b
from struct import Struct
from typing import NamedTuple

from wfopt.cache.framing import framed
from wfopt.cache.key import KEY_BYTES
from wfopt.cache.temporary import beside

_STEP_BYTES = 8
_ROW = Struct(f"<{_STEP_BYTES}s{KEY_BYTES}sII")
_CHECK_BYTES = 4
_FORM = 2
"""Part of every check; changes with the form of a row, so that rows of another form are passed over."""

_NONE = urlsafe_b64encode(bytes(KEY_BYTES)).decode("ascii")
_LATEST_S = 2**32 - 1
_LARGEST_FILE = 16 * 1024 * 1024
_MUCH_DAMAGE = 64 * 1024
_SLACK = 100


class Last(NamedTuple):
    """The last result of a step.

    Attributes:
        key: its key.
        used_at: when its use was noted, in seconds since 1970.
    """

    key: str
    used_at: int


class LastResults:
    """The last results of the steps of one workflow, in a file that all workflows of a workspace share.

    Args:
        path: the file's absolute path.
        workflow: the path of the workflow file, relative to the workspace.
        read_only: whether nothing may be noted.
    """

    def __init__(self, path: str, workflow: str, *, read_only: bool = False) -> None:
        self._path = path
        self._prefix = framed((workflow,))
        self._read_only = read_only
        self._names: dict[str, bytes] = {}
        self._fd: int | None = None
        data = _read(path)
        self._known = dict(_rows_of(data))
        # Damage counts as well, for it goes when the file is written anew.
        self._rows = len(data) // _ROW.size

    def of(self, step: str) -> Last | None:
        """Return the last result of a step, or None if none is known."""
        last = self._known.get(self._name(step))
        return None if last is None or last.key == _NONE else last

    def note(self, step: str, key: str, moment: float) -> None:
        """Note that a step made or used a result; `moment` is in seconds since 1970.

        Raises:
            OSError: it cannot be written.
        """
        self._add(self._name(step), Last(key, min(max(int(moment), 0), _LATEST_S)))

    def forget(self, step: str) -> None:
        """Note that the last result of a step is none any more.

        Raises:
            OSError: it cannot be written.
        """
        self._add(self._name(step), Last(_NONE, 0))

    def close(self) -> None:
        """Let go of the file; if it holds mostly what is outdated, write it anew.

        Raises:
            OSError: it cannot be written; what it held is still there.
        """
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
            if self._rows > 2 * len(self._known) + _SLACK:
                self._rewrite()

    def _name(self, step: str) -> bytes:
        name = self._names.get(step)
        if name is None:
            name = blake2b(self._prefix + framed((step,)), digest_size=_STEP_BYTES).digest()
            self._names[step] = name
        return name

    def _add(self, step: bytes, last: Last) -> None:
        if self._read_only:
            return
        if self._fd is None:
            self._fd = _opened_to_add(self._path)
        os.write(self._fd, _row_of(step, last))
        self._rows += 1
        self._known[step] = last

    def _rewrite(self) -> None:
        # Another run, of another workflow perhaps, may have added to it.
        known = dict(_rows_of(_read(self._path)))
        partial = beside(self._path)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            with os.fdopen(os.open(partial, flags, 0o600), "wb") as file:
                file.write(b"".join(_row_of(*each) for each in known.items() if each[1].key != _NONE))
            os.replace(partial, self._path)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(partial)
            raise


def _opened_to_add(path: str) -> int:
    """Open a file to append to it; what has other names, or is no file, is replaced by an empty one.

    Raises:
        OSError: it cannot be opened or replaced.
    """
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    fd = os.open(path, flags, 0o600)
    found = os.fstat(fd)
    if stat.S_ISREG(found.st_mode) and found.st_nlink == 1:
        return fd
    # What is written to it might arrive anywhere.
    os.close(fd)
    os.unlink(path)
    return os.open(path, flags | os.O_EXCL, 0o600)


def _read(path: str) -> bytes:
    """Return what is in a file; nothing if it is missing, too large, somebody else's, or no file."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return b""
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST_FILE or found.st_uid != os.geteuid():
            return b""
        with open(fd, "rb", closefd=False) as file:
            return file.read()
    except OSError:
        return b""
    finally:
        os.close(fd)


def _rows_of(data: bytes) -> Iterator[tuple[bytes, Last]]:
    """Yield what the sound rows say.

    A crash may have left a part of a row, and the next one follows right behind it: where no sound row
    begins, one is looked for from the next byte on. Behind much damage only rows in line with the end of the
    file are looked for, so that any file is read in a moment.
    """
    place = passed_over = 0
    while place + _ROW.size <= len(data):
        row = data[place : place + _ROW.size]
        step, key, used_at, check = _ROW.unpack(row)
        if check == _check_of(row[:-_CHECK_BYTES]):
            yield step, Last(urlsafe_b64encode(key).decode("ascii"), used_at)
            place += _ROW.size
        else:
            passed_over += 1
            in_line = (len(data) - place) % _ROW.size == 0
            place += _ROW.size if in_line and passed_over > _MUCH_DAMAGE else 1


def _row_of(step: bytes, last: Last) -> bytes:
    start = _ROW.pack(step, urlsafe_b64decode(last.key), last.used_at, 0)[:-_CHECK_BYTES]
    return start + _check_of(start).to_bytes(_CHECK_BYTES, "little")


def _check_of(start: bytes) -> int:
    return zlib.crc32(start, _FORM)
