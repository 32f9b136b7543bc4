"""The shape of the database is one that diskcache works with, and it appears at once or not at all."""

import os
import sqlite3
from pathlib import Path

import diskcache
import pytest

from wfopt.cache import record_schema
from wfopt.cache.record_schema import SCHEMA, SETTINGS, create_database


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
