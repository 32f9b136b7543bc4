"""Hashes of files that have not changed since they were last read.

A file is the same as before if device, inode, size and both times are. Times move in ticks, so that a file
may change twice within one: a hash is kept only if both times were well in the past when the file was read.
The memo is never trusted for anything but speed: without it every file is read again, and that is all.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import struct
from dataclasses import dataclass, field
from typing import NamedTuple

SETTLED_NS = 2_000_000_000
"""Nanoseconds by which both times of a file must lie behind the moment at which it is read."""

MOST_FILES = 200_000
"""How many hashes a stored memo may have."""

FEWEST_IDLE = 2_000
"""How many hashes that were not asked for are kept, however few were."""

_IDENTITY = struct.Struct("<QQQqq")
_VALUE_BYTES = 33
_ENTRY_BYTES = _IDENTITY.size + _VALUE_BYTES
_MAGIC = b"wfopt-memo-1\n"
_HEAD_BYTES = len(_MAGIC) + 32


class Content(NamedTuple):
    """What is in a file.

    Attributes:
        sha256: of its bytes, in hexadecimal.
        mentions_wfopt: whether the name of a variable that wfopt sets may stand in it.
    """

    sha256: str
    mentions_wfopt: bool


def identity_of(found: os.stat_result) -> bytes | None:
    """Return what tells a state of a file from all others; None if it cannot be written down."""
    try:
        return _IDENTITY.pack(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    except struct.error:
        return None


@dataclass(slots=True)
class Memo:
    """Contents of files by their identity.

    Attributes:
        known: what was loaded, the longest unused first.
        used: what was asked for or added since.
        grown: whether anything was added since.
    """

    known: dict[bytes, bytes] = field(default_factory=dict)
    used: dict[bytes, bytes] = field(default_factory=dict)
    grown: bool = False

    def get(self, found: os.stat_result) -> Content | None:
        """Return the content of a file that looks like this, or None if it has to be read."""
        identity = identity_of(found)
        if identity is None:
            return None
        value = self.used.get(identity)
        if value is None:
            value = self.known.get(identity)
            if value is None:
                return None
            self.used[identity] = value
        return Content(value[:32].hex(), value[32] == 1)

    def put(self, found: os.stat_result, content: Content, moment_ns: int) -> None:
        """Keep what a file held, if it had been left alone for long enough when it was read.

        Args:
            found: how it looked before and after it was read.
            content: what was in it.
            moment_ns: when reading it began: nanoseconds since the epoch, as the times of files.
        """
        if max(found.st_mtime_ns, found.st_ctime_ns) >= moment_ns - SETTLED_NS:
            return
        identity = identity_of(found)
        if identity is not None:
            self.used[identity] = bytes.fromhex(content.sha256) + bytes([content.mentions_wfopt])
            self.grown = True


def to_bytes(memo: Memo) -> bytes:
    """Return a memo in its stored form: a seal, then what was used last at the end."""
    used = list(memo.used.items())[-MOST_FILES:]
    room = min(MOST_FILES - len(used), max(len(used), FEWEST_IDLE))
    idle = [item for item in memo.known.items() if item[0] not in memo.used]
    kept = idle[len(idle) - room :] if room < len(idle) else idle
    body = b"".join(identity + value for identity, value in (*kept, *used))
    return _MAGIC + hashlib.sha256(body).digest() + body


def from_bytes(data: bytes) -> Memo:
    """Return the memo of a stored form; an empty one if anything about it is odd."""
    body = data[_HEAD_BYTES:]
    count, rest = divmod(len(body), _ENTRY_BYTES)
    sealed = data[:_HEAD_BYTES] == _MAGIC + hashlib.sha256(body).digest()
    if not sealed or rest or count > MOST_FILES:
        return Memo()
    size, known = _IDENTITY.size, {}
    for start in range(0, len(body), _ENTRY_BYTES):
        known[body[start : start + size]] = body[start + size : start + _ENTRY_BYTES]
    return Memo(known)


def load(path: str) -> Memo:
    """Return the memo that a file holds; an empty one if it cannot be read or is odd."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            return from_bytes(_stored(fd))
        finally:
            os.close(fd)
    except OSError:
        return Memo()


def _stored(fd: int) -> bytes:
    """Return what a file holds; nothing if it is no file, or larger than a memo can be."""
    found = os.fstat(fd)
    most = _HEAD_BYTES + MOST_FILES * _ENTRY_BYTES
    if not stat.S_ISREG(found.st_mode) or found.st_size > most:
        return b""
    return os.read(fd, found.st_size)


def save(memo: Memo, path: str) -> bool:
    """Write a memo in place of an older one; return whether that worked.

    A crash leaves the older one or the new one. Nothing is written if nothing was added.
    """
    if not memo.grown:
        return True
    partial = f"{path}.{os.getpid()}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(partial, flags, 0o600), "wb") as file:
            file.write(to_bytes(memo))
        os.replace(partial, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(partial)
        return False
    return True
