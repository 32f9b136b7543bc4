"""What stands in a workspace: kinds, contents and folders, each looked at once however many steps ask.

Links:

- A link counts with its target's text, and under its own path with what it leads to: a file's content and
  executable bit, whether it is a folder, or that there is nothing. So an edit of the file behind it is seen.
- A folder behind a link is entered, as many programs do, if it lies in the workspace. What a folder outside
  of the workspace holds is not looked at; a file there is.
- A link to one of the folders above itself is entered once.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from wfopt.cache.memo import Content, Memo
from wfopt.errors import WfoptError
from wfopt.model.patterns import STATE_FOLDER

MOST_LISTED = 500_000
"""How many entries one input may take in; links can make a few folders look like endlessly many."""

_MARK = b"WFOPT_"
_CHUNK_BYTES = 1 << 20
_ATTEMPTS = 3
_READING = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
_MISSING = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}
_LEADS_NOWHERE = _MISSING | {errno.ELOOP}


class UnhashableError(WfoptError):
    """Something among the inputs of a step cannot be hashed: the step runs, but its result is not kept.

    Attributes:
        path: relative to the workspace.
        reason: what is wrong with it, in words.
    """

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"input `{path}` {reason}")


class Kind(StrEnum):
    """What an entry is."""

    ABSENT = "absent"
    DIR = "dir"
    FILE = "file"
    LINK = "link"


class Entry(NamedTuple):
    """One thing that a step reads; a link and what it leads to are two entries with the same path.

    Attributes:
        path: relative to the workspace.
        kind: what it is.
        executable: whether anybody may execute it; False for all but files.
        content: the hash of a file, or the text of a link, else "". In a link's text the path of the
            workspace is a NUL character.
        mentions_wfopt: see `Content`.
    """

    path: str
    kind: Kind
    executable: bool = False
    content: str = ""
    mentions_wfopt: bool = False


class Found(NamedTuple):
    """Something that a walk met.

    Attributes:
        path: the way to it, relative to the workspace; it may lead through links.
        real: where it, or what a link leads to, is in the workspace, without links on the way; "" is also
            the place of what lies outside.
        is_dir: whether it is a folder, not a link to one.
        is_link: whether it is a link.
    """

    path: str
    real: str
    is_dir: bool
    is_link: bool


class Hasher:
    """Hashes files, with a memo for those that have not changed.

    Args:
        memo: what is known already; it learns.
        now_ns: the wall clock, in nanoseconds since the epoch.

    Attributes:
        read: how many files were read because the memo did not know them.
    """

    def __init__(self, memo: Memo, now_ns: Callable[[], int]) -> None:
        self.memo = memo
        self.read = 0
        self._now_ns = now_ns

    def content(self, full: str, found: os.stat_result) -> tuple[Content, os.stat_result]:
        """Return what a regular file holds, and how it looked while it was read.

        Raises:
            OSError: it cannot be read; with `EAGAIN`, it changes while it is read.
        """
        moment_ns = self._now_ns()
        known = self.memo.get(found, moment_ns)
        if known is not None:
            return known, found
        self.read += 1
        before: os.stat_result | None = found
        for _ in range(_ATTEMPTS):
            fd = os.open(full, _READING)
            try:
                before = before or os.fstat(fd)
                content = _read(fd, before.st_size)
                after = os.fstat(fd)
            finally:
                os.close(fd)
            if _is_same_file(before, after):
                self.memo.put(after, content, moment_ns)
                return content, after
            moment_ns, before = self._now_ns(), None
        raise OSError(errno.EAGAIN, "changes while it is read")


def _is_same_file(before: os.stat_result, after: os.stat_result) -> bool:
    """Return whether a regular file was left alone between two looks at it."""
    return (
        stat.S_ISREG(before.st_mode)
        and before.st_ctime_ns == after.st_ctime_ns
        and before.st_mtime_ns == after.st_mtime_ns
        and before.st_size == after.st_size
        and before.st_ino == after.st_ino
        and before.st_dev == after.st_dev
    )


def _read(fd: int, expected: int) -> Content:
    digest, mentioned, tail = hashlib.sha256(), False, b""
    # Room for many more bytes than there are costs time.
    piece, left = min(expected + 1, _CHUNK_BYTES), expected
    while data := os.read(fd, piece):
        digest.update(data)
        mentioned = mentioned or _MARK in data or (bool(tail) and _MARK in tail + data[: len(_MARK)])
        left -= len(data)
        if not left:
            # Whoever asked looks whether it has grown.
            break
        tail = data[1 - len(_MARK) :]
    return Content(digest.hexdigest(), mentioned)


class Files:
    """The files of a workspace; what was looked at once is not looked at again until `forget`.

    Args:
        workspace: its absolute path.
        hasher: hashes the files.
        own: the folders, relative to the workspace, in which wfopt keeps its own files; they are never looked
            into, nor is any folder called `.wfopt`.
    """

    def __init__(self, workspace: str, hasher: Hasher, own: Iterable[str] = ()) -> None:
        self._top = workspace.rstrip("/") + "/"
        self._real_top = os.path.realpath(workspace).rstrip("/") + "/"
        self._hasher = hasher
        self._own = tuple(os.path.normpath(folder) for folder in own)
        self._looks: dict[str, tuple[Entry, ...]] = {}
        self._states: dict[str, tuple[int, ...]] = {}
        self._folders: dict[str, tuple[tuple[str, bool, bool], ...]] = {}

    def forget(self) -> None:
        """Look at everything anew from now on."""
        self._looks.clear()
        self._states.clear()
        self._folders.clear()

    def real(self, path: str) -> str:
        """Return where a path leads to, relative to the workspace; "" if that is outside of it."""
        return self._inside(os.path.realpath(self._top + path)) or ""

    def look(self, path: str) -> tuple[Entry, ...]:
        """Return what stands at a path: one entry, or two for a link.

        Raises:
            UnhashableError: it is neither file, folder nor link, or cannot be read.
        """
        known = self._looks.get(path)
        if known is None:
            try:
                known = self._looks[path] = self._look(path)
            except OSError as error:
                raise _unhashable(path, error) from None
        return known

    def state(self, path: str) -> tuple[int, ...] | None:
        """Return inode and time of change of the file that was looked at under a path; None for a folder.

        They differ if a file was written to and then brought back to its old content. Of a link its own come
        first, which differ if it led elsewhere for a while. The time is that of the content: programs change
        the mode of their inputs, or link to them, without changing what is in them.
        """
        return self._states.get(path)

    def _look(self, path: str) -> tuple[Entry, ...]:
        full = self._top + path
        try:
            found = os.lstat(full)
        except OSError as error:
            if error.errno not in _MISSING:
                raise
            return (Entry(path, Kind.ABSENT),)
        if not stat.S_ISLNK(found.st_mode):
            return (self._entry(path, full, found),)
        link = Entry(path, Kind.LINK, content=self._target(full))
        own = self._states[path] = (found.st_ino, found.st_mtime_ns)
        try:
            found = os.stat(full)
        except OSError as error:
            if error.errno not in _LEADS_NOWHERE:
                raise
            return (link, Entry(path, Kind.ABSENT))
        return (link, self._entry(path, full, found, own))

    def _entry(self, path: str, full: str, found: os.stat_result, link: tuple[int, ...] = ()) -> Entry:
        if stat.S_ISREG(found.st_mode):
            content, found = self._hasher.content(full, found)
            executable = bool(found.st_mode & 0o111)
            self._states[path] = (*link, found.st_ino, found.st_mtime_ns)
            return Entry(path, Kind.FILE, executable, content.sha256, content.mentions_wfopt)
        if stat.S_ISDIR(found.st_mode):
            return Entry(path, Kind.DIR)
        raise UnhashableError(path, f"is {_name_of(found.st_mode)}, which has no content to compare")

    def _target(self, full: str) -> str:
        target = os.readlink(full)
        for top in (self._top, self._real_top):
            if f"{target}/".startswith(top):
                return "\0/" + target[len(top) :]
        return target

    def walk(self, start: str, enters: Callable[[str], bool]) -> Iterator[Found]:
        """Yield everything below a folder, folders before what they hold.

        Args:
            start: the folder, relative to the workspace; if it does not exist, nothing is yielded.
            enters: whether a folder with this path is worth entering.

        Raises:
            UnhashableError: a folder cannot be listed, or there is too much.
        """
        real = os.path.realpath(self._top + start)
        # For each folder to enter: the way to it, where it is, and where the links on the way led.
        waiting: list[tuple[str, str, tuple[str, ...]]]
        waiting = [(start, real, (real,))] if self._inside(real) is not None else []
        left = MOST_LISTED
        while waiting:
            folder, real, crossed = waiting.pop()
            for name, is_dir, is_link in self._list(folder, real):
                left -= 1
                if left < 0:
                    raise UnhashableError(start or ".", f"holds more than {MOST_LISTED:,} files")
                path = f"{folder}/{name}" if folder else name
                target = os.path.realpath(f"{real}/{name}") if is_link else f"{real}/{name}"
                inside = self._inside(target)
                if is_dir and inside is None:
                    continue
                yield Found(path, inside or "", is_dir, is_link)
                if is_dir:
                    further = crossed
                elif is_link and inside is not None and target not in crossed and os.path.isdir(target):
                    further = (*crossed, target)
                else:
                    continue
                if enters(path):
                    waiting.append((path, target, further))

    def _inside(self, real: str) -> str | None:
        """Return a real path relative to the workspace; None if it is outside, or part of the state."""
        if not f"{real}/".startswith(self._real_top):
            return None
        inner = real[len(self._real_top) :]
        hidden = any(inner == folder or inner.startswith(f"{folder}/") for folder in self._own)
        return None if hidden or STATE_FOLDER in inner.split("/") else inner

    def _list(self, folder: str, real: str) -> tuple[tuple[str, bool, bool], ...]:
        """Return name, whether it is a folder, and whether it is a link, for all that a folder holds."""
        known = self._folders.get(real)
        if known is None:
            try:
                with os.scandir(real) as items:
                    found = [
                        (item.name, item.is_dir(follow_symlinks=False), item.is_symlink()) for item in items
                    ]
            except (FileNotFoundError, NotADirectoryError):
                found = []
            except OSError as error:
                raise _unhashable(folder or ".", error) from None
            known = self._folders[real] = tuple(sorted(each for each in found if each[0] != STATE_FOLDER))
        return known


def _unhashable(path: str, error: OSError) -> UnhashableError:
    if error.errno == errno.EAGAIN:
        return UnhashableError(path, "changes while it is read")
    return UnhashableError(path, f"cannot be read: {error.strerror or error}")


def _name_of(mode: int) -> str:
    if stat.S_ISFIFO(mode):
        return "a named pipe"
    return "a socket" if stat.S_ISSOCK(mode) else "a device"
