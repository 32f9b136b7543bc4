"""What a folder looks like: every name in it with its kind, permission bits and content."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import NamedTuple


class Seen(NamedTuple):
    """What one name stands for.

    Attributes:
        kind: `file`, `folder`, `link` or `other`.
        mode: its permission bits; 0 for a link.
        content: the sha256 of a file, the target of a link, else "".
    """

    kind: str
    mode: int
    content: str = ""


def portrait(folder: Path) -> dict[str, Seen]:
    """Return everything below a folder by its path in there, but nothing in `.wfopt`."""
    found: dict[str, Seen] = {}
    pending = [""]
    while pending:
        here = pending.pop()
        for entry in os.scandir(os.path.join(folder, here)):
            if entry.name == ".wfopt":
                continue
            path = f"{here}/{entry.name}" if here else entry.name
            found[path] = seen(entry.path)
            if found[path].kind == "folder":
                pending.append(path)
    return found


def seen(full: str) -> Seen:
    """Return what a path stands for, without following a link at its end."""
    look = os.lstat(full)
    mode = stat.S_IMODE(look.st_mode)
    if stat.S_ISLNK(look.st_mode):
        return Seen("link", 0, os.readlink(full))
    if stat.S_ISDIR(look.st_mode):
        return Seen("folder", mode)
    if not stat.S_ISREG(look.st_mode):
        return Seen("other", mode)
    with open(full, "rb") as file:
        return Seen("file", mode, hashlib.file_digest(file, "sha256").hexdigest())


def untouched(folder: Path) -> dict[str, tuple[int, ...]]:
    """Return what changes with any change of a folder or of something in it, but not when it is read."""
    looks = {"": os.lstat(folder)}
    for here, folders, files in os.walk(folder):
        for name in (*folders, *files):
            full = os.path.join(here, name)
            looks[os.path.relpath(full, folder)] = os.lstat(full)
    return {
        path: (look.st_mode, look.st_uid, look.st_ino, look.st_nlink, look.st_size, look.st_ctime_ns)
        for path, look in looks.items()
    }


def allocated(full: str) -> int:
    """Return how many bytes a file takes up on its disk."""
    return os.lstat(full).st_blocks * 512
