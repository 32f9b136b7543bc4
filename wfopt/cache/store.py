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
from typing import Self

from wfopt.cache.blobs import BlobStore
from wfopt.cache.copying import write_all
from wfopt.cache.folders import Descriptor, opened
from wfopt.cache.record_files import FOLDER
from wfopt.cache.record_store import LateRecords, RecordStore
from wfopt.cache.temporary import gone_on_error, new_file, temporary_name
from wfopt.cache.trust import StoreRefusedError, open_store
from wfopt.dataclass import dataclass

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

    def shared(self) -> contextlib.AbstractContextManager[object]:
        """Keep the collector away for as long as something is stored or restored.

        Raises:
            TimeoutError: the collector has been at work all the time.
            OSError: the lock cannot be used.
        """
        lock = self._lock_file()
        if lock is None:
            return contextlib.nullcontext()
        try:
            is_held = self._locks(lock.fd, fcntl.LOCK_SH, PATIENCE_S)
        except BaseException:
            lock.close()
            raise
        if not is_held:
            lock.close()
            raise TimeoutError(errno.ETIMEDOUT, "another process cleans the cache up")
        # The system gives it back when the file is closed.
        return lock

    @contextlib.contextmanager
    def alone(self, patience_s: float = 0.0) -> Iterator[bool]:
        """Keep everybody else away; gives False, and keeps nobody away, if somebody is at work.

        Args:
            patience_s: how long to wait for the others, in seconds.

        Raises:
            OSError: the lock cannot be used.
        """
        with self._lock_file() or contextlib.nullcontext() as fd:
            yield fd is not None and self._locks(fd, fcntl.LOCK_EX, patience_s)

    def _locks(self, fd: int, operation: int, patience_s: float) -> bool:
        """Return whether a lock could be had in time; the system itself would wait for ever."""
        looks = int(patience_s / _LOOK_AGAIN_S)
        for look in range(looks + 1):
            try:
                fcntl.flock(fd, operation | fcntl.LOCK_NB)
            except BlockingIOError:
                if look < looks:
                    self.pause(_LOOK_AGAIN_S)
            else:
                return True
        return False

    def _lock_file(self) -> Descriptor | None:
        """Open the file of the lock; returns None if there is none in a store that must not be changed."""
        flags = os.O_RDONLY if self.read_only else os.O_RDWR | os.O_CREAT
        try:
            return opened(os.path.join(self.folder, _LOCK), flags)
        except FileNotFoundError:
            if not self.read_only:
                raise
            return None


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
        is_new = not (read_only or os.listdir(place))
        key = _key(place, read_only=read_only)
        if is_new:
            _begin(place, wall())
    except BaseException:
        blobs.close()
        raise
    records = LateRecords(
        lambda: _records(place, wall, read_only=read_only),
        # The first steps of a first run start sooner if nothing is loaded to look for what is not there.
        lambda: not os.path.lexists(os.path.join(place, FOLDER)),
    )
    return Store(place, records, blobs, key, read_only)


def _records(place: str, wall: Callable[[], float], *, read_only: bool) -> RecordStore:
    # Its import, with that of sqlite, takes longer than to see that nothing has changed.
    from wfopt.cache.records import open_records  # noqa: PLC0415

    return open_records(os.path.join(place, FOLDER), wall=wall, read_only=read_only)


def _begin(place: str, now: float) -> None:
    """Note that a new store is clean, so that the run that fills it need not look through it at its end."""
    from wfopt.cache.due import note_cleaned  # noqa: PLC0415 - nearly every store is there already

    with contextlib.suppress(OSError):
        note_cleaned(place, 0, now)


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
