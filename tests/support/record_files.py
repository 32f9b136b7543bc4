"""Databases of records to damage, and what a damaged one may do."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from wfopt.cache.record_store import RecordStore
from wfopt.cache.records import open_records

RECORDS = {f"key-{number:03}": f"record {number} ".encode() * 20 for number in range(60)}


def wall() -> float:
    """Return 2001-09-09 01:46:40 UTC, the moment of everything that is moved aside."""
    return 1e9


STAMP = "20010909T014640Z"


def opened(folder: Path, *, read_only: bool = False, patience_s: float = 5.0) -> RecordStore:
    """Return the store of a folder."""
    return open_records(str(folder), wall=wall, read_only=read_only, patience_s=patience_s)


def filled(folder: Path) -> Path:
    """Store `RECORDS` in a folder and close it; return the path of the database."""
    store = opened(folder)
    store.put_many(RECORDS)
    store.close()
    return folder / "cache.db"


def change(database: Path, *statements: str, values: tuple[object, ...] = ()) -> None:
    """Run statements on a database as somebody would who can write the file; values go to each."""
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA writable_schema = 1")
    for statement in statements:
        connection.execute(statement, values)
    connection.close()


def bomb(trace: Path) -> bytes:
    """Return a pickle that makes a folder when it is loaded."""
    return b"cos\nmkdir\n(V" + os.fsencode(trace) + b"\ntR."


def tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Return the content and the time of the last change of every file below a folder, by its path."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def survives(folder: Path, call: Callable[[RecordStore], object]) -> RecordStore:
    """Run a call on a new store of a damaged folder, then see that the store works; return it."""
    store = opened(folder)
    call(store)
    store.put_many({"afterwards": b"works"})
    assert store.get_many(["afterwards"]) == {"afterwards": b"works"}
    assert store.check() == []
    store.close()
    return store
