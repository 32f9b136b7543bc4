"""Copies of a workspace to run in, and what differs between them afterwards."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Mapping

from wfopt.cache.copying import copy_file, hash_file
from wfopt.codes import UNREADABLE_FILE
from wfopt.errors import Diagnostic, UserError
from wfopt.model.patterns import STATE_FOLDER

Tree = Mapping[str, tuple[str, int, str]]
"""For each path what it is, its mode, and its content's digest or its link's text."""


FOLDER = "folder"
"""What a tree calls a folder."""


def copy_workspace(source: str, target: str) -> None:
    """Copy a workspace without the state of wfopt: files with modes and times, links, empty folders.

    Blocks are shared where the file system can; no file is linked hard, so that nothing done to the copy
    reaches the original. Links to absolute paths in the workspace lead to the same place in the copy.
    Sockets, pipes and devices are left out.

    Args:
        source: the absolute path of the workspace.
        target: the absolute path of a folder that does not exist.

    Raises:
        UserError: something cannot be read or written.
    """
    try:
        _copy_folder(os.path.realpath(source), target)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"the workspace cannot be copied: {reason}"
        where = f"`{error.filename}`" if error.filename else f"`{source}`"
        raise UserError(
            (Diagnostic(code=UNREADABLE_FILE, message=message, causes=(f"it is about {where}",)),)
        ) from error


def _copy_folder(top: str, target: str) -> None:
    os.mkdir(target)
    for folder, folders, names in os.walk(top, onerror=_raise):
        inner = os.path.relpath(folder, top)
        there = os.path.normpath(os.path.join(target, inner))
        folders[:] = [name for name in folders if not (inner == "." and name == STATE_FOLDER)]
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        for name in (*names, *links):
            _copy_entry(os.path.join(folder, name), os.path.join(there, name), top, target)
        for name in folders:
            if name not in links:
                os.mkdir(os.path.join(there, name))
    for folder, _, _ in os.walk(top, topdown=False):
        inner = os.path.relpath(folder, top)
        with contextlib.suppress(FileNotFoundError):
            os.chmod(os.path.join(target, inner), stat.S_IMODE(os.stat(folder).st_mode) | stat.S_IRWXU)


def _copy_entry(source: str, target: str, top: str, copy: str) -> None:
    found = os.lstat(source)
    if stat.S_ISLNK(found.st_mode):
        text = os.readlink(source)
        if text == top or text.startswith(top + os.sep):
            text = copy + text[len(top) :]
        os.symlink(text, target)
    elif stat.S_ISREG(found.st_mode):
        reading = os.open(source, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            writing = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                copy_file(reading, writing)
                os.fchmod(writing, stat.S_IMODE(found.st_mode))
                os.utime(writing, ns=(found.st_atime_ns, found.st_mtime_ns))
            finally:
                os.close(writing)
        finally:
            os.close(reading)


def tree_of(top: str) -> Tree:
    """Return what is in a folder, but for the state of wfopt.

    Raises:
        OSError: something cannot be read.
    """
    return dict(_entries(top))


def _entries(top: str) -> Iterator[tuple[str, tuple[str, int, str]]]:
    for folder, folders, names in os.walk(top, onerror=_raise):
        inner = os.path.relpath(folder, top)
        folders[:] = sorted(name for name in folders if not (inner == "." and name == STATE_FOLDER))
        for name in sorted((*names, *folders)):
            path = name if inner == "." else f"{inner}/{name}"
            full = os.path.join(folder, name)
            found = os.lstat(full)
            mode = stat.S_IMODE(found.st_mode)
            if stat.S_ISLNK(found.st_mode):
                text = os.readlink(full)
                yield path, ("link", 0, text.replace(top, "", 1) if text.startswith(top) else text)
            elif stat.S_ISREG(found.st_mode):
                fd = os.open(full, os.O_RDONLY | os.O_CLOEXEC)
                try:
                    yield path, ("file", mode, hash_file(fd).digest)
                finally:
                    os.close(fd)
            elif stat.S_ISDIR(found.st_mode):
                yield path, (FOLDER, mode, "")


def differences(first: Tree, second: Tree) -> dict[str, str]:
    """Return, by path, what differs in the second tree, in words that follow the path."""
    found = {}
    for path in sorted({*first, *second}):
        one, other = first.get(path), second.get(path)
        if one == other:
            continue
        if one is None:
            found[path] = "is only there afterwards"
        elif other is None:
            found[path] = "is missing afterwards"
        elif one[0] != other[0]:
            found[path] = f"is a {other[0]} instead of a {one[0]}"
        elif one[2] != other[2]:
            found[path] = "has other content"
        else:
            found[path] = f"has the mode {other[1]:o} instead of {one[1]:o}"
    return found


def _raise(error: OSError) -> None:
    raise error
