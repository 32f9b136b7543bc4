"""diskcache with everything switched off that runs, follows or waits."""

import contextlib
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import diskcache
import pytest

from tests.support.record_files import bomb, change, filled
from wfopt.cache.strict_disk import MODE_RAW, NotARecordError, RecordWriter, StrictDisk

DISK = StrictDisk("/nowhere")


def test_texts_and_bytes_pass() -> None:
    assert DISK.put("key") == ("key", True)
    assert DISK.get("key", 1) == "key"
    assert DISK.store(b"record", read=False) == (0, MODE_RAW, None, memoryview(b"record"))
    assert DISK.fetch(MODE_RAW, None, b"record", read=False) == b"record"


class Text(str):
    __slots__ = ()


@pytest.mark.parametrize(
    "call",
    [
        *(lambda key=key: DISK.put(key) for key in (b"key", 1, 1.0, True, None, ("key",), Text("key"))),
        *(lambda key=key: DISK.get(key, 1) for key in (b"key", 1, None)),
        lambda: DISK.get("key", 0),
        lambda: DISK.get(b"cos\nmkdir\n.", 0),
        *(
            lambda value=value: DISK.store(value, read=False)
            for value in ("text", 1, True, None, bytearray())
        ),
        lambda: DISK.store(b"record", read=True),
        *(lambda mode=mode: DISK.fetch(mode, None, b"x", read=False) for mode in (0, 2, 3, 4, "1", None)),
        lambda: DISK.fetch(MODE_RAW, "../file", b"x", read=False),
        lambda: DISK.fetch(MODE_RAW, None, b"x", read=True),
        *(lambda value=value: DISK.fetch(MODE_RAW, None, value, read=False) for value in ("text", 1, None)),
        lambda: DISK.filename("key", b"record"),
    ],
)
def test_everything_else_is_refused(call: Callable[[], object]) -> None:
    with pytest.raises(NotARecordError):
        call()


def test_no_file_is_removed(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.touch()
    StrictDisk(str(tmp_path)).remove("kept")
    StrictDisk(str(tmp_path)).remove(str(kept))
    assert kept.exists()


PLANT = "INSERT INTO Cache (key, raw, mode, filename, value) VALUES "


@pytest.mark.parametrize("strict", [False, True], ids=["diskcache", "strict"])
@pytest.mark.parametrize("place", ["value", "key"])
def test_no_pickle_is_loaded(tmp_path: Path, place: str, strict: bool) -> None:
    trace = tmp_path / "trace"
    database = filled(tmp_path / "meta")
    row = "('planted', 1, 4, NULL, ?)" if place == "value" else "(?, 0, 1, NULL, x'00')"
    change(database, "DELETE FROM Cache")
    change(database, PLANT + row, values=(bomb(trace),))
    cache = RecordWriter(str(database.parent), 1) if strict else diskcache.Cache(str(database.parent))
    with pytest.raises(NotARecordError) if strict else contextlib.nullcontext():
        cache.get("planted") if place == "value" else next(iter(cache))
    cache.close()
    assert trace.exists() is not strict


@pytest.mark.parametrize("absolute", [False, True])
def test_no_named_file_is_followed(tmp_path: Path, absolute: bool) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    database = filled(tmp_path / "meta")
    name = str(secret) if absolute else "../secret"
    for key in ("read", "replaced", "deleted"):
        change(database, PLANT + f"('{key}', 1, 2, ?, NULL)", values=(name,))
    writer = RecordWriter(str(database.parent), 1)
    with pytest.raises(NotARecordError):
        writer.get("read")
    writer.put_records({"replaced": b"1"})
    writer.delete_records(["deleted", "missing"])
    writer.close()
    assert secret.read_bytes() == b"secret"
    assert sorted(os.listdir(tmp_path)) == ["meta", "secret"]


def test_settings_of_the_database_make_no_statement(tmp_path: Path) -> None:
    database = filled(tmp_path / "meta")
    change(
        database, "UPDATE Settings SET value = 'delete; DROP TABLE Cache' WHERE key = 'sqlite_journal_mode'"
    )
    writer = RecordWriter(str(database.parent), 1)
    writer.put_records({"a": b"1"})
    assert writer._sql("PRAGMA journal_mode").fetchall() == [("wal",)]
    assert writer._sql("PRAGMA mmap_size").fetchall() == [(0,)]
    writer.close()
    change(database, "INSERT INTO Settings VALUES ('sqlite_user_version = 7; --', 1)")
    with pytest.raises(NotARecordError):
        RecordWriter(str(database.parent), 1).put_records({"a": b"1"})


def test_all_or_nothing(tmp_path: Path) -> None:
    database = filled(tmp_path / "meta")
    writer = RecordWriter(str(database.parent), 1)
    with pytest.raises(NotARecordError):
        writer.put_records({"first": b"1", "second": "text"})  # type: ignore[dict-item]
    with pytest.raises(NotARecordError):
        writer.delete_records(["key-000", 5])  # type: ignore[list-item]
    assert writer.get("first") is None
    assert writer.get("key-000") is not None
    writer.close()


def test_the_reason_of_a_failed_start_is_told(tmp_path: Path) -> None:
    writer = RecordWriter(str(tmp_path / "missing"), 1)
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        writer.put_records({"a": b"1"})
    database = filled(tmp_path / "meta")
    holder = sqlite3.connect(database, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        RecordWriter(str(database.parent), 0.01).put_records({"a": b"1"})
    holder.close()


def test_a_time_out_without_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def time_out(*_: object, **__: object) -> None:
        raise diskcache.Timeout

    monkeypatch.setattr(RecordWriter, "transact", time_out)
    with pytest.raises(TimeoutError, match="locked"):
        RecordWriter(str(tmp_path), 1).put_records({"a": b"1", "b": b"2"})
