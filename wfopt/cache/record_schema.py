"""The one shape that the database of records may have, and how a new one is made.

It is the shape that diskcache gives its databases, without what only eviction needs: triggers that count, and
an index of what expires, with which storing a record costs half as much again. diskcache's own set-up is not
used: it waits up to a minute for every statement, expands `$NAME` in the path, and hands out a database that
is half made.
"""

import os
import sqlite3
from collections.abc import Mapping

from wfopt.cache.record_files import COMPANIONS, DATABASE
from wfopt.model.uris import escaped

PAGE_BYTES = 4096
"""The size of a page; the file consists of whole ones."""

MAX_RECORD_BYTES = 2**20

CONNECTION: Mapping[str, str | int] = {
    "auto_vacuum": 1,
    "cache_size": -2000,  # KiB: a larger cache does not pay where every record is read once
    "cell_size_check": 1,
    "journal_mode": "wal",
    "mmap_size": 0,  # a mapped file that somebody truncates ends this process with SIGBUS
    "synchronous": 1,
    "trusted_schema": 0,
}
"""The pragmas of a connection that writes; the names and values are sqlite's."""

SETTINGS: Mapping[str, str | int] = {
    "cull_limit": 0,
    "disk_min_file_size": MAX_RECORD_BYTES + 1,
    "disk_pickle_protocol": 0,
    "eviction_policy": "none",
    "size_limit": 2**62,
    "statistics": 0,
    "tag_index": 0,
    **{f"sqlite_{name}": value for name, value in CONNECTION.items()},
}
"""The rows of the table of settings: what is evicted is decided elsewhere, and nothing is counted."""

_STATEMENTS = (
    ("table", "Settings", "Settings", "CREATE TABLE Settings ( key TEXT NOT NULL UNIQUE, value)"),
    (
        "table",
        "Cache",
        "Cache",
        (
            "CREATE TABLE Cache ( rowid INTEGER PRIMARY KEY, key BLOB, raw INTEGER, store_time REAL,"
            " expire_time REAL, access_time REAL, access_count INTEGER DEFAULT 0, tag BLOB,"
            " size INTEGER DEFAULT 0, mode INTEGER DEFAULT 0, filename TEXT, value BLOB)"
        ),
    ),
    ("index", "Cache_key_raw", "Cache", "CREATE UNIQUE INDEX Cache_key_raw ON Cache(key, raw)"),
)

SCHEMA = frozenset({*_STATEMENTS, ("index", "sqlite_autoindex_Settings_1", "Settings", None)})
"""Everything that `sqlite_master` may say: type, name, table and text."""


STORE = (
    "INSERT INTO Cache (key, raw, store_time, access_time, mode, value) VALUES (?, 1, ?, ?, 1, ?)"
    " ON CONFLICT (key, raw) DO UPDATE SET store_time = excluded.store_time, expire_time = NULL,"
    " access_time = excluded.access_time, access_count = 0, tag = NULL, size = 0, mode = 1, filename = NULL,"
    " value = excluded.value"
)
"""Stores a record, given its key, twice the time and its bytes; leaves the same row as diskcache."""


def open_for_storing(folder: str, patience_s: float) -> sqlite3.Connection:
    """Return a connection to a database that exists and was inspected; each statement is a transaction.

    Args:
        folder: the folder of the database.
        patience_s: how long to wait for a lock, in seconds.

    Raises:
        OSError, sqlite3.Error: it cannot be opened.
    """
    path = os.path.join(folder, DATABASE)
    connection = sqlite3.connect(
        f"file:{escaped(path)}?mode=rw", uri=True, timeout=patience_s, isolation_level=None
    )
    try:
        for name, value in CONNECTION.items():
            connection.execute(f"PRAGMA {name} = {value}")
    except BaseException:
        connection.close()
        raise
    return connection


def create_database(folder: str) -> None:
    """Put a folder with an empty database in place, complete from its first moment.

    Where another process is faster, its database stays.

    Raises:
        OSError, sqlite3.Error: it cannot be made; nothing is left behind.
    """
    os.makedirs(os.path.dirname(folder), mode=0o700, exist_ok=True)
    draft = f"{folder}.new-{os.getpid()}-{os.urandom(4).hex()}"
    os.mkdir(draft, mode=0o700)
    try:
        _fill(os.path.join(draft, DATABASE))
        os.rename(draft, folder)
    except BaseException as error:
        _discard(draft)
        if not (isinstance(error, OSError) and os.path.isdir(folder) and os.listdir(folder)):
            raise


def _fill(path: str) -> None:
    # sqlite gives the companions of a database the rights of the database itself.
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        # Nobody waits for the disk: what is lost of a database without records is made anew.
        for name, value in (("synchronous", 0), ("page_size", PAGE_BYTES), *CONNECTION.items()):
            if (name, value) != ("synchronous", CONNECTION["synchronous"]):
                connection.execute(f"PRAGMA {name} = {value}")
        connection.execute("BEGIN")
        for _, _, _, statement in _STATEMENTS:
            connection.execute(statement)
        connection.executemany("INSERT INTO Settings VALUES (?, ?)", SETTINGS.items())
        connection.execute("COMMIT")
    finally:
        connection.close()


def _discard(draft: str) -> None:
    for name in (DATABASE, *(DATABASE + suffix for suffix in (*COMPANIONS, "-journal"))):
        _try_remove(os.path.join(draft, name))
    try:
        os.rmdir(draft)
    except OSError:
        return


def _try_remove(path: str) -> None:
    try:
        os.remove(path)
    except OSError:
        return
