"""Small disks in memory, which only this process and its children see; nobody needs to be root."""

from __future__ import annotations

import ctypes
import os
import subprocess
from functools import lru_cache
from pathlib import Path

INSIDE = ("unshare", "-rm")
"""The words before a command that may make disks."""

_LIBC = ctypes.CDLL(None, use_errno=True)


@lru_cache(maxsize=1)
def are_possible() -> bool:
    """Return whether the system lets this user make disks of its own."""
    probe = [*INSIDE, "mount", "-t", "tmpfs", "none", "/mnt"]
    try:
        return subprocess.run(probe, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


class SmallDisk:
    """A disk of a certain size on a folder; only for processes that were started with `INSIDE`."""

    def __init__(self, folder: Path, size: int) -> None:
        self._folder = folder
        self._ballast = folder / "ballast"
        if _LIBC.mount(b"none", os.fsencode(folder), b"tmpfs", 0, f"size={size}".encode()):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    def unmount(self) -> None:
        """Throw the disk away with all that is on it."""
        _LIBC.umount2(os.fsencode(self._folder), 2)

    @property
    def free(self) -> int:
        """The bytes that are free."""
        disk = os.statvfs(self._folder)
        return disk.f_bavail * disk.f_frsize

    def fill(self, left: int) -> None:
        """Fill the disk up, but for some bytes."""
        while self.free > left:
            with self._ballast.open("ab", buffering=0) as file:
                size = min(self.free - left, 1 << 20)
                try:
                    file.write(b"\1" * size)
                except OSError:
                    return

    def empty(self) -> None:
        """Take away what it was filled up with."""
        self._ballast.unlink(missing_ok=True)
