"""Looks at a database of records before anything else opens it.

Whoever can write the file decides what a reader meets: tables that are really views, triggers, settings
that end up in statements, links to other places. So it must be exactly what this program writes.
"""

import os
import sqlite3
import stat

from wfopt.cache.record_files import COMPANIONS, DATABASE
from wfopt.cache.record_schema import PAGE_BYTES, SCHEMA, SETTINGS
from wfopt.model.uris import escaped

Identity = tuple[int, int]
"""The device and the inode of a folder."""


class DamageError(Exception):
    """The database is not what this program writes; says in a few words why."""


def identity(folder: str) -> Identity | None:
    """Return which folder, file or link stands there; None if there is nothing.

    Raises:
        OSError: the way there is barred.
    """
    try:
        info = os.lstat(folder)
    except FileNotFoundError:
        return None
    return (info.st_dev, info.st_ino)


def open_inspected(folder: str, *, untouched: bool, patience_s: float) -> sqlite3.Connection | None:
    """Return a connection that can only read; None if the folder is missing or empty.

    Args:
        folder: the folder of the database.
        untouched: not one byte may change, not even in the files that sqlite keeps beside the database.
        patience_s: how long to wait for a lock, in seconds.

    Raises:
        DamageError: it is not what this program writes.
        PermissionError: it belongs to another user.
        OSError, sqlite3.Error: it cannot be read.
    """
    if not _check_files(folder):
        return None
    path = os.path.join(folder, DATABASE)
    connection = sqlite3.connect(
        f"file:{escaped(path)}?{_way_to_read(path, untouched=untouched)}",
        uri=True,
        timeout=patience_s,
        isolation_level=None,
    )
    # A planted text may not be UTF-8: it must not keep the others from being read.
    connection.text_factory = _lenient_text
    try:
        _check_content(connection)
    except sqlite3.OperationalError as error:
        connection.close()
        # What cannot be locked or read may be so in a moment; a format or a statement that fails stays so.
        if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) == sqlite3.SQLITE_ERROR:
            raise DamageError(str(error)) from error
        raise
    except BaseException:
        connection.close()
        raise
    return connection


def _lenient_text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _way_to_read(path: str, *, untouched: bool) -> str:
    """Return the parameters of the connection.

    A plain read-only connection still makes and fills the files of the write-ahead log. sqlite can use them
    as they are if both are there; if they are not, nothing may be waiting in the log.
    """
    if not untouched:
        return "mode=ro"
    waiting = _size_of_log(path)
    if waiting is not None and os.path.exists(path + "-shm"):
        return "mode=ro&readonly_shm=1"
    if waiting:
        raise OSError("its write-ahead log cannot be read without writing")
    return "mode=ro&immutable=1"


def _check_files(folder: str) -> bool:
    """Check owners, kinds and rights; return whether there is a database."""
    try:
        info = os.lstat(folder)
    except FileNotFoundError:
        return False
    if info.st_uid != os.geteuid():
        raise PermissionError("it belongs to another user")
    _check_entry(info, folder, is_right_kind=stat.S_ISDIR(info.st_mode))
    names = os.listdir(folder)
    if not names:
        return False
    if DATABASE not in names:
        raise DamageError("the database is missing")
    if DATABASE + "-journal" in names:
        raise DamageError("a rollback journal lies beside the database")
    for name in (DATABASE, *(DATABASE + suffix for suffix in COMPANIONS)):
        if name in names:
            _check_file(os.path.join(folder, name))
    _check_size(os.path.join(folder, DATABASE))
    return True


def _check_size(path: str) -> None:
    """Look for a page that is cut off, which sqlite fills up with zeros.

    While something waits in the log, the page may stand there: then an interrupted writer has cut it off.
    """
    if os.path.getsize(path) % PAGE_BYTES and not _size_of_log(path):
        raise DamageError("its last page is cut off")


def _size_of_log(path: str) -> int | None:
    """Return the bytes in the write-ahead log of a database; None if there is none."""
    try:
        return os.path.getsize(path + "-wal")
    except FileNotFoundError:
        return None


def _check_file(path: str) -> None:
    try:
        info = os.lstat(path)
    except FileNotFoundError:
        return
    _check_entry(info, path, is_right_kind=stat.S_ISREG(info.st_mode))
    if info.st_nlink != 1:
        raise DamageError(f"`{os.path.basename(path)}` is a file that has other names")
    if info.st_uid != os.geteuid():
        raise DamageError(f"`{os.path.basename(path)}` belongs to another user")


def _check_entry(info: os.stat_result, path: str, *, is_right_kind: bool) -> None:
    name = os.path.basename(path)
    if stat.S_ISLNK(info.st_mode):
        raise DamageError(f"`{name}` is a symbolic link")
    if not is_right_kind:
        raise DamageError(f"`{name}` is not a file or folder as it should be")
    if info.st_mode & 0o022:
        raise DamageError(f"`{name}` can be written by others")


def _check_content(connection: sqlite3.Connection) -> None:
    # Nothing but the schema is asked for before the schema is known.
    for pragma in ("query_only = 1", "trusted_schema = 0", "cell_size_check = 1", "mmap_size = 0"):
        connection.execute(f"PRAGMA {pragma}")
    limit = (len(SCHEMA) + 1,)
    found = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master LIMIT ?", limit)
    if set(found) != SCHEMA:
        raise DamageError("its tables are not as expected")
    limit = (len(SETTINGS) + 1,)
    query = "SELECT key, CASE WHEN length(value) < 100 THEN value END FROM Settings LIMIT ?"
    if dict(connection.execute(query, limit).fetchall()) != SETTINGS:
        raise DamageError("its settings are not as expected")
