"""Files and folders by descriptor: no link on the way is ever followed, so nothing leads out of a folder."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from wfopt.model.patterns import STATE_FOLDER


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


@contextmanager
def opened(name: str, flags: int, *, folder: int | None = None, mode: int = 0o600) -> Iterator[int]:
    """Open a file for a while, but never a link, and without waiting for the other end of a pipe.

    Args:
        name: its name in the folder, or its path.
        flags: as for `os.open`.
        folder: the descriptor of the folder it is in.
        mode: its permission bits if it is made.
    """
    flags |= os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    fd = os.open(name, flags, mode, dir_fd=folder)
    try:
        yield fd
    finally:
        os.close(fd)


@contextmanager
def top_folder(path: str) -> Iterator[int]:
    """Open the folder in which paths begin for a while; it may be given as a link."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield fd
    finally:
        os.close(fd)


@contextmanager
def folder_at(top: int, path: str, *, make: int | None = None) -> Iterator[int]:
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
    try:
        for name in path.split("/") if path else ():
            outer, fd = fd, _inner(fd, name, make)
            if outer != top:
                os.close(outer)
        yield fd
    finally:
        if fd != top:
            os.close(fd)


def _inner(folder: int, name: str, make: int | None) -> int:
    if name == "..":
        raise NotADirectoryError(errno.ENOTDIR, "a path climbs up")
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(name, flags, dir_fd=folder)
    except FileNotFoundError:
        if make is None:
            raise
    # Somebody else may make it at the same time; a link to nowhere also exists.
    with suppress(FileExistsError):
        os.mkdir(name, make, dir_fd=folder)
    return os.open(name, flags, dir_fd=folder)


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
