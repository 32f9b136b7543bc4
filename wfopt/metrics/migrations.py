"""The tables of the history, and how those of an earlier version become those of this one.

Each step leads from one version to the next. A new database takes all of them, so that it has the same
tables as one that grew old. A step that was released never changes again.
"""

import sqlite3
from collections.abc import Callable

from wfopt.metrics.damage import DamageError, ForeignError

APPLICATION_ID = 0x77666F70
"""Marks the database as one of this program: `wfop`."""

_UNMISTAKABLE = {"runs", "figures", "details", "shapes", "upkeep", "runs_of_workflow"}
"""Tables that only a history has, all together."""

Migration = Callable[[sqlite3.Connection], None]
"""Leads from one version to the next, within a transaction."""

_FIRST = (
    # Any text, as UTF-8 that may hold lone surrogates; paths of workflows, branches, and what runs share.
    "CREATE TABLE texts (id INTEGER PRIMARY KEY, text BLOB NOT NULL UNIQUE)",
    (
        "CREATE TABLE hosts (id INTEGER PRIMARY KEY, name BLOB NOT NULL, cpus INTEGER NOT NULL,"
        " memory_bytes INTEGER NOT NULL, UNIQUE (name, cpus, memory_bytes))"
    ),
    "CREATE TABLE shapes (id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, content BLOB NOT NULL)",
    (
        "CREATE TABLE runs (run INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE, workflow INTEGER NOT NULL,"
        " branch INTEGER NOT NULL, host INTEGER NOT NULL, shape INTEGER NOT NULL, setup INTEGER NOT NULL,"
        " ending INTEGER NOT NULL, started_at REAL NOT NULL, wall_s REAL NOT NULL, cpu_s REAL NOT NULL,"
        " peak_memory_bytes INTEGER, ran INTEGER NOT NULL, statuses BLOB NOT NULL, about TEXT NOT NULL)"
    ),
    "CREATE INDEX runs_of_workflow ON runs (workflow)",
    "CREATE INDEX runs_since ON runs (started_at)",
    "CREATE TABLE figures (run INTEGER PRIMARY KEY, records BLOB NOT NULL, early BLOB NOT NULL)",
    "CREATE TABLE details (run INTEGER PRIMARY KEY, attempts BLOB NOT NULL, samples BLOB, printed BLOB)",
    (
        "CREATE TABLE rewrites (id INTEGER PRIMARY KEY, at REAL NOT NULL, workflow INTEGER NOT NULL,"
        " content TEXT NOT NULL)"
    ),
    "CREATE TABLE upkeep (name TEXT PRIMARY KEY, value REAL NOT NULL) WITHOUT ROWID",
)


def _make_tables(connection: sqlite3.Connection) -> None:
    for statement in _FIRST:
        connection.execute(statement)


def _add_traces(connection: sqlite3.Connection) -> None:
    """Add what traced steps touched; names of steps are texts."""
    connection.execute(
        "CREATE TABLE traces (run INTEGER NOT NULL, step INTEGER NOT NULL, fingerprint TEXT NOT NULL,"
        " effects BLOB NOT NULL, PRIMARY KEY (run, step)) WITHOUT ROWID"
    )


MIGRATIONS: tuple[Migration, ...] = (_make_tables, _add_traces)
"""In order: the first one leads from an empty database to version 1."""


def migrate(connection: sqlite3.Connection, migrations: tuple[Migration, ...] = MIGRATIONS) -> bool:
    """Bring a database to the version of this program; return whether anything was done.

    All steps are one transaction, so that a version in between is never seen.

    Raises:
        DamageError, ForeignError: it is not a history, or of a later version.
        sqlite3.Error: it cannot be read or written.
    """
    if version_of(connection, len(migrations)) == len(migrations):
        return False
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have been faster.
        done = version_of(connection, len(migrations))
        for step in migrations[done:]:
            step(connection)
        connection.execute(f"PRAGMA user_version = {len(migrations)}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return True


def version_of(connection: sqlite3.Connection, newest: int = len(MIGRATIONS)) -> int:
    """Return the version of a database, 0 for an empty one.

    Raises:
        DamageError: it has no tables although it says that it is a history, or the other way round.
        ForeignError: it is not a history, or of a later version than `newest`.
        sqlite3.Error: it cannot be read.
    """
    ((application,),) = connection.execute("PRAGMA application_id")
    ((version,),) = connection.execute("PRAGMA user_version")
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master LIMIT 1000")}
    if not application and not version and not tables:
        return 0
    if application != APPLICATION_ID and tables >= _UNMISTAKABLE:
        raise DamageError("its mark is wrong")
    if application != APPLICATION_ID:
        raise ForeignError("it is a database of another program")
    if version > newest:
        raise ForeignError(f"a later version of wfopt wrote it (format {version}, this one knows {newest})")
    if version <= 0 or not tables:
        raise DamageError("it has no tables")
    return int(version)


def check_tables(connection: sqlite3.Connection) -> None:
    """Check that the tables are those of this version.

    Raises:
        DamageError: they are not.
        sqlite3.Error: they cannot be read.
    """
    if _tables(connection) != _expected():
        raise DamageError("its tables are not as expected")


def _tables(connection: sqlite3.Connection) -> set[tuple[object, ...]]:
    return set(connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master LIMIT 100"))


def _expected() -> set[tuple[object, ...]]:
    model = sqlite3.connect(":memory:", isolation_level=None)
    try:
        migrate(model)
        return _tables(model)
    finally:
        model.close()
