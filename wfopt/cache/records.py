"""Keeps the cache's records: small pieces of bytes by key, in one database.

Reading goes through a plain sqlite connection that cannot write: one statement looks five hundred keys up,
where diskcache asks for each key by itself. A single record is stored in one statement as well, where
diskcache takes four; so a run, which stores each result as soon as its step has ended, loads neither
diskcache nor pickle. What takes a transaction goes through diskcache. What a record says, and whether it is
genuine, is for others to judge.
"""

import errno
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, TypeVar

from wfopt.cache.inspection import DamageError, Identity, identity, open_inspected
from wfopt.cache.record_schema import MAX_RECORD_BYTES, STORE, create_database, open_for_storing
from wfopt.cache.record_store import FullError, Listed, RecordStore, StoreError

PATIENCE_S = 5.0
"""How long a lock is waited for, in seconds."""

_Result = TypeVar("_Result")
_KEYS_A_STATEMENT = 500
_ROWS_A_BATCH = 1000
_OURS = (
    "raw = 1 AND mode = 1 AND filename IS NULL AND expire_time IS NULL AND typeof(key) = 'text'"
    f" AND typeof(value) = 'blob' AND length(value) <= {MAX_RECORD_BYTES}"
)
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_NOTADB)
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


def is_key(text: str) -> bool:
    """Return whether a record can have this key: some text without NUL that UTF-8 can express."""
    return (
        bool(text)
        and (text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text))
        and ("\0" not in text)
    )


def refuse_unfit(records: Mapping[str, bytes]) -> None:
    """Check keys and sizes before anything is stored.

    Raises:
        StoreError: a key is not one, or a record is too large.
    """
    for key, record in records.items():
        if not is_key(key):
            raise StoreError("a key of a record is empty or holds impossible characters")
        if len(record) > MAX_RECORD_BYTES:
            raise StoreError(f"a record of {len(record)} bytes is larger than {MAX_RECORD_BYTES}")


def open_records(
    folder: str, *, wall: Callable[[], float], read_only: bool = False, patience_s: float = PATIENCE_S
) -> RecordStore:
    """Return the store of a folder that nobody else uses; no file is touched before the first call.

    A folder that is missing is an empty store; storing makes it. What is damaged, or not exactly what this
    program writes, is moved aside as a whole to `FOLDER.bad-TIME`, and an empty store takes its place.

    Args:
        folder: where the database is; its parents are made as needed.
        wall: tells the seconds since the epoch.
        read_only: never change one byte on the disk; damage is then an error.
        patience_s: how long to wait for a lock, in seconds.
    """
    return _DiskRecords(os.path.abspath(folder), wall=wall, read_only=read_only, patience_s=patience_s)


