"""The store of results on disk: records, contents, the store's own key, and the lock against its collector.

- `cache/v1/meta/`: records, in a database.
- `cache/v1/cas/`: contents, named by their sha256; beside it are `tmp/`, and `bad/` for damaged ones.
- `cache/v1/key`: random bytes that hide secrets in the keys of steps.
- `cache/v1/gc.lock`: held alone by who collects garbage, shared by who stores or restores.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Self

from wfopt.cache.blobs import BlobStore
from wfopt.cache.copying import write_all
from wfopt.cache.folders import opened
from wfopt.cache.records import RecordStore, open_records
from wfopt.cache.temporary import gone_on_error, new_file, temporary_name
from wfopt.cache.trust import StoreRefusedError, open_store

VERSION = "v1"
"""The name of the folder; another layout has another name."""

PATIENCE_S = 10.0
"""How long who stores or restores waits for the collector, in seconds; it holds on for a moment only."""

_LOOK_AGAIN_S = 0.01
_wait = threading.Event().wait

_KEY_BYTES = 32
_KEY = "key"
_LOCK = "gc.lock"


@dataclass(frozen=True, slots=True)
class Store:
    """An open store; close it after use.

    Attributes:
        folder: its absolute path, with the version.
        records: results by key.
        blobs: contents.
        key: the store's random bytes.
        read_only: whether nothing in it may be changed.
        pause: waits for so many seconds.
    """

    folder: str
    records: RecordStore
    blobs: BlobStore
    key: bytes
    read_only: bool
    pause: Callable[[float], object] = _wait

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of all files."""
        self.records.close()
        self.blobs.close()

    @contextlib.contextmanager
    def shared(self) -> Iterator[None]:
        """Keep the collector away for as long as something is stored or restored.

        Raises:
            TimeoutError: the collector has been at work all the time.
            OSError: the lock cannot be used.
        """
        with self._lock_file() as fd:
            if fd is not None and not self._locks(fd, fcntl.LOCK_SH, PATIENCE_S):
                raise TimeoutError(errno.ETIMEDOUT, "another process cleans the cache up")
            yield

    @contextlib.contextmanager
    def alone(self, patience_s: float = 0.0) -> Iterator[bool]:
        """Keep everybody else away; gives False, and keeps nobody away, if somebody is at work.

        Args:
            patience_s: how long to wait for the others, in seconds.

        Raises:
            OSError: the lock cannot be used.
        """
        with self._lock_file() as fd:
            yield fd is not None and self._locks(fd, fcntl.LOCK_EX, patience_s)

    def _locks(self, fd: int, operation: int, patience_s: float) -> bool:
        """Return whether a lock could be had in time; the system itself would wait for ever."""
        looks = int(patience_s / _LOOK_AGAIN_S)
        for look in range(looks + 1):
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(fd, operation | fcntl.LOCK_NB)
                return True
            if look < looks:
                self.pause(_LOOK_AGAIN_S)
        return False

    @contextlib.contextmanager
    def _lock_file(self) -> Iterator[int | None]:
        """Open the file of the lock; gives None if there is none in a store that must not be changed."""
        flags = os.O_RDONLY if self.read_only else os.O_RDWR | os.O_CREAT
        with contextlib.ExitStack() as stack:
            fd: int | None = None
            try:
                fd = stack.enter_context(opened(os.path.join(self.folder, _LOCK), flags))
            except FileNotFoundError:
                if not self.read_only:
                    raise
            yield fd


def open_cache(folder: str, *, wall: Callable[[], float], read_only: bool = False) -> Store | None:
    """Open the store below a folder; it is made if it is missing.

    Args:
        folder: the absolute path of the cache folder.
        wall: tells the seconds since the epoch.
        read_only: never change one byte; a store that is missing is None then.

    Raises:
        StoreRefusedError: the folder is a link, belongs to somebody else, or others may write to it.
        OSError: it cannot be made or opened.
    """
    place = os.path.join(os.path.abspath(folder), VERSION)
    if read_only and not os.path.isdir(place):
        return None
    os.close(open_store(os.path.dirname(place)))
    blobs = BlobStore(place, read_only=read_only)
    try:
        key = _key(place, read_only=read_only)
        records = open_records(os.path.join(place, "meta"), wall=wall, read_only=read_only)
    except BaseException:
        blobs.close()
        raise
    return Store(place, records, blobs, key, read_only)


def _key(place: str, *, read_only: bool) -> bytes:
    """Return the store's key, which is made if it is missing or damaged.

    Raises:
        StoreRefusedError: something else than a file of this user is in its place.
        OSError: it cannot be read or made.
    """
    path = os.path.join(place, _KEY)
    try:
        with opened(path, os.O_RDONLY) as fd:
            found = os.fstat(fd)
            if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
                raise StoreRefusedError(f"`{path}` is no private file of this user")
            key = os.read(fd, _KEY_BYTES + 1)
    except FileNotFoundError:
        key = b""
    if len(key) == _KEY_BYTES:
        return key
    return os.urandom(_KEY_BYTES) if read_only else _made_key(place, replace=bool(key))


def _made_key(place: str, *, replace: bool) -> bytes:
    """Make a key; if another process is faster, its key counts."""
    key, temporary = os.urandom(_KEY_BYTES), temporary_name()
    with opened(place, os.O_RDONLY | os.O_DIRECTORY) as folder, gone_on_error(temporary, folder):
        with new_file(temporary, folder) as fd:
            write_all(fd, key)
        if replace:
            os.rename(temporary, _KEY, src_dir_fd=folder, dst_dir_fd=folder)
            return key
        try:
            os.link(temporary, _KEY, src_dir_fd=folder, dst_dir_fd=folder)
        except FileExistsError:
            with opened(_KEY, os.O_RDONLY, folder=folder) as fd:
                key = os.read(fd, _KEY_BYTES)
        os.unlink(temporary, dir_fd=folder)
    return key
