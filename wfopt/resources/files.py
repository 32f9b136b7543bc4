"""Reads the small files in which the kernel tells its numbers."""

from __future__ import annotations

import os

_PIECE = 1 << 16


def read(path: str) -> bytes:
    """Return the content of a file, or nothing if it is gone, cannot be read or is none."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        parts = []
        while part := os.read(fd, _PIECE):
            parts.append(part)
        return b"".join(parts)
    except OSError:
        return b""
    finally:
        os.close(fd)


def read_record(path: str) -> bytes:
    """Return as `read` what the kernel writes in one piece: one call less for each of many processes."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(fd, _PIECE)
    except OSError:
        return b""
    finally:
        os.close(fd)


def number_after(text: bytes, name: bytes) -> int | None:
    """Return the number behind a name at the start of a line, or None if there is none.

    >>> number_after(b"MemTotal:  7 kB", b"MemTotal:"), number_after(b"rss 4", b"MemTotal:")
    (7, None)
    """
    start = 0 if text.startswith(name) else text.find(b"\n" + name) + 1
    if not text.startswith(name, start):
        return None
    words = text[start + len(name) :].split(maxsplit=1)
    return int(words[0]) if words and words[0].isdigit() else None