class _DiskRecords:
    """The store on the disk; for one thread."""

    def __init__(self, folder: str, *, wall: Callable[[], float], read_only: bool, patience_s: float) -> None:
        self.set_aside = ""
        self._folder = folder
        self._wall = wall
        self._read_only = read_only
        self._patience_s = patience_s
        self._seen: Identity | None = None
        self._reader: sqlite3.Connection | None = None
        self._single: sqlite3.Connection | None = None
        # The type belongs to a module that is loaded only when several records are written at once.
        self._writer: Any = None

    def get_many(self, keys: Iterable[str]) -> dict[str, bytes]:
        wanted = [key for key in dict.fromkeys(keys) if is_key(key)]
        return self._attempt(partial(self._find, wanted))

    def put_many(self, records: Mapping[str, bytes]) -> None:
        self._refuse_if_read_only()
        refuse_unfit(records)
        if len(records) == 1:
            self._attempt(lambda: self._put(*next(iter(records.items()))))
        elif records:
            self._attempt(lambda: self._open_writer().put_records(records))

    def delete_many(self, keys: Iterable[str]) -> None:
        self._refuse_if_read_only()
        unwanted = [key for key in dict.fromkeys(keys) if is_key(key)]
        if unwanted:
            self._attempt(partial(self._delete, unwanted))

    def keys(self) -> Iterator[Listed]:
        last_row = -1
        while rows := self._attempt(partial(self._list, last_row)):
            yield from (Listed(*row[1:]) for row in rows if is_key(row[1]))
            last_row = rows[-1][0]

    def check(self) -> list[str]:
        before = self.set_aside
        problems = self._attempt(self._check)
        return problems if self.set_aside == before else [self.set_aside, *problems]

    def close(self) -> None:
        # Who writes goes last: that empties the write-ahead log when nobody else has the database open.
        for connection in (self._reader, self._single, self._writer):
            if connection is not None:
                with suppress(sqlite3.Error):
                    connection.close()
        self._reader = self._single = self._writer = None

    def _find(self, keys: list[str]) -> dict[str, bytes]:
        reader = self._open_reader()
        found: dict[str, bytes] = {}
        if reader is None:
            return found
        for start in range(0, len(keys), _KEYS_A_STATEMENT):
            some = keys[start : start + _KEYS_A_STATEMENT]
            marks = ",".join("?" * len(some))
            query = f"SELECT key, value FROM Cache WHERE key IN ({marks}) AND {_OURS}"  # noqa: S608  # constants
            found.update(reader.execute(query, some))
        return found

    def _put(self, key: str, record: bytes) -> None:
        if self._single is None:
            self._make_database()
            self._single = open_for_storing(self._folder, self._patience_s)
        now = self._wall()
        self._single.execute(STORE, (key, now, now, record))

    def _delete(self, keys: list[str]) -> None:
        if self._open_reader() is not None:
            self._open_writer().delete_records(keys)

    def _list(self, last_row: int) -> list[tuple[int, str, int, float]]:
        reader = self._open_reader()
        if reader is None:
            return []
        query = (
            "SELECT rowid, key, length(value),"  # noqa: S608  # constants
            " CASE WHEN typeof(store_time) IN ('integer', 'real') THEN store_time ELSE 0 END"
            f" FROM Cache WHERE rowid > ? AND {_OURS} ORDER BY rowid LIMIT ?"
        )
        return reader.execute(query, (last_row, _ROWS_A_BATCH)).fetchall()

    def _check(self) -> list[str]:
        reader = self._open_reader()
        if reader is None:
            return []
        problems = [text for (text,) in reader.execute("PRAGMA integrity_check(20)") if text != "ok"]
        count = f"SELECT count(*) - count(CASE WHEN {_OURS} THEN 1 END) FROM Cache"  # noqa: S608  # constants
        ((strangers,),) = reader.execute(count)
        if strangers:
            problems.append(f"{strangers} rows of the record database are not records")
        return problems

    def _refuse_if_read_only(self) -> None:
        if self._read_only:
            raise StoreError("the record store is open for reading only")

    def _open_reader(self) -> sqlite3.Connection | None:
        if self._reader is None:
            self._seen = identity(self._folder)
            self._reader = open_inspected(
                self._folder, untouched=self._read_only, patience_s=self._patience_s
            )
        return self._reader

    def _open_writer(self) -> Any:
        if self._writer is None:
            self._make_database()
            # diskcache takes 20 ms to load, which few runs need.
            from wfopt.cache.strict_disk import RecordWriter  # noqa: PLC0415

            self._writer = RecordWriter(self._folder, self._patience_s)
        return self._writer

    def _make_database(self) -> None:
        """Make the database if it is missing; look at it before anything is written to it."""
        if self._open_reader() is None:
            create_database(self._folder)
            self._open_reader()

    def _attempt(self, work: Callable[[], _Result]) -> _Result:
        """Do something; if the database turns out to be damaged, do it once more without it."""
        try:
            with self._trouble():
                return work()
        except DamageError as damage:
            with self._trouble():
                self._move_aside(damage)
        try:
            with self._trouble():
                return work()
        except DamageError as damage:
            raise StoreError(f"the record database is damaged: {damage}") from damage

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        """Let nothing out but `StoreError` and `DamageError`, and nothing half-open behind."""
        try:
            yield
        except DamageError:
            self.close()
            raise
        except (sqlite3.Error, OSError, ValueError) as error:
            self.close()
            first = _first_cause(error)
            if getattr(first, "sqlite_errorcode", 0) & 0xFF in _DAMAGE:
                raise DamageError(str(first)) from error
            reason = getattr(first, "strerror", None) or str(first)
            kind = FullError if _is_no_room(first) else StoreError
            raise kind(f"the record database cannot be used: {reason}") from error

    def _move_aside(self, damage: DamageError) -> None:
        if self._read_only:
            raise StoreError(f"the record database is damaged: {damage}") from damage
        if self._seen is None or identity(self._folder) != self._seen:
            return  # somebody else was faster
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self._wall()))
        target = f"{self._folder}.bad-{stamp}"
        number = 1
        while os.path.lexists(target):
            number += 1
            target = f"{self._folder}.bad-{stamp}-{number}"
        os.rename(self._folder, target)
        self.set_aside = f"the record database was moved to `{target}`: {damage}"


def _is_no_room(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in _NO_ROOM
    code = getattr(error, "sqlite_errorcode", 0)
    # What cannot grow then is the index of the write-ahead log.
    return code & 0xFF == sqlite3.SQLITE_FULL or code == sqlite3.SQLITE_IOERR_SHMSIZE


def _first_cause(error: BaseException) -> BaseException:
    """Return what went wrong first: sqlite often rolls back by itself, so that doing it again fails."""
    while isinstance(below := error.__context__, sqlite3.Error):
        error = below
    return error
