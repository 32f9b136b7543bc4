"""Which folders are trusted to hold a cache: those that nobody else can write to."""

from __future__ import annotations

import contextlib
import os

from wfopt.errors import WfoptError

PRIVATE = 0o700
"""The permission bits of the folders of a store."""


class StoreRefusedError(WfoptError):
    """A folder cannot be trusted as a store; the message says why."""


def open_store(folder: str) -> int:
    """Return a descriptor of a store's folder, which is made if it is missing.

    Raises:
        StoreRefusedError: it is a link, belongs to somebody else, or others may write to it.
        OSError: it cannot be made or opened.
    """
    if os.path.islink(folder):
        raise StoreRefusedError(f"`{folder}` is a link; the cache must be a folder of its own")
    if not os.path.isdir(folder):
        os.makedirs(os.path.dirname(os.path.abspath(folder)), exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.mkdir(folder, PRIVATE)
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        _check_owner(folder, os.fstat(fd))
    except BaseException:
        os.close(fd)
        raise
    return fd


def _check_owner(folder: str, found: os.stat_result) -> None:
    if found.st_uid != os.geteuid():
        raise StoreRefusedError(f"`{folder}` belongs to another user; a cache is for one user only")
    if found.st_mode & 0o022:
        raise StoreRefusedError(
            f"others may write to `{folder}`; `chmod go-w` it after a look at its content"
        )
