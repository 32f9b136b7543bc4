"""Databases of earlier versions are brought up to date; those of later ones are left alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from wfopt.metrics.damage import DamageError, ForeignError
from wfopt.metrics.migrations import MIGRATIONS, check_tables, migrate, version_of


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as made:
        yield made


def add_a_note(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE runs ADD COLUMN note TEXT")


def fail(connection: sqlite3.Connection) -> None:
    connection.execute("DROP TABLE upkeep")
    raise ZeroDivisionError


def columns(connection: sqlite3.Connection) -> set[str]:
    return {row[1] for row in connection.execute("PRAGMA table_info(runs)")}


def test_a_new_database_takes_all_steps(connection: sqlite3.Connection) -> None:
    assert migrate(connection)
    assert version_of(connection) == len(MIGRATIONS)
    assert not migrate(connection)
    check_tables(connection)


def test_an_earlier_version_is_brought_up_to_date(connection: sqlite3.Connection) -> None:
    migrate(connection)
    connection.execute("INSERT INTO upkeep VALUES ('kept', 1)")
    assert migrate(connection, (*MIGRATIONS, add_a_note))
    assert version_of(connection, len(MIGRATIONS) + 1) == len(MIGRATIONS) + 1
    assert "note" in columns(connection)
    assert connection.execute("SELECT * FROM upkeep").fetchall() == [("kept", 1.0)]


def test_an_old_and_a_new_database_end_up_the_same(connection: sqlite3.Connection) -> None:
    migrate(connection)
    migrate(connection, (*MIGRATIONS, add_a_note))
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as other:
        migrate(other, (*MIGRATIONS, add_a_note))
        query = "SELECT type, name, tbl_name, sql FROM sqlite_master"
        assert set(connection.execute(query)) == set(other.execute(query))


def test_a_step_that_fails_changes_nothing(connection: sqlite3.Connection) -> None:
    migrate(connection)
    with pytest.raises(ZeroDivisionError):
        migrate(connection, (*MIGRATIONS, add_a_note, fail))
    assert version_of(connection) == len(MIGRATIONS)
    check_tables(connection)


def test_a_later_version_is_refused(connection: sqlite3.Connection) -> None:
    migrate(connection, (*MIGRATIONS, add_a_note))
    with pytest.raises(ForeignError, match=f"format {len(MIGRATIONS) + 1}, this one knows {len(MIGRATIONS)}"):
        migrate(connection)


@pytest.mark.parametrize(
    ("statements", "error", "match"),
    [
        (["CREATE TABLE mine (x)"], ForeignError, "another program"),
        (["PRAGMA user_version = 1"], ForeignError, "another program"),
        (["PRAGMA application_id = 5"], ForeignError, "another program"),
        (["PRAGMA application_id = 0x77666F70"], DamageError, "no tables"),
        (["PRAGMA application_id = 0x77666F70", "PRAGMA user_version = 1"], DamageError, "no tables"),
        (["PRAGMA application_id = 0x77666F70", "CREATE TABLE a (x)"], DamageError, "no tables"),
    ],
)
def test_what_is_no_history_is_told(
    connection: sqlite3.Connection, statements: list[str], error: type[Exception], match: str
) -> None:
    for statement in statements:
        connection.execute(statement)
    with pytest.raises(error, match=match):
        migrate(connection)


def test_a_mark_that_is_lost_is_damage(connection: sqlite3.Connection) -> None:
    migrate(connection)
    connection.execute("PRAGMA application_id = 5")
    with pytest.raises(DamageError, match="mark"):
        version_of(connection)


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE upkeep",
        "CREATE TABLE more (x)",
        "ALTER TABLE runs ADD COLUMN note",
        "CREATE TRIGGER t AFTER INSERT ON runs BEGIN DELETE FROM runs; END",
    ],
)
def test_other_tables_are_noticed(connection: sqlite3.Connection, statement: str) -> None:
    migrate(connection)
    connection.execute(statement)
    with pytest.raises(DamageError, match="not as expected"):
        check_tables(connection)
