"""Small files of this program's own, with a checksum: read whole or not at all, replaced as a whole."""

from __future__ import annotations

import contextlib
import os
import stat
from hashlib import sha256

from wfopt.cache.temporary import beside

_SEAL_BYTES = 32


def read_sealed(path: str, magic: bytes, most: int) -> bytes | None:
    """Return what was written under a magic word; None if anything about the file is odd.

    Args:
        path: the file's absolute path.
        magic: how it begins.
        most: the most bytes that may follow.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        found = os.fstat(fd)
        too_long = found.st_size > len(magic) + _SEAL_BYTES + most
        if too_long or not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
            return None
        with open(fd, "rb", closefd=False) as file:
            data = file.read()
    except OSError:
        return None
    finally:
        os.close(fd)
    return unsealed(data, magic)


def unsealed(data: bytes, magic: bytes) -> bytes | None:
    """Return what `seal` was given, or None if the data is anything else."""
    head = len(magic) + _SEAL_BYTES
    body = data[head:]
    return body if data[:head] == magic + sha256(body).digest() else None


def seal(magic: bytes, body: bytes) -> bytes:
    """Return what a sealed file holds."""
    return magic + sha256(body).digest() + body


def write_sealed(path: str, sealed: bytes) -> None:
    """Write what `seal` gave in place of an older file; a crash leaves the older one or the new one.

    Raises:
        OSError: it cannot be written; the older one is still there.
    """
    partial = beside(path)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(partial, flags, 0o600), "wb") as file:
            file.write(sealed)
        os.replace(partial, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(partial)
        raise
