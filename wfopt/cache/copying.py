"""Copying files while their content is hashed."""

from __future__ import annotations

import fcntl
import os
from hashlib import sha256
from typing import NamedTuple

_CHUNK = 256 * 1024
_ZEROS = bytes(_CHUNK)

# `fcntl.FICLONE` exists from Python 3.12 on; the number is that of Linux.
_CLONE = 0x40049409
_CLONE_FROM = 1024 * 1024


class Blob(NamedTuple):
    """What identifies a content.

    Attributes:
        digest: its sha256 in hexadecimal digits.
        size: in bytes.
    """

    digest: str
    size: int


def hash_file(fd: int) -> Blob:
    """Return what a file holds, from its start on."""
    os.lseek(fd, 0, os.SEEK_SET)
    hashed, size, piece = sha256(), 0, _piece(os.fstat(fd).st_size)
    while data := os.read(fd, piece):
        hashed.update(data)
        size += len(data)
    return Blob(hashed.hexdigest(), size)


def copy_file(source: int, target: int) -> Blob:
    """Copy a file from its start on to a new one; return what was copied.

    Where the file system can share the blocks of two files, nothing is written, and what is returned is
    what the new file holds. Long runs of zeros become holes.

    Args:
        source: a descriptor to read from.
        target: a descriptor of an empty file to read and write.
    """
    expected = os.fstat(source).st_size
    if expected >= _CLONE_FROM and _clones(source, target):
        return hash_file(target)
    os.lseek(source, 0, os.SEEK_SET)
    hashed, size, piece = sha256(), 0, _piece(expected)
    while data := os.read(source, piece):
        hashed.update(data)
        size += len(data)
        if data == _ZEROS:
            os.ftruncate(target, size)
            os.lseek(target, size, os.SEEK_SET)
        else:
            write_all(target, data)
    return Blob(hashed.hexdigest(), size)


def write_all(fd: int, data: bytes) -> None:
    """Write all of some bytes, in however many turns."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _piece(expected: int) -> int:
    """Return how many bytes of a file to read at once: room for many that it does not have costs time."""
    return min(expected + 1, _CHUNK)


def _clones(source: int, target: int) -> bool:
    try:
        fcntl.ioctl(target, _CLONE, source)
    except OSError:
        return False
    return True
