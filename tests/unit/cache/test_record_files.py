"""The state of the records: another one whenever they may be others."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.cache_stores import store_at
from wfopt.cache.record_files import COMPANIONS, DATABASE, FOLDER, STATE_BYTES, state_of
from wfopt.cache.store import Store


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Give the folder of a store with a record."""
    with opened(tmp_path) as store:
        store.records.put_many({"a": b"1"})
    return tmp_path / "cache/v1"


def opened(folder: Path, *, read_only: bool = False) -> Store:
    return store_at(folder / "cache", read_only=read_only)


def put(folder: Path) -> None:
    with opened(folder) as store:
        store.records.put_many({"b": b"2"})


def put_again(folder: Path) -> None:
    with opened(folder) as store:
        store.records.put_many({"a": b"1"})


def delete(folder: Path) -> None:
    with opened(folder) as store:
        store.records.delete_many(["a"])


def replace(folder: Path) -> None:
    path = folder / "cache/v1" / FOLDER / DATABASE
    found = path.stat()
    (folder / "other").write_bytes(path.read_bytes())
    os.utime(folder / "other", ns=(found.st_atime_ns, found.st_mtime_ns))
    (folder / "other").rename(path)


def wait_in_the_log(folder: Path) -> None:
    (folder / "cache/v1" / FOLDER / (DATABASE + COMPANIONS[0])).write_bytes(b"pages")


@pytest.mark.parametrize("change", [put, put_again, delete, replace, wait_in_the_log])
def test_every_change_is_another_state(tmp_path: Path, place: Path, change: Callable[[Path], None]) -> None:
    before = state_of(str(place))
    assert len(before) == STATE_BYTES
    change(tmp_path)
    assert state_of(str(place)) not in (before, b"")


def test_another_change_in_the_log_is_another_state(tmp_path: Path, place: Path) -> None:
    wait_in_the_log(tmp_path)
    before = state_of(str(place))
    (place / FOLDER / (DATABASE + COMPANIONS[0])).write_bytes(b"more pages")
    assert state_of(str(place)) not in (before, b"")


@pytest.mark.parametrize("read_only", [False, True])
def test_whoever_only_reads_changes_no_state(tmp_path: Path, place: Path, read_only: bool) -> None:
    before = state_of(str(place))
    with opened(tmp_path, read_only=read_only) as store:
        assert store.records.get_many(["a", "b"]) == {"a": b"1"}
    assert state_of(str(place)) == before
    (place / FOLDER / (DATABASE + COMPANIONS[0])).touch()
    assert state_of(str(place)) == before


def test_without_a_database_nothing_is_known(tmp_path: Path, place: Path) -> None:
    assert state_of(str(tmp_path)) == b""
    (place / FOLDER / DATABASE).unlink()
    assert state_of(str(place)) == b""


@pytest.mark.parametrize("name", [DATABASE, DATABASE + COMPANIONS[0]])
def test_what_cannot_be_written_down_is_not_known(
    place: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / FOLDER / (DATABASE + COMPANIONS[0])).write_bytes(b"pages")
    lstat = os.lstat

    def odd(path: str) -> os.stat_result:
        found = lstat(path)
        return os.stat_result((*found[:2], -1, *found[3:])) if path.endswith(name) else found

    monkeypatch.setattr(os, "lstat", odd)
    assert state_of(str(place)) == b""
