"""Files and folders by descriptor: no link on the way is ever followed, so nothing leads out of a folder."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import NamedTuple

from wfopt.model.patterns import STATE_FOLDER

_NEVER_WAIT = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Found(NamedTuple):
    """Something that a walk met.

    Attributes:
        path: relative to the folder in which the walk began.
        folder: the descriptor of the folder that it is in, until the walk goes on.
        name: its name there.
        look: what `lstat` says about it.
    """

    path: str
    folder: int
    name: str
    look: os.stat_result


class Descriptor:
    """A descriptor that is open for a while: it closes when its `with` block ends.

    Args:
        fd: the descriptor.
        lent: whether it belongs to somebody else and stays open.

    Attributes:
        fd: the descriptor.
    """

    # Hundreds of thousands may be made in one run; generators cost several times as much.
    __slots__ = ("_lent", "fd")

    def __init__(self, fd: int, *, lent: bool = False) -> None:
        self.fd = fd
        self._lent = lent

    def close(self) -> None:
        """Close it, unless it is lent."""
        if not self._lent:
            os.close(self.fd)

    def __enter__(self) -> int:
        return self.fd

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def opened(name: str, flags: int, *, folder: int | None = None, mode: int = 0o600) -> Descriptor:
    """Open a file for a while, but never a link, and without waiting for the other end of a pipe.

    Args:
        name: its name in the folder, or its path.
        flags: as for `os.open`.
        folder: the descriptor of the folder it is in.
        mode: its permission bits if it is made.
    """
    return Descriptor(os.open(name, flags | _NEVER_WAIT, mode, dir_fd=folder))


def top_folder(path: str) -> Descriptor:
    """Open the folder in which paths begin for a while; it may be given as a link."""
    return Descriptor(os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))


def folder_at(top: int, path: str, *, make: int | None = None) -> Descriptor:
    """Open a folder for a while, one name after the other.

    Args:
        top: the descriptor of the folder that the path begins in.
        path: normalized, relative to `top`; "" is `top` itself.
        make: the permission bits with which missing folders are made; None makes none.

    Raises:
        FileNotFoundError: there is no such folder.
        NotADirectoryError: a file or a link is in its place, or the path climbs up.
        OSError: it cannot be opened or made.
    """
    fd = top
    for name in path.split("/") if path else ():
        outer = fd
        try:
            fd = _inner(outer, name, make)
        finally:
            if outer != top:
                os.close(outer)
    return Descriptor(fd, lent=fd == top)


def _inner(folder: int, name: str, make: int | None) -> int:
    if name == "..":
        raise NotADirectoryError(errno.ENOTDIR, "a path climbs up")
    try:
        return os.open(name, _FOLDER, dir_fd=folder)
    except FileNotFoundError:
        if make is None:
            raise
    # Somebody else may make it at the same time; a link to nowhere also exists.
    with suppress(FileExistsError):
        os.mkdir(name, make, dir_fd=folder)
    return os.open(name, _FOLDER, dir_fd=folder)


def look_at(top: int, path: str) -> os.stat_result | None:
    """Return what `lstat` says about a path, or None if it or a folder on the way is not there."""
    folder, _, name = path.rpartition("/")
    try:
        with folder_at(top, folder) as fd:
            return os.lstat(name, dir_fd=fd)
    except (FileNotFoundError, NotADirectoryError):
        return None


def walk(top: int, path: str, levels: int | None = None) -> Iterator[Found]:
    """Yield what is below a folder, each folder before its content, but nothing in a folder `.wfopt`.

    Args:
        top: a descriptor of the folder that paths are relative to.
        path: the folder to walk through, relative to `top`; "" is `top` itself.
        levels: how many levels down it goes: 1 is the folder's own content; None is all.

    Raises:
        OSError: a folder cannot be read, or became something else.
    """
    pending = [(path, 1)]
    while pending:
        here, level = pending.pop()
        with folder_at(top, here) as fd:
            for name in sorted(os.listdir(fd)):
                if name == STATE_FOLDER:
                    continue
                found = Found(f"{here}/{name}" if here else name, fd, name, os.lstat(name, dir_fd=fd))
                yield found
                if stat.S_ISDIR(found.look.st_mode) and (levels is None or level < levels):
                    pending.append((found.path, level + 1))
