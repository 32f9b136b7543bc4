"""Contents of files, each kept once under its sha256, and never handed out unless it still has it."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
from collections.abc import Callable, Iterator
from hashlib import sha256
from types import TracebackType
from typing import NamedTuple, Self

from wfopt.cache.copying import Blob, copy_file, hash_file, write_all
from wfopt.cache.folders import Descriptor, folder_at, opened
from wfopt.cache.temporary import gone_on_error, new_file, temporary_name
from wfopt.cache.trust import PRIVATE, open_store
from wfopt.errors import WfoptError

_CONTENTS = "cas"
_TEMPORARY = "tmp"
_DAMAGED = "bad"

_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_SHARD = re.compile(r"[0-9a-f]{2}", re.ASCII)

_SHORT = 64 * 1024
"""Bytes of a content that is read at once, and written only if it is new."""

# Nothing, a link, a file in place of a folder, a socket, a file that may not be read.
_NO_BLOB = frozenset({errno.ENOENT, errno.ELOOP, errno.ENOTDIR, errno.ENXIO, errno.EACCES})


class ChangedError(WfoptError):
    """A file changed while it was read."""


class Kept(NamedTuple):
    """A blob as the store lists it.

    Attributes:
        digest: its name.
        size: in bytes, as the file system says.
        added_at: when it was last added, in seconds since 1970.
    """

    digest: str
    size: int
    added_at: float


class BlobStore:
    """A folder of blobs: `cas/ab/cdef...`, beside `tmp/` and `bad/`, for blobs that turned out damaged.

    Several processes may use it at the same time. A crash leaves at worst a file in `tmp/`. Nothing waits for
    the disk: what a power cut loses is missing then, or does not have its digest any more.
    """

    def __init__(self, folder: str, *, read_only: bool = False) -> None:
        """Open the store in a folder, which is made if it is missing.

        Args:
            folder: its path.
            read_only: whether what is damaged stays where it is, although it is never handed out.

        Raises:
            StoreRefusedError: it is a link, belongs to somebody else, or others may write to it.
            OSError: it cannot be made or opened.
        """
        self._top = open_store(folder)
        self._read_only = read_only

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the folder; the store cannot be used any more."""
        with contextlib.suppress(OSError):
            os.close(self._top)

    def add(self, source: int, look: os.stat_result | None = None) -> Blob:
        """Keep what a file holds.

        Args:
            source: a descriptor of a regular file to read from.
            look: how it looked a moment ago, since when it must not have changed.

        Raises:
            ChangedError: the file changed meanwhile.
            OSError: it cannot be read, or the store not be written to; nothing is left behind.
        """
        before = look or os.fstat(source)
        if before.st_size <= _SHORT:
            data = os.pread(source, before.st_size + 1, 0)
            refuse_changed(source, before, len(data))
            return self.add_bytes(data)

        def fill(target: int) -> Blob:
            blob = copy_file(source, target)
            refuse_changed(source, before, blob.size)
            return blob

        return self._keep(fill, self._refresh)

    def add_file(self, path: str) -> Blob:
        """Keep what the file at a path holds; see `add`."""
        with opened(path, os.O_RDONLY) as fd:
            return self.add(fd)

    def add_bytes(self, data: bytes) -> Blob:
        """Keep some bytes; see `add`."""
        blob = Blob(sha256(data).hexdigest(), len(data))

        def fill(target: int) -> Blob:
            write_all(target, data)
            return blob

        return blob if self._refresh(blob, data) else self._keep(fill, lambda _: False)

    def has(self, blob: Blob) -> bool:
        """Return whether there is a blob of this name and size; its content is not looked at."""
        try:
            with self._shard(blob.digest) as shard:
                found = os.lstat(blob.digest[2:], dir_fd=shard)
        except OSError:
            return False
        return stat.S_ISREG(found.st_mode) and found.st_size == blob.size

    @contextlib.contextmanager
    def open_verified(self, blob: Blob) -> Iterator[int | None]:
        """Open a blob for reading, or give None if it is missing or damaged; that one is moved aside."""
        with self._opened(blob.digest) as fd:
            if fd is None:
                yield None
            elif not _holds(fd, blob):
                self._set_aside(blob.digest)
                yield None
            else:
                os.lseek(fd, 0, os.SEEK_SET)
                yield fd

    def copy_to(self, blob: Blob, folder: int, name: str, mode: int) -> bool:
        """Put a copy of a blob in place of whatever file has a name; return whether that went well.

        If the blob is missing or damaged, the name stays as it was, and the blob is moved aside.

        Args:
            blob: which.
            folder: a descriptor of the folder that the copy goes to.
            name: its name there.
            mode: its permission bits.

        Raises:
            OSError: it cannot be copied; the name stays as it was and nothing is left beside it.
        """
        temporary = temporary_name()
        if self.copy_new(blob, folder, temporary, mode):
            return False
        with gone_on_error(temporary, folder):
            os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        return True

    def copy_new(self, blob: Blob, folder: int, name: str, mode: int) -> str:
        """Put a copy of a blob into a new file; return why that did not go well, or "".

        If the blob is missing or damaged, there is no file afterwards, and the blob is moved aside.

        Args:
            blob: which.
            folder: a descriptor of the folder that the copy goes to.
            name: its name there; nothing may have it.
            mode: its permission bits.

        Raises:
            OSError: it cannot be copied; nothing is left.
        """
        with gone_on_error(name, folder), self._opened(blob.digest) as source:
            if source is None:
                return "is not in the cache any more"
            # A file with holes may be longer than any disk.
            if os.fstat(source).st_size == blob.size:
                with new_file(name, folder) as target:
                    copied = copy_file(source, target)
                    os.fchmod(target, mode)
                if copied == blob:
                    return ""
                os.unlink(name, dir_fd=folder)
        self._set_aside(blob.digest)
        return "was damaged in the cache"

    def remove(self, digest: str, *, added_at: float | None = None) -> bool:
        """Delete a blob; return whether that was done.

        Args:
            digest: which.
            added_at: when it was last added, as it was listed: one that was added again meanwhile stays.

        Raises:
            OSError: it cannot be deleted.
        """
        try:
            with self._shard(digest) as shard:
                if added_at not in (None, os.lstat(digest[2:], dir_fd=shard).st_mtime):
                    return False
                os.unlink(digest[2:], dir_fd=shard)
        except FileNotFoundError:
            return False
        return True

    def __iter__(self) -> Iterator[Kept]:
        """Yield all blobs, sorted; those that vanish meanwhile are left out."""
        for first in _names(self._top, _CONTENTS):
            if _SHARD.fullmatch(first):
                yield from self._kept(first)

    def is_sound(self, kept: Kept) -> bool:
        """Return whether a blob has its content; one that does not, or cannot be read, is moved aside.

        Raises:
            OSError: something else than the blob is in the way.
        """
        try:
            with self.open_verified(Blob(kept.digest, kept.size)) as fd:
                return fd is not None
        except OSError as error:
            if error.errno != errno.EIO:
                raise
        self._set_aside(kept.digest)
        return False

    def _keep(self, fill: Callable[[int], Blob], is_known: Callable[[Blob], bool]) -> Blob:
        """Publish what `fill` writes to a new file, unless there is a sound blob of that content already."""
        temporary = temporary_name()
        with (
            folder_at(self._top, _TEMPORARY, make=PRIVATE) as folder,
            gone_on_error(temporary, folder),
        ):
            with new_file(temporary, folder) as target:
                blob = fill(target)
                known = is_known(blob)
                if not known:
                    os.fchmod(target, 0o400)
            if known:
                os.unlink(temporary, dir_fd=folder)
            else:
                with self._shard(blob.digest, make=PRIVATE) as shard:
                    os.rename(temporary, blob.digest[2:], src_dir_fd=folder, dst_dir_fd=shard)
        return blob

    def _refresh(self, blob: Blob, data: bytes | None = None) -> bool:
        """Note that a blob was added again; return False if it is missing, damaged or cannot be read.

        Args:
            blob: which.
            data: its content, if that is at hand.
        """
        try:
            with self._opened(blob.digest) as fd:
                if fd is None or not (_holds(fd, blob) if data is None else _reads(fd, data)):
                    return False
                os.utime(fd)
        except OSError:
            return False
        return True

    def _shard(self, digest: str, *, make: int | None = None) -> Descriptor:
        if not _DIGEST.fullmatch(digest):
            raise ValueError(f"`{digest}` is not a digest")
        return folder_at(self._top, f"{_CONTENTS}/{digest[:2]}", make=make)

    def _opened(self, digest: str) -> contextlib.AbstractContextManager[int | None]:
        """Open a blob, or give None if there is none; what is not a regular file is moved aside."""
        try:
            with self._shard(digest) as shard:
                found = opened(digest[2:], os.O_RDONLY, folder=shard)
        except OSError as error:
            if error.errno not in _NO_BLOB:
                raise
            if error.errno != errno.ENOENT:
                self._set_aside(digest)
            return contextlib.nullcontext()
        try:
            is_file = stat.S_ISREG(os.fstat(found.fd).st_mode)
        except BaseException:
            found.close()
            raise
        if is_file:
            return found
        found.close()
        self._set_aside(digest)
        return contextlib.nullcontext()

    def _set_aside(self, digest: str) -> None:
        """Move a blob out of the way; a store that cannot be written to keeps it, to the same effect."""
        if self._read_only:
            return
        with (
            contextlib.suppress(OSError),
            self._shard(digest) as shard,
            folder_at(self._top, _DAMAGED, make=PRIVATE) as folder,
        ):
            os.rename(digest[2:], f"{digest}.{temporary_name()}", src_dir_fd=shard, dst_dir_fd=folder)

    def _kept(self, first: str) -> Iterator[Kept]:
        path = f"{_CONTENTS}/{first}"
        for rest in _names(self._top, path):
            if not _DIGEST.fullmatch(first + rest):
                continue
            with contextlib.suppress(FileNotFoundError), folder_at(self._top, path) as shard:
                found = os.lstat(rest, dir_fd=shard)
                yield Kept(first + rest, found.st_size, found.st_mtime)


def _holds(fd: int, blob: Blob) -> bool:
    """Return whether a file has a content; one of another size, which may be huge, is not read."""
    return os.fstat(fd).st_size == blob.size and hash_file(fd) == blob


def _reads(fd: int, data: bytes) -> bool:
    """Return whether a file holds just this."""
    return os.fstat(fd).st_size == len(data) and os.pread(fd, len(data) + 1, 0) == data


def refuse_changed(source: int, before: os.stat_result, size: int) -> None:
    """Make sure that a file is what it was before it was read.

    Args:
        source: a descriptor of it.
        before: how it looked then.
        size: how many bytes were read.

    Raises:
        ChangedError: it is not.
    """
    if size != before.st_size or _state(os.fstat(source)) != _state(before):
        raise ChangedError("the file changed while it was read")


def _state(found: os.stat_result) -> tuple[int, int, int]:
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _names(top: int, path: str) -> list[str]:
    try:
        with folder_at(top, path) as folder:
            return sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []
