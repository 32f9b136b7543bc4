"""Paths as parts of URIs, which is how sqlite is told how to open a file."""

from __future__ import annotations

import os

_PLAIN = frozenset(b"/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


def escaped(path: str) -> str:
    """Return a path as it stands in a URI; to import what does that takes longer than to open a database."""
    return "".join([chr(each) if each in _PLAIN else f"%{each:02X}" for each in os.fsencode(path)])
