"""The folder in which loaded workflows are kept, each in a file of its own.

A file is `MAGIC`, an HMAC-SHA-256 of the rest, and the rest. The key is random, lies beside the files, and is
only good where it was made: its inode and the time of its last change are part of it, so that nobody can
hand on a folder with workflows that no file says, such as in a repository or an archive. Whatever is damaged,
of somebody else, or may be written by others counts as missing.
"""

from __future__ import annotations

import hmac
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress

MAGIC = b"wfopt-parsed-1\n"

MOST_FILES = 20
"""So many workflows are kept, besides the key."""

MOST_BYTES = 64 * 1024 * 1024
"""How large a file may be."""

_DIGEST = "sha256"
_SEAL_BYTES = 32
_KEY_FILE = "key"
_KEY_BYTES = 32
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_MAKE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class ParsedFolder:
    """An open folder of sealed files.

    Attributes:
        key: what the files are sealed with; nobody else knows it.
    """

    def __init__(self, handle: int, key: bytes) -> None:
        self.key = key
        self._handle = handle

    def read(self, name: str) -> bytes | None:
        """Return what was written under a name, or None if there is nothing that can be trusted."""
        try:
            raw, _ = _contents(self._handle, name, MOST_BYTES, _BY_OTHERS)
        except OSError:
            return None
        start = len(MAGIC) + _SEAL_BYTES
        body = raw[start:]
        fine = hmac.compare_digest(raw[:start], MAGIC + hmac.digest(self.key, body, _DIGEST))
        return body if fine else None

    def write(self, name: str, body: bytes) -> None:
        """Write a file in one go; the oldest are removed when there are too many.

        Raises:
            OSError: it cannot be written.
        """
        sealed = MAGIC + hmac.digest(self.key, body, _DIGEST) + body
        if len(sealed) <= MOST_BYTES:
            _write(self._handle, name, sealed)
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        with os.scandir(self._handle) as entries:
            ages = [(each.stat(follow_symlinks=False).st_mtime_ns, each.name) for each in entries]
        files = sorted(age for age in ages if age[1] != _KEY_FILE)
        for _, name in files[:-MOST_FILES]:
            os.unlink(name, dir_fd=self._handle)


@contextmanager
def opened(path: str) -> Iterator[ParsedFolder | None]:
    """Open a folder to read from it; None if there is none that can be trusted, or no key in it."""
    handle, folder = None, None
    with suppress(OSError):
        handle = _folder(path)
        folder = ParsedFolder(handle, _key(handle))
    try:
        yield folder
    finally:
        if handle is not None:
            os.close(handle)


@contextmanager
def made(path: str) -> Iterator[ParsedFolder]:
    """Open a folder to write to it; it is made where its parent exists, and so is the key.

    Raises:
        OSError: that cannot be, or the folder cannot be trusted.
    """
    with suppress(FileExistsError):
        os.mkdir(path, 0o700)
    handle = _folder(path)
    try:
        try:
            key = _key(handle)
        except OSError:
            _write(handle, _KEY_FILE, os.urandom(_KEY_BYTES))
            key = _key(handle)
        yield ParsedFolder(handle, key)
    finally:
        os.close(handle)


def _folder(path: str) -> int:
    handle = os.open(path, _READ | os.O_DIRECTORY)
    try:
        _distrust(os.fstat(handle), _BY_OTHERS)
    except OSError:
        os.close(handle)
        raise
    return handle


def _key(handle: int) -> bytes:
    """Return the key of a folder, made from that in its file and from which file that is."""
    secret, found = _contents(handle, _KEY_FILE, _KEY_BYTES, _FOR_OTHERS)
    if len(secret) != _KEY_BYTES:
        raise OSError("the key is damaged")
    return hmac.digest(secret, f"{found.st_ino} {found.st_ctime_ns}".encode(), _DIGEST)


def _contents(folder: int, name: str, most: int, forbidden: int) -> tuple[bytes, os.stat_result]:
    """Return the bytes and the status of a regular file.

    Raises:
        OSError: it cannot be read, is too large, is of somebody else, or has a forbidden permission.
    """
    with os.fdopen(os.open(name, _READ, dir_fd=folder), "rb") as file:
        found = os.fstat(file.fileno())
        _distrust(found, forbidden)
        if not stat.S_ISREG(found.st_mode) or found.st_size > most:
            raise OSError("no regular file, or too large")
        return file.read(found.st_size), found


def _distrust(found: os.stat_result, forbidden: int) -> None:
    """Refuse what is of somebody else, or has a forbidden permission.

    Raises:
        OSError: so it is.
    """
    if found.st_uid != os.geteuid() or found.st_mode & forbidden:
        raise OSError("not of this user alone")


def _write(folder: int, name: str, data: bytes) -> None:
    """Write a file; under its name stands either what was there before or all of it."""
    temporary = f"{os.urandom(8).hex()}.tmp"
    try:
        with os.fdopen(os.open(temporary, _MAKE, 0o600, dir_fd=folder), "wb") as file:
            file.write(data)
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise
