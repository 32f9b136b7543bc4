"""The store of records: what every store promises, and the one on the disk when it cannot work."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import diskcache.core
import pytest

from tests.support.record_files import RECORDS, change, filled, opened, tree
from tests.support.stores import MemoryRecords
from wfopt.cache.record_schema import MAX_RECORD_BYTES
from wfopt.cache.record_store import FullError, Listed, RecordStore, StoreError
from wfopt.cache.records import is_key

ROOT = Path(__file__).parents[3]


@pytest.fixture(params=["memory", "disk"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RecordStore]:
    made: RecordStore = MemoryRecords() if request.param == "memory" else opened(tmp_path / "v1" / "meta")
    yield made
    made.close()


@pytest.fixture(params=["memory", "disk"])
def reading(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RecordStore]:
    if request.param == "memory":
        yield MemoryRecords(RECORDS, read_only=True)
        return
    filled(tmp_path / "meta")
    made = opened(tmp_path / "meta", read_only=True)
    yield made
    made.close()


def sizes(store: RecordStore) -> dict[str, int]:
    return {each.key: each.size for each in store.keys()}  # noqa: SIM118


def test_a_new_store_is_empty(store: RecordStore) -> None:
    assert store.get_many(["a"]) == {}
    assert list(store.keys()) == []
    assert store.check() == []
    store.delete_many(["a"])
    assert store.set_aside == ""


def test_what_is_stored_is_found(store: RecordStore) -> None:
    records = {"a": b"1", "grün": bytes(range(256)), "empty": b"", "🙂": b"x" * MAX_RECORD_BYTES}
    store.put_many(records)
    assert store.get_many(["a", "b", "grün", "a", "empty", "🙂", "", "\ud800", "a\0"]) == records
    assert sizes(store) == {key: len(record) for key, record in records.items()}
    assert store.check() == []


def test_storing_again_replaces(store: RecordStore) -> None:
    store.put_many({"a": b"old", "b": b"kept"})
    store.put_many({"a": b"new"})
    store.put_many({})
    assert store.get_many(["a", "b"]) == {"a": b"new", "b": b"kept"}


def test_storing_again_notes_the_time(store: RecordStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def set_clock(now: float) -> None:
        monkeypatch.setattr(diskcache.core, "time", SimpleNamespace(time=lambda: now))
        if isinstance(store, MemoryRecords):
            store.now = now
        else:
            store._wall = lambda: now  # type: ignore[attr-defined]

    set_clock(5.5)
    store.put_many({"a": b"1", "b": b"2"})
    set_clock(7.0)
    store.put_many({"a": b"1"})
    assert list(store.keys()) == [Listed("a", 1, 7.0), Listed("b", 1, 5.5)]


def test_a_planted_time_is_a_number(tmp_path: Path) -> None:
    database = filled(tmp_path / "meta")
    change(
        database, "UPDATE Cache SET store_time = 'late' WHERE rowid < 3", "DELETE FROM Cache WHERE rowid > 3"
    )
    change(database, "UPDATE Cache SET store_time = NULL WHERE rowid = 2")
    store = opened(tmp_path / "meta")
    assert [each.used_at > 0 for each in store.keys()] == [False, False, True]  # noqa: SIM118
    store.close()


def test_keys_are_texts_as_they_are(store: RecordStore) -> None:
    store.put_many({"1": b"one", "1.0": b"float", "A": b"upper"})
    assert store.get_many(["1", "01", "a", "1.0 "]) == {"1": b"one"}


def test_what_is_deleted_is_gone(store: RecordStore) -> None:
    store.put_many(RECORDS)
    store.delete_many([*list(RECORDS)[1:], "missing", "\ud800"])
    store.delete_many([])
    assert sizes(store) == {"key-000": len(RECORDS["key-000"])}


def test_a_closed_store_opens_again(store: RecordStore) -> None:
    store.put_many({"a": b"1"})
    store.close()
    store.close()
    assert store.get_many(["a"]) == {"a": b"1"}


def test_thousands_of_keys(store: RecordStore) -> None:
    records = {f"{number:064x}": b"%d" % number for number in range(2300)}
    store.put_many(records)
    assert store.get_many(records) == records
    assert list(sizes(store)) == list(records)


def test_keys_may_be_deleted_and_stored_while_they_are_listed(store: RecordStore) -> None:
    store.put_many({f"{number}": b"" for number in range(1050)})
    listed = store.keys()
    for key, size, _ in listed:
        assert size == 0
        store.delete_many([key])
        if key == "0":
            store.put_many({"late": b""})
    assert set(sizes(store)) <= {"late"}


@pytest.mark.parametrize(
    ("key", "record"),
    [("", b""), ("a\0b", b""), ("\udcff", b""), ("large", bytes(MAX_RECORD_BYTES + 1))],
)
def test_one_unfit_record_keeps_all_out(store: RecordStore, key: str, record: bytes) -> None:
    with pytest.raises(StoreError, match="record"):
        store.put_many({"good": b"1", key: record})
    assert list(store.keys()) == []


def test_reading_only(reading: RecordStore) -> None:
    assert reading.get_many([*RECORDS, "other"]) == RECORDS
    assert sizes(reading) == {key: len(record) for key, record in RECORDS.items()}
    assert reading.check() == []
    with pytest.raises(StoreError, match="reading only"):
        reading.put_many({"a": b""})
    with pytest.raises(StoreError, match="reading only"):
        reading.delete_many(["key-000"])


def test_trouble_of_the_double() -> None:
    store = MemoryRecords(RECORDS)
    store.trouble = "the disk is on fire"
    calls: list[Callable[[], object]] = [
        lambda: store.get_many(["a"]),
        lambda: store.put_many({}),
        lambda: store.delete_many([]),
        lambda: list(store.keys()),
        store.check,
    ]
    for call in calls:
        with pytest.raises(StoreError, match="on fire"):
            call()
    store.close()
    assert store.calls == ["get_many", "put_many", "delete_many", "keys", "check", "close"]


@pytest.mark.parametrize("text", ["a", "ä", "~" * 1000, "\ue000", " "])
def test_texts_that_are_keys(text: str) -> None:
    assert is_key(text)


def test_nothing_is_made_before_something_is_stored(tmp_path: Path) -> None:
    store = opened(tmp_path / "v1" / "meta")
    store.get_many(["a"])
    store.delete_many(["a"])
    assert list(store.keys()) == store.check() == os.listdir(tmp_path) == []


def test_a_closed_store_is_one_private_file(tmp_path: Path) -> None:
    database = filled(tmp_path / "v1" / "meta")
    assert os.listdir(database.parent) == ["cache.db"]
    assert os.listdir(database.parent.parent) == ["meta"]
    assert database.parent.stat().st_mode & 0o777 == 0o700
    assert database.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["$HOME", "~", "a?b#c%20d", " ", "tab\there", os.fsdecode(b"\xff\xfe")])
def test_odd_names_of_folders(tmp_path: Path, name: str) -> None:
    filled(tmp_path / name)
    store = opened(tmp_path / name)
    assert store.get_many(RECORDS) == RECORDS
    store.put_many({"a": b"1"})
    store.close()
    assert os.listdir(tmp_path) == [name]


def test_a_relative_folder_stays_the_same_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = opened(Path("meta"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    store.put_many({"a": b"1"})
    store.close()
    assert (tmp_path / "meta" / "cache.db").exists()


def test_reading_only_makes_nothing(tmp_path: Path) -> None:
    store = opened(tmp_path / "meta", read_only=True)
    assert store.get_many(["a"]) == {}
    assert list(store.keys()) == store.check() == os.listdir(tmp_path) == []


def test_reading_only_changes_no_byte(tmp_path: Path) -> None:
    database = filled(tmp_path / "meta")
    before = tree(tmp_path)
    store = opened(tmp_path / "meta", read_only=True)
    assert store.get_many(RECORDS) == RECORDS
    assert store.check() == []
    store.close()
    assert tree(tmp_path) == before == {str(database): before[str(database)]}


def crashed_copy(tmp_path: Path) -> Path:
    """Return a store whose last records are in the write-ahead log only, as after a crash."""
    filled(tmp_path / "live")
    live = opened(tmp_path / "live")
    live.put_many({"late": b"in the log"})
    copy = tmp_path / "copy"
    copy.mkdir(mode=0o700)
    for path in (tmp_path / "live").iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
        (copy / path.name).chmod(0o600)
    live.close()
    return copy


def test_reading_only_reads_the_log_of_a_crash_without_writing(tmp_path: Path) -> None:
    copy = crashed_copy(tmp_path)
    before = tree(copy)
    assert sorted(os.path.basename(path) for path in before) == ["cache.db", "cache.db-shm", "cache.db-wal"]
    store = opened(copy, read_only=True)
    assert store.get_many([*RECORDS, "late"]) == {**RECORDS, "late": b"in the log"}
    store.close()
    assert tree(copy) == before


@pytest.mark.parametrize("log", ["full", "empty"])
def test_reading_only_without_the_index_of_the_log(tmp_path: Path, log: str) -> None:
    copy = crashed_copy(tmp_path)
    (copy / "cache.db-shm").unlink()
    if log == "empty":
        (copy / "cache.db-wal").write_bytes(b"")
    before = tree(copy)
    store = opened(copy, read_only=True)
    if log == "empty":
        assert store.get_many([*RECORDS, "late"]) == RECORDS
    else:
        with pytest.raises(StoreError, match="without writing"):
            store.get_many(["late"])
    store.close()
    assert tree(copy) == before


def test_the_log_of_a_crash_is_recovered(tmp_path: Path) -> None:
    copy = crashed_copy(tmp_path)
    store = opened(copy)
    assert store.get_many(["late"]) == {"late": b"in the log"}
    store.put_many({"later": b"1"})
    store.close()
    assert store.set_aside == ""
    assert os.listdir(copy) == ["cache.db"]


def test_damage_is_an_error_when_reading_only(tmp_path: Path) -> None:
    database = filled(tmp_path / "meta")
    database.write_bytes(b"garbage")
    before = tree(tmp_path)
    store = opened(tmp_path / "meta", read_only=True)
    with pytest.raises(StoreError, match="damaged"):
        store.get_many(["a"])
    assert store.set_aside == ""
    assert tree(tmp_path) == before


def test_a_store_that_vanishes_starts_again(tmp_path: Path) -> None:
    database = filled(tmp_path / "meta")
    store = opened(tmp_path / "meta")
    assert store.get_many(["key-000"])
    database.parent.rename(tmp_path / "gone")
    with pytest.raises(StoreError, match="unable to open"):
        store.put_many({"a": b"1"})
    store.put_many({"a": b"1"})
    assert store.get_many(["a", "key-000"]) == {"a": b"1"}
    store.close()


def test_a_lock_is_not_waited_for_long(tmp_path: Path) -> None:
    database = filled(tmp_path / "meta")
    holder = sqlite3.connect(database, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    store = opened(tmp_path / "meta", patience_s=0.02)
    with pytest.raises(StoreError, match="locked"):
        store.put_many({"a": b"1"})
    with pytest.raises(StoreError, match="locked"):
        store.delete_many(["key-000"])
    assert store.get_many(["a", "key-000"]) == {"key-000": RECORDS["key-000"]}
    holder.close()
    store.put_many({"a": b"1"})
    assert store.get_many(["a"]) == {"a": b"1"}
    assert store.set_aside == ""
    store.close()


def test_a_full_database_keeps_what_it_has(tmp_path: Path) -> None:
    filled(tmp_path / "meta")
    store = opened(tmp_path / "meta")
    store.put_many({"a": b"old"})
    store._single.execute("PRAGMA max_page_count = 1")  # type: ignore[attr-defined]
    with pytest.raises(FullError, match="full"):
        store.put_many({"a": bytes(100_000)})
    store.put_many({"a": b"old", **RECORDS})
    store._writer._sql("PRAGMA max_page_count = 1")  # type: ignore[attr-defined]
    with pytest.raises(FullError, match="full"):
        store.put_many({"a": b"new", "b": bytes(100_000)})
    assert store.get_many(["a", "b", *RECORDS]) == {"a": b"old", **RECORDS}
    store.put_many({"b": bytes(100_000)})
    assert store.check() == []
    store.close()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "v1").write_bytes(b"a file")
    store = opened(tmp_path / "v1" / "meta")
    for _ in range(2):
        with pytest.raises(StoreError, match="used: "):
            store.put_many({"a": b"1"})
    with pytest.raises(StoreError, match="used: Not a directory"):
        store.get_many(["a"])
    assert os.listdir(tmp_path) == ["v1"]


def test_what_cannot_be_moved_aside_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path / "meta").write_bytes(b"garbage")

    def no_rename(old: str, new: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "rename", no_rename)
    store = opened(tmp_path / "meta")
    with pytest.raises(StoreError, match="Permission denied"):
        store.get_many(["a"])
    assert store.set_aside == ""


def test_rows_of_strangers_are_no_records(tmp_path: Path) -> None:
    database = filled(tmp_path / "meta")
    columns = "INSERT INTO Cache (key, raw, mode, filename, expire_time, value) VALUES "
    change(
        database,
        columns + "('file', 1, 1, '../../secret', NULL, x'00')",
        columns + "('pickle', 1, 4, NULL, NULL, x'00')",
        columns + "('text', 1, 1, NULL, NULL, 'text')",
        columns + "('null', 1, 1, NULL, NULL, NULL)",
        columns + "('old', 1, 1, NULL, 1, x'00')",
        columns + "(x'6b', 1, 1, NULL, NULL, x'00')",
        columns + "(7, 1, 1, NULL, NULL, x'00')",
        columns + "('pickled key', 0, 1, NULL, NULL, x'00')",
        columns + f"('huge', 1, 1, NULL, NULL, zeroblob({MAX_RECORD_BYTES + 1}))",
        columns + "(CAST(x'ff' AS TEXT), 1, 1, NULL, NULL, x'00')",
    )
    store = opened(tmp_path / "meta")
    planted = ["file", "pickle", "text", "null", "old", "k", "7", "pickled key", "huge"]
    assert store.get_many([*planted, "key-001"]) == {"key-001": RECORDS["key-001"]}
    assert sizes(store) == {key: len(record) for key, record in RECORDS.items()}
    assert store.check() == ["9 rows of the record database are not records"]
    store.put_many(dict.fromkeys(planted, b"replaced"))
    assert store.get_many(planted) == dict.fromkeys(planted, b"replaced")
    assert store.set_aside == ""
    store.close()


@pytest.mark.slow
@pytest.mark.parametrize("stored", [0, 1, 2])
def test_what_stores_no_two_at_once_loads_nothing_that_unpickles(tmp_path: Path, stored: int) -> None:
    filled(tmp_path / "meta")
    program = (
        "import sys; from wfopt.cache.records import open_records;"
        f" store = open_records({str(tmp_path / 'meta')!r}, wall=float);"
        f" store.put_many(dict.fromkeys('ab'[:{stored}], b'1'));"
        " print(len(store.get_many(['key-000'])), 'diskcache' in sys.modules, 'pickle' in sys.modules)"
    )
    # A clean environment keeps a coverage measurement, which loads pickle itself, out of the process.
    shown = subprocess.check_output(
        [sys.executable, "-c", program], cwd=ROOT, env={"PATH": os.defpath}, encoding="utf-8"
    )
    assert shown.split() == ["1", str(stored == 2), str(stored == 2)]
