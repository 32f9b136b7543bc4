"""Temporary files: their names tell whether their writer still lives, and they vanish on errors."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Iterator
from functools import lru_cache
from types import TracebackType

from wfopt.cache.folders import Descriptor, opened

_NAME = re.compile(r"([1-9][0-9]{0,9})-([0-9]{1,20})-[0-9a-f]{16}", re.ASCII)


def temporary_name() -> str:
    """Return a new name: this process, when it started, and a random part."""
    pid = os.getpid()
    return f"{pid}-{_own_start(pid)}-{os.urandom(8).hex()}"


def is_orphan(name: str) -> bool:
    """Return whether a name was made by `temporary_name` in a process that is gone."""
    found = _NAME.fullmatch(name)
    if found is None:
        return False
    started = _started(int(found[1]))
    if started is None:
        return not _lives(int(found[1]))
    # Who could not find out when it started wrote 0.
    return int(found[2]) not in (0, started)


def beside(path: str) -> str:
    """Return the path of a new file beside another one; what processes that are gone left there vanishes."""
    folder, name = os.path.split(path)
    with contextlib.suppress(OSError):
        for each in os.listdir(folder):
            if each.startswith(f"{name}.") and is_orphan(each[len(name) + 1 :]):
                os.unlink(os.path.join(folder, each))
    return f"{path}.{temporary_name()}"


def new_file(name: str, folder: int) -> Descriptor:
    """Open a new file for a while, to write and to read back."""
    return opened(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, folder=folder)


class gone_on_error:  # noqa: N801 - it reads as a verb
    """Delete a new file if what happens to it in a `with` block fails.

    Args:
        name: its name.
        folder: the descriptor of the folder that it is in.
    """

    __slots__ = ("_folder", "_name")

    def __init__(self, name: str, folder: int) -> None:
        self._name = name
        self._folder = folder

    def __enter__(self) -> None:
        """Do nothing: the file need not be there yet."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            with contextlib.suppress(OSError):
                os.unlink(self._name, dir_fd=self._folder)


@contextlib.contextmanager
def private_folder(parent: str) -> Iterator[int]:
    """Make a folder for a while, which only this user may enter; all files in it vanish with it.

    What processes that are gone have left beside it vanishes, too.

    Args:
        parent: the path of the folder in which it is made; it is made as well if it is missing.
    """
    os.makedirs(parent, mode=0o700, exist_ok=True)
    name = temporary_name()
    with opened(parent, os.O_RDONLY | os.O_DIRECTORY) as top:
        with contextlib.suppress(OSError):
            remove_orphans(top)
        os.mkdir(name, 0o700, dir_fd=top)
        try:
            with opened(name, os.O_RDONLY | os.O_DIRECTORY, folder=top) as fd:
                yield fd
        finally:
            with contextlib.suppress(OSError):
                _remove(name, top)


class Staging:
    """A private folder, as `private_folder` gives it, that is made when it is first needed.

    Args:
        parent: the path of the folder in which it is made.
    """

    def __init__(self, parent: str) -> None:
        self._parent = parent
        self._stack = contextlib.ExitStack()
        self._fd: int | None = None

    def open(self) -> int:
        """Return its descriptor.

        Raises:
            OSError: it cannot be made.
        """
        if self._fd is None:
            self._fd = self._stack.enter_context(private_folder(self._parent))
        return self._fd

    def close(self) -> None:
        """Remove it and all files in it; the next `open` makes another one."""
        self._fd = None
        # It was only read from and holds nothing any more, so it does not matter what the system says.
        with contextlib.suppress(OSError):
            self._stack.close()


def remove_orphans(folder: int) -> int:
    """Delete what processes that are gone left in a folder of temporary files; return how much that was.

    Raises:
        OSError: something cannot be deleted.
    """
    orphans = [name for name in os.listdir(folder) if is_orphan(name)]
    for name in orphans:
        with contextlib.suppress(FileNotFoundError):
            _remove(name, folder)
    return len(orphans)


@lru_cache(maxsize=1)
def _own_start(pid: int) -> int:
    # A fork has another pid, so it asks again.
    return _started(pid) or 0


def _started(pid: int) -> int | None:
    """Return when a process started, in clock ticks since boot, or None if the system does not tell."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            text = file.read()
    except OSError:
        return None
    # The name of the program, in parentheses, may hold anything.
    return int(text.rpartition(b")")[2].split()[19])


def _lives(pid: int) -> bool:
    """Return whether there may be a process, where the system does not tell when it started."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def _remove(name: str, folder: int) -> None:
    """Delete a file, or a folder of files."""
    if not stat.S_ISDIR(os.lstat(name, dir_fd=folder).st_mode):
        os.unlink(name, dir_fd=folder)
        return
    with opened(name, os.O_RDONLY | os.O_DIRECTORY, folder=folder) as fd:
        for inner in os.listdir(fd):
            os.unlink(inner, dir_fd=fd)
    os.rmdir(name, dir_fd=folder)
