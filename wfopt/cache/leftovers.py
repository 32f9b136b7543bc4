"""What interrupted processes and damage leave in a store's folder, and how long it stays."""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from wfopt.cache.copying import write_all
from wfopt.cache.folders import folder_at, opened
from wfopt.cache.temporary import is_orphan, new_file, temporary_name
from wfopt.cache.trust import PRIVATE

DATABASE_FOLDER = "meta"

KEPT_S = 7 * 86_400.0
"""How long something damaged is kept for whoever wants to know what happened."""

KEPT_BYTES = 64 * 1024 * 1024
"""How much damaged content is kept."""

KEPT_DATABASES = 3
"""How many damaged databases are kept."""

_ABANDONED_S = 3600.0
_TEMPORARY = "tmp"
_DAMAGED = "bad"
_DRAFT = re.compile(r"meta\.new-([1-9][0-9]{0,9})-[0-9a-f]+", re.ASCII)
_OLD_DATABASE = "meta.bad-"


class Leftover(NamedTuple):
    """Something in the folder of a store.

    Attributes:
        path: relative to the store's folder.
        size: in bytes, with all that is in it.
        since: when it came there, in seconds since 1970.
    """

    path: str
    size: int
    since: float


def put_aside(folder: str) -> list[Leftover]:
    """Return all that is damaged and kept, the newest first.

    Raises:
        OSError: a folder cannot be read.
    """
    with opened(folder, os.O_RDONLY | os.O_DIRECTORY) as top:
        databases = [name for name in os.listdir(top) if name.startswith(_OLD_DATABASE)]
        found = [*_looked_at(top, "", databases), *_looked_at(top, _DAMAGED, _names(top, _DAMAGED))]
    return sorted(found, key=lambda each: (-each.since, each.path))


def too_old(kept: Iterable[Leftover], now: float) -> Iterator[Leftover]:
    """Yield those of the things that were put aside, the newest first, that are too old or too many."""
    databases, total = 0, 0
    for each in kept:
        if each.path.startswith(_OLD_DATABASE):
            databases += 1
            too_many = databases > KEPT_DATABASES
        else:
            total += each.size
            too_many = total > KEPT_BYTES
        if too_many or now - each.since > KEPT_S:
            yield each


def abandoned(folder: str, now: float) -> list[Leftover]:
    """Return the temporary files of processes that are gone, and their drafts of databases.

    Raises:
        OSError: a folder cannot be read.
    """
    with opened(folder, os.O_RDONLY | os.O_DIRECTORY) as top:
        names = os.listdir(top)
        drafts = [
            each
            for each in _looked_at(top, "", [name for name in names if _DRAFT.fullmatch(name)])
            if now - each.since > _ABANDONED_S or not _lives(each.path)
        ]
        loose = _looked_at(top, "", [name for name in names if is_orphan(name)])
        inner = [name for name in _names(top, _TEMPORARY) if is_orphan(name)]
        return [*drafts, *loose, *_looked_at(top, _TEMPORARY, inner)]


def remove(folder: str, leftover: Leftover) -> None:
    """Delete something with all that is in it.

    Raises:
        OSError: it cannot be deleted; part of it may be gone.
    """
    inside, _, name = leftover.path.rpartition("/")
    with (
        suppress(FileNotFoundError),
        opened(folder, os.O_RDONLY | os.O_DIRECTORY) as top,
        folder_at(top, inside) as fd,
    ):
        _delete(name, fd)


def set_database_aside(folder: str) -> str:
    """Move the closed database of records out of its place; return its new name, or "" if there is none.

    Raises:
        OSError: it cannot be moved.
    """
    name = f"{_OLD_DATABASE}{temporary_name()}"
    with opened(folder, os.O_RDONLY | os.O_DIRECTORY) as top:
        try:
            os.rename(DATABASE_FOLDER, name, src_dir_fd=top, dst_dir_fd=top)
        except FileNotFoundError:
            return ""
    return name


def drop_database(folder: str) -> None:
    """Delete the closed database of records; what is stored later makes a new one.

    Raises:
        OSError: it cannot be deleted.
    """
    # Under another name it is gone at once, and swept up if this process does not come to its end.
    name = set_database_aside(folder)
    if name:
        remove(folder, Leftover(name, 0, 0.0))


def put_record_aside(folder: str, record: bytes) -> None:
    """Keep a damaged record for whoever wants to know what happened.

    Raises:
        OSError: it cannot be kept.
    """
    with (
        opened(folder, os.O_RDONLY | os.O_DIRECTORY) as top,
        folder_at(top, _DAMAGED, make=PRIVATE) as damaged,
        new_file(f"record.{temporary_name()}", damaged) as fd,
    ):
        write_all(fd, record)


def _delete(name: str, folder: int) -> None:
    if stat.S_ISDIR(os.lstat(name, dir_fd=folder).st_mode):
        shutil.rmtree(name, dir_fd=folder)
    else:
        os.unlink(name, dir_fd=folder)


def _names(top: int, path: str) -> list[str]:
    try:
        with folder_at(top, path) as folder:
            return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _looked_at(top: int, inside: str, names: Sequence[str]) -> Iterator[Leftover]:
    if not names:
        return
    with folder_at(top, inside) as folder:
        for name in names:
            with suppress(FileNotFoundError):
                look = os.lstat(name, dir_fd=folder)
                size = _size_in(name, folder) if stat.S_ISDIR(look.st_mode) else look.st_size
                # Renaming changes nothing but this time.
                yield Leftover(f"{inside}/{name}" if inside else name, size, look.st_ctime)


def _size_in(name: str, folder: int) -> int:
    total = 0
    for _, _, files, fd in os.fwalk(name, dir_fd=folder):
        for each in files:
            with suppress(FileNotFoundError):
                total += os.lstat(each, dir_fd=fd).st_size
    return total


def _lives(draft: str) -> bool:
    found = _DRAFT.fullmatch(draft)
    if found is None:
        return False
    try:
        os.kill(int(found[1]), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
