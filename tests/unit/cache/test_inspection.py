"""A database that is not exactly what this program writes is moved aside before anything else opens it."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.record_files import RECORDS, STAMP, bomb, change, filled, opened, survives
from wfopt.cache.inspection import DamageError
from wfopt.cache.record_store import RecordStore, StoreError

Damage = Callable[[Path], object]

CALLS: dict[str, Callable[[RecordStore], object]] = {
    "get": lambda store: store.get_many(RECORDS),
    "put": lambda store: store.put_many(RECORDS),
    "delete": lambda store: store.delete_many(RECORDS),
    "keys": lambda store: list(store.keys()),
    "check": lambda store: store.check(),
}


def replace_database(make: Callable[[Path], object]) -> Damage:
    def damage(folder: Path) -> None:
        (folder / "cache.db").unlink()
        make(folder / "cache.db")

    return damage


def replace_folder(make: Callable[[Path], object]) -> Damage:
    def damage(folder: Path) -> None:
        folder.rename(folder.with_name("original"))
        make(folder)

    return damage


def beside(suffix: str, make: Callable[[Path], object]) -> Damage:
    return lambda folder: make(folder / f"cache.db{suffix}")


def write_at(path: Path, offset: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


FILES: dict[str, Damage] = {
    "empty database": replace_database(Path.touch),
    "garbage": replace_database(lambda path: path.write_bytes(b"garbage" * 9999)),
    "text after the header": replace_database(
        lambda path: path.write_bytes(b"SQLite format 3\0" + b"x" * 9999)
    ),
    "page cut off": lambda folder: os.truncate(folder / "cache.db", 4096 * 9 + 1),
    "page missing": lambda folder: os.truncate(folder / "cache.db", 4096 * 9),
    "format of the future": lambda folder: write_at(folder / "cache.db", 44, b"\0\0\0\x05"),
    "folder for a database": replace_database(Path.mkdir),
    "pipe for a database": replace_database(os.mkfifo),
    "link to a database": replace_database(lambda path: path.symlink_to("/etc/passwd")),
    "dangling link": replace_database(lambda path: path.symlink_to("nothing")),
    "no database": replace_database(lambda path: path.with_name("other").touch()),
    "others may write the database": lambda folder: (folder / "cache.db").chmod(0o602),
    "group may write the folder": lambda folder: folder.chmod(0o770),
    "others may write the folder": lambda folder: folder.chmod(0o703),
    "file for a folder": replace_folder(Path.touch),
    "pipe for a folder": replace_folder(os.mkfifo),
    "link to a folder": replace_folder(lambda path: path.symlink_to("original")),
    "folder for a log": beside("-wal", Path.mkdir),
    "pipe for a log": beside("-wal", os.mkfifo),
    "link to a log": beside("-wal", lambda path: path.symlink_to("/etc/passwd")),
    "pipe for an index": beside("-shm", os.mkfifo),
    "rollback journal": beside("-journal", Path.touch),
}

STATEMENTS: dict[str, tuple[str, ...]] = {
    "trigger": ("CREATE TRIGGER t AFTER INSERT ON Cache BEGIN DELETE FROM Cache; END",),
    "index of the same name": (
        "DROP INDEX Cache_key_raw",
        "CREATE UNIQUE INDEX Cache_key_raw ON Cache(raw, key)",
    ),
    "missing index": ("DROP INDEX Cache_key_raw",),
    "view": ("CREATE VIEW v AS SELECT 1",),
    "view for a table": ("DROP TABLE Settings", "CREATE VIEW Settings AS SELECT 'a' AS key, 1 AS value"),
    "table": ("CREATE TABLE more (a)",),
    "virtual table": ("CREATE VIRTUAL TABLE more USING fts5(a)",),
    "index on an expression": ("CREATE INDEX more ON Cache (length(value))",),
    "column": ("ALTER TABLE Cache ADD COLUMN more",),
    "no table of records": ("DROP TABLE Cache",),
    "broken schema": ("UPDATE sqlite_master SET sql = 'nonsense' WHERE name = 'Cache'",),
    "schema on the wrong page": ("UPDATE sqlite_master SET rootpage = 9999 WHERE name = 'Settings'",),
    "other setting": ("UPDATE Settings SET value = 10 WHERE key = 'cull_limit'",),
    "policy": ("UPDATE Settings SET value = 'least-recently-used' WHERE key = 'eviction_policy'",),
    "statement in a setting": (
        "UPDATE Settings SET value = '0; DROP TABLE Cache' WHERE key = 'sqlite_mmap_size'",
    ),
    "unknown setting": ("INSERT INTO Settings VALUES ('sqlite_user_version', 7)",),
    "attribute": ("INSERT INTO Settings VALUES ('_disk', 'x')",),
    "huge setting": ("UPDATE Settings SET value = zeroblob(9999) WHERE key = 'cull_limit'",),
    "many settings": ("INSERT INTO Settings SELECT 'more' || key, 1 FROM Cache",),
    "no settings": ("DELETE FROM Settings",),
    "setting of another type": ("UPDATE Settings SET value = 'many' WHERE key = 'tag_index'",),
    "missing setting": ("DELETE FROM Settings WHERE key = 'tag_index'",),
    "key that is not UTF-8": ("UPDATE Settings SET key = CAST(x'ff' AS TEXT) WHERE key = 'cull_limit'",),
}


def assert_moved_aside(store: RecordStore, folder: Path) -> None:
    target = folder.with_name(f"meta.bad-{STAMP}")
    assert store.set_aside.startswith(f"the record database was moved to `{target}`: ")
    assert os.path.lexists(target)
    assert os.listdir(folder) == ["cache.db"]


@pytest.mark.parametrize("damage", FILES.values(), ids=FILES)
def test_odd_files_are_moved_aside(tmp_path: Path, damage: Damage) -> None:
    folder = filled(tmp_path / "meta").parent
    damage(folder)
    assert_moved_aside(survives(folder, CALLS["get"]), folder)


@pytest.mark.parametrize("statements", STATEMENTS.values(), ids=STATEMENTS)
def test_odd_content_is_moved_aside(tmp_path: Path, statements: tuple[str, ...]) -> None:
    database = filled(tmp_path / "meta")
    change(database, *statements)
    assert_moved_aside(survives(database.parent, CALLS["get"]), database.parent)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_every_call_notices(tmp_path: Path, call: Callable[[RecordStore], object]) -> None:
    database = filled(tmp_path / "meta")
    change(database, *STATEMENTS["trigger"])
    assert_moved_aside(survives(database.parent, call), database.parent)


def test_a_check_tells_what_was_moved_aside(tmp_path: Path) -> None:
    change(filled(tmp_path / "meta"), *STATEMENTS["view"])
    store = opened(tmp_path / "meta")
    assert store.check() == [store.set_aside]
    assert "tables" in store.set_aside
    assert store.check() == []


def test_no_pickle_in_the_settings_is_loaded(tmp_path: Path) -> None:
    database = filled(tmp_path / "meta")
    planted = bomb(tmp_path / "trace")
    change(database, "UPDATE Settings SET value = ? WHERE key = 'disk_pickle_protocol'", values=(planted,))
    assert_moved_aside(survives(database.parent, CALLS["get"]), database.parent)
    assert not (tmp_path / "trace").exists()


def test_companions_move_together(tmp_path: Path) -> None:
    database = filled(tmp_path / "meta")
    database.write_bytes(b"garbage")
    for suffix in ("-wal", "-shm"):
        database.with_name(f"cache.db{suffix}").write_bytes(b"more garbage")
    survives(database.parent, CALLS["put"])
    moved = tmp_path / f"meta.bad-{STAMP}"
    assert sorted(os.listdir(moved)) == ["cache.db", "cache.db-shm", "cache.db-wal"]
    assert (moved / "cache.db").read_bytes() == b"garbage"


def test_nothing_that_was_moved_aside_is_overwritten(tmp_path: Path) -> None:
    for _ in range(3):
        filled(tmp_path / "meta").write_bytes(b"garbage")
        survives(tmp_path / "meta", CALLS["get"])
    moved = [f"meta.bad-{STAMP}{suffix}" for suffix in ("", "-2", "-3")]
    assert sorted(os.listdir(tmp_path)) == ["meta", *moved]


def test_other_names_beside_the_database_do_not_matter(tmp_path: Path) -> None:
    database = filled(tmp_path / "meta")
    database.with_name(".DS_Store").touch()
    store = opened(tmp_path / "meta")
    assert store.get_many(RECORDS) == RECORDS
    assert store.set_aside == ""


def test_somebody_else_has_moved_it_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = filled(tmp_path / "meta").parent

    def overtaken(*_: object, **__: object) -> None:
        monkeypatch.undo()
        folder.rename(tmp_path / "moved")
        filled(folder)
        raise DamageError("found in the one that is gone")

    monkeypatch.setattr("wfopt.cache.records.open_inspected", overtaken)
    store = opened(folder)
    assert store.get_many(RECORDS) == RECORDS
    assert store.set_aside == ""
    store.close()


def test_damage_that_comes_back_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never_right(*_: object, **__: object) -> None:
        raise DamageError("its tables are not as expected")

    filled(tmp_path / "meta")
    monkeypatch.setattr("wfopt.cache.records.open_inspected", never_right)
    store = opened(tmp_path / "meta")
    with pytest.raises(StoreError, match="is damaged: its tables are not as expected"):
        store.get_many(["a"])
    assert os.listdir(tmp_path) == [f"meta.bad-{STAMP}"]


def test_a_log_may_vanish_while_it_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = filled(tmp_path / "meta").parent
    monkeypatch.setattr(os, "listdir", lambda path: ["cache.db", "cache.db-wal"])
    store = opened(folder)
    assert store.get_many(RECORDS) == RECORDS
    assert store.set_aside == ""


def test_a_page_that_waits_in_the_log_may_be_cut_off(tmp_path: Path) -> None:
    database = filled(tmp_path / "meta")
    other = sqlite3.connect(database, isolation_level=None)
    other.execute("UPDATE Cache SET store_time = 0")
    with database.open("ab") as file:
        file.write(b"half a page")
    store = opened(tmp_path / "meta")
    assert store.get_many(RECORDS) == RECORDS
    assert store.set_aside == ""
    store.close()
    other.close()


def test_trouble_while_it_is_looked_at(tmp_path: Path) -> None:
    database = filled(tmp_path / "meta")
    holder = sqlite3.connect(database, isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    store = opened(tmp_path / "meta", patience_s=0.02)
    with pytest.raises(StoreError, match="locked"):
        store.get_many(["a"])
    holder.close()
    assert store.get_many(RECORDS) == RECORDS
    assert store.set_aside == ""
    store.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_the_store_of_another_user_is_left_alone(tmp_path: Path) -> None:
    database = filled(tmp_path / "meta")
    os.chown(database.parent, 65534, 65534)
    store = opened(tmp_path / "meta")
    for call in CALLS.values():
        with pytest.raises(StoreError, match="belongs to another user"):
            call(store)
    assert os.listdir(tmp_path) == ["meta"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_a_database_of_another_user_is_moved_aside(tmp_path: Path) -> None:
    database = filled(tmp_path / "meta")
    os.chown(database, 65534, 65534)
    store = survives(database.parent, CALLS["get"])
    assert_moved_aside(store, database.parent)
    assert "another user" in store.set_aside
