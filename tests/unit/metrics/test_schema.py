"""How a database of the history is made and opened."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from wfopt.metrics import migrations, schema
from wfopt.metrics.damage import DamageError
from wfopt.metrics.schema import (
    copy_to_memory,
    create_database,
    create_in_memory,
    open_for_reading,
    open_for_writing,
)

ODD = "a?b#c%20 ä.db"


def note(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT OR REPLACE INTO upkeep VALUES ('note', 1)")


def notes(connection: sqlite3.Connection) -> int:
    ((count,),) = connection.execute("SELECT count(*) FROM upkeep")
    return int(count)


def test_a_database_is_made_complete(tmp_path: Path) -> None:
    path = str(tmp_path / ODD)
    with closing(open_for_writing(path, 0.0)) as connection:
        note(connection)
        pragmas = ("journal_mode", "synchronous", "auto_vacuum", "trusted_schema")
        found = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas]
    assert found == ["wal", 1, 2, 0]
    assert [each.name for each in tmp_path.iterdir()] == [ODD]


def test_the_first_one_stays(tmp_path: Path) -> None:
    path = str(tmp_path / "history.db")
    with closing(open_for_writing(path, 0.0)) as connection:
        note(connection)
    create_database(path)
    with closing(open_for_writing(path, 0.0)) as connection:
        assert notes(connection) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["history.db"]


def test_a_log_that_was_left_behind_is_not_added(tmp_path: Path) -> None:
    path = str(tmp_path / "history.db")
    with closing(open_for_writing(path, 0.0)) as connection:
        note(connection)
        os.rename(path, f"{path}.away")
        with closing(open_for_writing(path, 0.0)) as other:
            assert notes(other) == 0


def test_nothing_is_left_of_what_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: str) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(schema.os, "link", refuse)
    with pytest.raises(PermissionError):
        create_database(str(tmp_path / "history.db"))
    assert list(tmp_path.iterdir()) == []


def test_reading_changes_nothing(tmp_path: Path) -> None:
    path = str(tmp_path / "history.db")
    create_database(path)
    connection, is_current = open_for_reading(path)
    with closing(connection):
        assert is_current
        with pytest.raises(sqlite3.OperationalError):
            note(connection)
    assert [each.name for each in tmp_path.iterdir()] == ["history.db"]


def test_an_earlier_version_is_brought_up_to_date_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "history.db")
    with closing(open_for_writing(path, 0.0)) as connection:
        note(connection)
    before = Path(path).read_bytes()
    longer = (*migrations.MIGRATIONS, lambda connection: connection.execute("CREATE TABLE more (x)"))
    monkeypatch.setattr(schema, "MIGRATIONS", longer)
    monkeypatch.setattr(schema, "migrate", lambda connection: migrations.migrate(connection, longer))
    monkeypatch.setattr(schema, "check_tables", lambda _connection: None)
    connection, is_current = open_for_reading(path)
    with closing(connection):
        assert not is_current
        with closing(copy_to_memory(connection)) as copy:
            assert notes(copy) == 1
            assert copy.execute("SELECT count(*) FROM more").fetchone() == (0,)
    assert Path(path).read_bytes() == before


def test_an_empty_database_in_memory_has_the_tables() -> None:
    with closing(create_in_memory()) as connection:
        assert notes(connection) == 0


def test_what_cannot_be_copied_is_told() -> None:
    connection = create_in_memory()
    connection.close()
    with pytest.raises(sqlite3.Error, match="closed"):
        copy_to_memory(connection)


@pytest.mark.parametrize("way", [lambda path: open_for_writing(path, 0.0), open_for_reading])
def test_a_format_that_sqlite_does_not_know_is_damage(tmp_path: Path, way: Callable[[str], object]) -> None:
    path = tmp_path / "history.db"
    create_database(str(path))
    content = bytearray(path.read_bytes())
    content[47] = 99
    path.write_bytes(content)
    with pytest.raises(DamageError, match="unsupported file format"):
        way(str(path))


@pytest.mark.parametrize("way", [lambda path: open_for_writing(path, 0.0), open_for_reading])
def test_what_cannot_be_read_now_is_no_damage(
    tmp_path: Path, way: Callable[[str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_connection: sqlite3.Connection) -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR
        raise error

    path = str(tmp_path / "history.db")
    create_database(path)
    monkeypatch.setattr(schema, "check_tables", refuse)
    with pytest.raises(sqlite3.OperationalError):
        way(path)


def test_a_database_without_tables_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM")
    with pytest.raises(DamageError):
        open_for_reading(str(path))
