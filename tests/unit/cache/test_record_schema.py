"""The shape of the database is one that diskcache works with, and it appears at once or not at all."""

import os
import sqlite3
from pathlib import Path
from types import SimpleNamespace

import diskcache
import pytest

from wfopt.cache import record_schema
from wfopt.cache.record_schema import CONNECTION, SCHEMA, SETTINGS, STORE, create_database, open_for_storing
from wfopt.cache.strict_disk import RecordWriter

PLANTED = (
    "INSERT INTO Cache (key, raw, store_time, expire_time, access_count, tag, size, mode, filename, value)"
    " VALUES ('key', 1, 'late', 3, 7, 'tag', 9, 4, '../secret', NULL)"
)


def content(database: Path) -> tuple[set[tuple[object, ...]], dict[str, object]]:
    connection = sqlite3.connect(database)
    schema = set(connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master"))
    settings = dict(connection.execute("SELECT key, value FROM Settings").fetchall())
    connection.close()
    return schema, settings


def test_diskcache_makes_the_same_and_what_only_eviction_needs(tmp_path: Path) -> None:
    create_database(str(tmp_path / "ours"))
    theirs = diskcache.Cache(str(tmp_path / "theirs"), **SETTINGS)
    theirs.close()
    assert content(tmp_path / "ours" / "cache.db") == (SCHEMA, SETTINGS)
    schema, settings = content(tmp_path / "theirs" / "cache.db")
    assert schema > SCHEMA
    assert all(kind == "trigger" or name == "Cache_expire_time" for kind, name, *_ in schema - SCHEMA)
    assert settings.items() - SETTINGS.items() == {(name, 0) for name in ("count", "hits", "misses", "size")}
    assert settings.items() > SETTINGS.items()


def test_diskcache_finds_nothing_wrong_with_it(tmp_path: Path) -> None:
    create_database(str(tmp_path / "meta"))
    with diskcache.Cache(str(tmp_path / "meta"), **SETTINGS) as theirs:
        assert theirs.check() == []
        theirs.set("key", b"record")
        assert theirs.get("key") == b"record"


@pytest.mark.parametrize("planted", [False, True])
def test_a_record_is_stored_as_diskcache_stores_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, planted: bool
) -> None:
    monkeypatch.setattr(diskcache.core, "time", SimpleNamespace(time=lambda: 5.5))
    rows = []
    for name in ("ours", "theirs"):
        folder = str(tmp_path / name)
        create_database(folder)
        connection = open_for_storing(folder, 1.0)
        if planted:
            connection.execute(PLANTED)
        if name == "ours":
            connection.execute(STORE, ("key", 5.5, 5.5, b"record"))
        else:
            writer = RecordWriter(folder, 1.0)
            writer.put_records({"key": b"record"})
            writer.close()
        rows.append(connection.execute("SELECT * FROM Cache").fetchall())
        connection.close()
    assert rows[0] == rows[1]
    assert len(rows[0]) == 1


def test_a_connection_for_storing_has_the_settings_of_this_program(tmp_path: Path) -> None:
    folder = tmp_path / "a?mode=ro#%41"
    create_database(str(folder))
    planted = sqlite3.connect(folder / "cache.db", isolation_level=None)
    planted.execute("PRAGMA journal_mode = delete")
    planted.execute("UPDATE Settings SET value = 'delete' WHERE key = 'sqlite_journal_mode'")
    planted.close()
    connection = open_for_storing(str(folder), 1.0)
    connection.execute(STORE, ("key", 1.0, 1.0, b"record"))
    found = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in CONNECTION}
    connection.close()
    assert found == CONNECTION


def test_storing_makes_no_database(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        open_for_storing(str(tmp_path), 1.0)
    assert os.listdir(tmp_path) == []


def test_the_faster_one_stays(tmp_path: Path) -> None:
    create_database(str(tmp_path / "meta"))
    first = (tmp_path / "meta").stat().st_ino
    create_database(str(tmp_path / "meta"))
    assert (tmp_path / "meta").stat().st_ino == first
    assert os.listdir(tmp_path) == ["meta"]


def test_an_empty_folder_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "meta").mkdir()
    create_database(str(tmp_path / "meta"))
    assert os.listdir(tmp_path / "meta") == ["cache.db"]


@pytest.mark.parametrize("failing", ["sqlite", "rename"])
def test_nothing_half_made_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(
        *((record_schema.sqlite3, "connect") if failing == "sqlite" else (os, "rename")), fail
    )
    with pytest.raises(OSError, match="No space"):
        create_database(str(tmp_path / "v1" / "meta"))
    assert os.listdir(tmp_path / "v1") == []


def test_what_cannot_be_discarded_hides_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    for name in ("rename", "remove", "rmdir"):
        monkeypatch.setattr(os, name, fail)
    with pytest.raises(OSError, match="Input/output"):
        create_database(str(tmp_path / "meta"))
