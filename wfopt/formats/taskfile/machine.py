"""This machine in the words of Go: what `OS`, `ARCH` and `platforms` compare with."""

from __future__ import annotations

import platform
import sys

_ARCHES = {"x86_64": "amd64", "aarch64": "arm64", "i386": "386", "i686": "386", "armv7l": "arm"}

SYSTEMS = frozenset({"darwin", "freebsd", "linux", "netbsd", "openbsd", "windows"})
"""The systems that `platforms` may name."""

OS = "darwin" if sys.platform == "darwin" else "linux"
ARCH = _ARCHES.get(platform.machine(), platform.machine())


def is_here(name: str) -> bool:
    """Return whether an entry of `platforms` means this machine: `linux`, `amd64` or `linux/amd64`."""
    system, _, arch = name.partition("/")
    if not arch and system not in SYSTEMS:
        system, arch = "", system
    return system in {"", OS} and arch in {"", ARCH}
