"""Hashes of files that have not changed since they were last read.

A file is the same as before if device, inode, size and both times are. Times move in ticks, so that a file
may change twice within one: a hash is kept only if both times were well in the past when the file was read.
The memo is never trusted for anything but speed: without it every file is read again, and that is all.
"""

from __future__ import annotations

import os
import struct
from contextlib import suppress
from hashlib import blake2b
from typing import NamedTuple

from wfopt.cache.sealed_file import read_sealed, seal, unsealed, write_sealed
from wfopt.dataclass import dataclass, field

SETTLED_NS = 2_000_000_000
"""Nanoseconds by which both times of a file must lie behind the moment at which it is read."""

MOST_FILES = 200_000
"""How many hashes a stored memo may have."""

FEWEST_IDLE = 500
"""How many hashes that were not asked for are kept, however few were."""

_IDENTITY = struct.Struct("<QQQqq")
_IDENTITY_BYTES = 12
_ENTRY = struct.Struct(f"{_IDENTITY_BYTES}s33s")
_MAGIC = b"wfopt-memo-2\n"


class Content(NamedTuple):
    """What is in a file.

    Attributes:
        sha256: of its bytes, in hexadecimal.
        mentions_wfopt: whether the name of a variable that wfopt sets may stand in it.
    """

    sha256: str
    mentions_wfopt: bool


def packed_of(found: os.stat_result) -> bytes | None:
    """Return what tells a state of a file from all others; None if it cannot be written down."""
    try:
        return _IDENTITY.pack(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    except struct.error:
        return None


def _short(packed: bytes) -> bytes:
    return blake2b(packed, digest_size=_IDENTITY_BYTES).digest()


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

    def get(self, found: os.stat_result, moment_ns: int) -> Content | None:
        """Return the content of a file that looks like this, or None if it has to be read.

        Args:
            found: how it looks.
            moment_ns: when that was: nanoseconds since the epoch.
        """
        packed = packed_of(found) if _is_settled(found, moment_ns) else None
        value = None if packed is None else self._value(packed)
        return None if value is None else Content(value[:32].hex(), value[32] == 1)

    def keep(self, packed: bytes) -> bool:
        """Count what is known of a file as used; return whether anything is.

        Args:
            packed: how the file looks; see `packed_of`.
        """
        return self._value(packed) is not None

    def _value(self, packed: bytes) -> bytes | None:
        identity = _short(packed)
        value = self.used.get(identity)
        if value is None:
            value = self.known.get(identity)
            if value is not None:
                self.used[identity] = value
        return value

    def put(self, found: os.stat_result, content: Content, moment_ns: int) -> None:
        """Keep what a file held, if it had been left alone for long enough when it was read.

        Args:
            found: how it looked before and after it was read.
            content: what was in it.
            moment_ns: when reading it began: nanoseconds since the epoch, as the times of files.
        """
        if not _is_settled(found, moment_ns):
            return
        packed = packed_of(found)
        if packed is not None:
            self.used[_short(packed)] = bytes.fromhex(content.sha256) + bytes([content.mentions_wfopt])
            self.grown = True


def _is_settled(found: os.stat_result, moment_ns: int) -> bool:
    """Return whether a file had been left alone for long enough at some moment."""
    settled_ns = moment_ns - SETTLED_NS
    return found.st_ctime_ns < settled_ns and found.st_mtime_ns < settled_ns


def to_bytes(memo: Memo) -> bytes:
    """Return a memo in its stored form: a seal, then what was used last at the end."""
    used = list(memo.used.items())[-MOST_FILES:]
    room = min(MOST_FILES - len(used), max(len(used) // 2, FEWEST_IDLE))
    idle = [item for item in memo.known.items() if item[0] not in memo.used]
    kept = idle[len(idle) - room :] if room < len(idle) else idle
    return seal(_MAGIC, b"".join(identity + value for identity, value in (*kept, *used)))


def from_bytes(data: bytes) -> Memo:
    """Return the memo of a stored form; an empty one if anything about it is odd."""
    return _from_body(unsealed(data, _MAGIC))


def _from_body(body: bytes | None) -> Memo:
    if body is None or len(body) % _ENTRY.size or len(body) > MOST_FILES * _ENTRY.size:
        return Memo()
    return Memo(dict(_ENTRY.iter_unpack(body)))


def load(path: str) -> Memo:
    """Return the memo that a file holds; an empty one if it cannot be read or is odd."""
    return _from_body(read_sealed(path, _MAGIC, MOST_FILES * _ENTRY.size))


def save(memo: Memo, path: str) -> bool:
    """Write a memo in place of an older one; return whether that worked.

    A crash leaves the older one or the new one. Nothing is written if nothing was added.
    """
    if not memo.grown:
        return True
    with suppress(OSError):
        write_sealed(path, to_bytes(memo))
        return True
    return False
