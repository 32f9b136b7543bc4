"""Cleaning a store up, while others use it and whatever goes wrong."""

import errno
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from tests.support import dying_collector
from tests.support.cache_stores import (
    NOW,
    OLD,
    add_result,
    blob_path,
    contents_in,
    files_beside,
    incomplete,
    keys_in,
    set_added,
    store_at,
)
from tests.support.commands import clean_environ
from tests.support.dying_collector import USING_OS
from tests.support.faults import FaultyOs
from tests.support.record_files import change
from wfopt.cache import blobs, collecting, packing, records, reserve
from wfopt.cache.collecting import Collected, clear, collect
from wfopt.cache.due import is_due
from wfopt.cache.record_schema import CONNECTION
from wfopt.cache.record_store import StoreError
from wfopt.cache.store import Store

ROOT = Path(__file__).parents[3]
GONE = "4194305-77-0123456789abcdef"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "cache") as made:
        yield made


def fill(store: Store, count: int = 6) -> None:
    """Add results of 100 bytes of their own, and 50 that they share; the first was used longest ago."""
    for number in range(count):
        files = {f"out{number}": b"%100d" % number, "same": b"s" * 50}
        add_result(store, f"k{number}", files, used_at=OLD + number, created_at=OLD + number)


def gc(store: Store, limit: int | None = None, ttl: float | None = None) -> Collected:
    return collect(store, limit=limit, ttl=ttl, now=NOW)


def test_a_store_without_results(store: Store) -> None:
    assert gc(store) == Collected()
    assert files_beside(store) == {"key", "gc.lock", "cleaned", "reserve.bin"}


def test_the_longest_unused_go(store: Store) -> None:
    fill(store)
    size = sum(each.size for each in store.records.keys()) + 650  # noqa: SIM118
    done = gc(store, size - 1)
    assert (done.evicted, done.expired, done.damaged, done.blobs, done.blob_bytes) == (1, 0, 0, 1, 100)
    assert (done.left, done.trouble, done.busy) == (5, [], False)
    assert done.left_bytes + done.freed_bytes == size
    assert keys_in(store) == ["k1", "k2", "k3", "k4", "k5"]
    assert incomplete(store) == []
    assert len(contents_in(store)) == 6


def test_the_last_one_stays_whatever_it_takes(store: Store) -> None:
    fill(store)
    assert gc(store, 1).left == 1
    assert (keys_in(store), contents_in(store)) == (["k5"], [b"%100d" % 5, b"s" * 50])


def test_what_is_too_old_goes(store: Store) -> None:
    fill(store)
    done = gc(store, ttl=NOW - OLD - 4)
    assert (done.expired, done.evicted, done.blobs) == (4, 0, 4)
    assert keys_in(store) == ["k4", "k5"]


def test_damaged_records_go(store: Store) -> None:
    fill(store, 2)
    store.records.put_many({"odd": b"no record", "lost": b"blob:" + b"a" * 64 + b":700000"})
    assert gc(store).damaged == 2
    assert (keys_in(store), incomplete(store)) == (["k0", "k1"], [])


def test_a_long_record_needs_its_content(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "LONGEST_INLINE", 10)
    fill(store, 2)
    assert gc(store).blobs == 0
    assert incomplete(store) == []
    assert gc(store, 1).blobs == 2
    assert (keys_in(store), incomplete(store)) == (["k1"], [])


@pytest.mark.parametrize(("age", "stays"), [(599.0, True), (601.0, False), (-200.0, True), (-301.0, False)])
def test_contents_that_nobody_needs_are_spared_at_first(store: Store, age: float, stays: bool) -> None:
    store.blobs.add_bytes(b"under way")
    set_added(store, NOW - age)
    assert gc(store).blobs == (not stays)
    assert contents_in(store) == [b"under way"][: int(stays)]


def test_contents_of_what_goes_are_not_spared(store: Store) -> None:
    fill(store, 2)
    set_added(store, NOW - 5)
    assert gc(store, 1).blobs == 1


def test_a_content_that_is_just_added_again_stays(store: Store) -> None:
    fill(store, 2)
    set_added(store, NOW - 0.5)
    done = gc(store, 1)
    assert (done.evicted, done.blobs) == (1, 0)
    assert len(contents_in(store)) == 3


def test_a_content_that_is_added_again_meanwhile_stays(store: Store) -> None:
    fill(store, 3)
    first = [
        kept.digest for kept in store.blobs if blob_path(store, kept.digest).read_bytes() == b"%100d" % 0
    ]
    delete = store.records.delete_many

    def add_again(keys: list[str]) -> None:
        delete(keys)
        os.utime(blob_path(store, first[0]))

    store.records.delete_many = add_again  # type: ignore[method-assign, assignment]
    assert gc(store, 1).blobs == 1
    assert contents_in(store) == [b"%100d" % 0, b"%100d" % 2, b"s" * 50]


def test_a_record_that_is_replaced_meanwhile_stays(store: Store) -> None:
    fill(store, 3)
    get = store.records.get_many
    calls: list[int] = []

    def replaced(keys: list[str]) -> dict[str, bytes]:
        calls.append(len(keys))
        if len(calls) == 2:
            add_result(store, "k0", {"out0": b"new"}, used_at=NOW)
        return get(keys)

    store.records.get_many = replaced  # type: ignore[method-assign, assignment]
    assert gc(store, 1).evicted == 1
    assert keys_in(store) == ["k0", "k2"]
    assert incomplete(store) == []


def test_batches_let_others_in(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "_BATCH", 2)
    fill(store)
    free: list[bool] = []
    with store_at(tmp_path / "cache") as other:

        def pause(_seconds: float) -> None:
            with other.alone() as alone:
                free.append(alone)

        done = collect(replace(store, pause=pause), limit=1, ttl=None, now=NOW)
    assert (done.evicted, done.blobs) == (5, 5)
    assert free == [True] * 7


def test_nothing_is_done_while_somebody_is_at_work(store: Store, tmp_path: Path) -> None:
    fill(store)
    Path(store.folder, "cleaned").unlink()
    with store_at(tmp_path / "cache") as other, other.shared():
        assert gc(store, 1) == Collected(busy=True)
        assert clear(store, None, now=NOW) == Collected(busy=True)
    assert len(keys_in(store)) == 6
    assert "cleaned" not in files_beside(store)


def test_somebody_comes_in_between(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "_BATCH", 2)
    fill(store)
    with store_at(tmp_path / "cache") as other, ExitStack() as coming:
        pauses: list[float] = []

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == 2:
                coming.enter_context(other.shared())

        done = collect(replace(store, pause=pause), limit=1, ttl=None, now=NOW)
    assert (done.busy, done.evicted, done.blobs) == (True, 2, 0)
    assert 1.9 < sum(pauses) < 2.1
    assert incomplete(store) == []
    assert gc(store, 1).blobs == 5


def test_leftovers_go(store: Store) -> None:
    folder = Path(store.folder)
    fill(store, 1)
    (folder / "tmp" / GONE).write_bytes(b"12345")
    (folder / "meta.new-4194305-00").mkdir()
    (folder / "meta.bad-20010909T014640Z").mkdir()
    (folder / "bad").mkdir()
    (folder / "bad" / "record.1").write_bytes(b"1")
    now = time.time()  # noqa: TID251
    done = collect(store, limit=None, ttl=None, now=now)
    assert (done.leftovers, done.leftover_bytes, done.trouble) == (2, 5, [])
    done = collect(store, limit=None, ttl=None, now=now + 8 * 86_400)
    assert (done.leftovers, done.leftover_bytes) == (2, 1)
    assert files_beside(store) == {"key", "gc.lock", "cleaned", "reserve.bin"}


def test_a_content_that_cannot_be_deleted_is_told_and_the_others_go(store: Store) -> None:
    fill(store, 3)
    digest = next(kept.digest for kept in store.blobs if kept.size == 100)
    blob_path(store, digest).unlink()
    blob_path(store, digest).mkdir()
    os.utime(blob_path(store, digest), (OLD, OLD))
    done = clear(store, None, now=NOW)
    assert (done.evicted, done.blobs) == (3, 3)
    assert [each.partition(" cannot")[0] for each in done.trouble] == [f"content {digest[:12]}"]


def test_contents_that_cannot_be_listed_are_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store, 2)
    faulty = FaultyOs(2, errno.EACCES, {"lstat"})
    faulty.install(monkeypatch, blobs)
    done = gc(store, 1)
    assert done.trouble == ["the contents cannot be listed: Permission denied"]
    assert (keys_in(store), incomplete(store)) == (["k1"], [])


def test_records_that_cannot_be_read_keep_everything(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)

    def unreadable(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("wfopt.cache.inventory.unpack", unreadable)
    assert gc(store, 1) == Collected(trouble=["Too many open files"])
    monkeypatch.undo()
    assert len(keys_in(store)) == 6
    assert incomplete(store) == []


def test_a_record_on_a_bad_spot_of_the_disk_goes(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store, 1)

    def unreadable(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("wfopt.cache.inventory.unpack", unreadable)
    assert gc(store).damaged == 1


def full(store: Store, monkeypatch: pytest.MonkeyPatch, until: Callable[[], bool]) -> list[int]:
    """Let deleting fail as on a full disk until something is so; return how many contents there were then."""
    delete = store.records.delete_many
    seen: list[int] = []

    def fails(keys: list[str]) -> None:
        seen.append(len(contents_in(store)))
        if not until():
            raise records.FullError("database or disk is full")
        delete(keys)

    monkeypatch.setattr(store.records, "delete_many", fails)
    return seen


def test_a_full_disk_takes_the_reserve(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    gc(store)
    reserved = Path(store.folder, "reserve.bin")
    full(store, monkeypatch, lambda: not reserved.exists())
    monkeypatch.setattr(collecting, "put_by", lambda _: None)
    done = gc(store, 1)
    assert (done.evicted, done.dropped, done.trouble) == (5, False, [])
    assert not reserved.exists()
    assert incomplete(store) == []


def test_a_disk_that_stays_full_loses_contents_first(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    seen = full(store, monkeypatch, lambda: len(contents_in(store)) < 7)
    done = gc(store, 1)
    assert (done.evicted, done.blobs, done.dropped, done.trouble) == (5, 5, False, [])
    assert seen == [7, 2]
    assert (keys_in(store), incomplete(store)) == (["k5"], [])


def test_a_database_that_cannot_forget_goes_as_a_whole(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    full(store, monkeypatch, lambda: False)
    done = gc(store, 1)
    assert (done.evicted, done.blobs, done.dropped, done.left, done.trouble) == (0, 5, True, 0, [])
    assert keys_in(store) == []
    assert not Path(store.folder, "meta").exists()
    monkeypatch.undo()
    fill(store, 1)
    assert keys_in(store) == ["k0"]


def test_a_full_disk_is_read_without_writing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)

    def fails() -> None:
        raise records.FullError("disk I/O error")

    monkeypatch.setattr(store.records, "keys", fails)
    assert gc(store, 1).evicted == 5


def test_trouble_with_the_records_keeps_their_contents(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)

    def locked(keys: list[str]) -> None:
        raise StoreError("database is locked")

    monkeypatch.setattr(store.records, "delete_many", locked)
    done = gc(store, 1)
    assert (done.evicted, done.blobs, done.dropped, done.trouble) == (0, 0, False, ["database is locked"])
    assert incomplete(store) == []


def test_a_damaged_database_is_an_empty_one(store: Store) -> None:
    fill(store, 2)
    store.records.close()
    Path(store.folder, "meta", "cache.db").write_bytes(b"garbage")
    done = gc(store)
    assert (done.left, done.blobs, done.trouble) == (0, 3, [])


def test_it_is_due_when_too_much_was_added_since(store: Store) -> None:
    fill(store)
    size = sum(each.size for each in store.records.keys()) + 650  # noqa: SIM118

    def is_due_now(added: int, later: float = 0.0) -> bool:
        return is_due(store.folder, added=added, limit=size + 100, now=NOW + later)

    assert gc(store).left_bytes == size
    assert [is_due_now(100), is_due_now(1)] == [False, True]
    gc(store)
    assert [is_due_now(99), is_due_now(1), is_due_now(1, later=90_000)] == [False, False, True]


def test_a_new_store_is_clean(store: Store) -> None:
    assert files_beside(store) == {"key", "cleaned"}
    assert not is_due(store.folder, added=100, limit=100, now=NOW)
    assert is_due(store.folder, added=1, limit=100, now=NOW)


def test_chosen_results_go_with_their_contents_at_once(store: Store) -> None:
    fill(store, 3)
    orphan = store.blobs.add_bytes(b"under way")
    set_added(store, NOW)
    done = clear(store, lambda inventory: inventory.results[:2], now=NOW)
    assert (done.evicted, done.blobs, done.left) == (2, 2, 1)
    assert (keys_in(store), incomplete(store)) == (["k2"], [])
    assert store.blobs.has(orphan)


def test_everything_goes(store: Store) -> None:
    fill(store, 3)
    store.blobs.add_bytes(b"under way")
    store.records.put_many({"odd": b"no record"})
    gc(store)
    Path(store.folder, "bad").mkdir()
    Path(store.folder, "bad", "x").write_bytes(b"1")
    add_result(store, "late", {"x": b"5"})
    done = clear(store, None, now=NOW)
    assert (done.records, done.left, done.left_bytes, done.trouble) == (4, 0, 0, [])
    assert (keys_in(store), contents_in(store)) == ([], [])
    assert files_beside(store) == {"key", "gc.lock", "cleaned"}


def test_everything_goes_even_if_the_records_cannot_be_read(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store, 3)

    def locked() -> None:
        raise StoreError("database is locked")

    monkeypatch.setattr(store.records, "keys", locked)
    done = clear(store, None, now=NOW)
    assert (done.dropped, done.blobs, done.trouble) == (True, 4, [])
    monkeypatch.undo()
    assert (keys_in(store), contents_in(store)) == ([], [])


def test_strange_rows_hinder_nothing(store: Store) -> None:
    fill(store, 2)
    store.records.close()
    change(
        Path(store.folder, "meta", "cache.db"),
        "INSERT INTO Cache (key, raw, mode, filename, value) VALUES ('x', 1, 1, '../../key', x'00')",
    )
    assert gc(store, 1).evicted == 1
    assert "key" in files_beside(store)


FAULTS = (errno.EIO, errno.ENOSPC, errno.EACCES, errno.EMFILE)


@pytest.fixture
def filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Path]:
    """Give a new copy of a filled store at each call."""
    monkeypatch.setattr(reserve, "RESERVE_BYTES", 4096)
    # Nothing waits for the disk.
    monkeypatch.setitem(cast("dict[str, object]", CONNECTION), "synchronous", 0)
    with store_at(tmp_path / "filled") as made:
        fill(made, 3)
        (Path(made.folder) / "tmp" / GONE).touch()
    copies: list[Path] = []

    def copy() -> Path:
        copies.append(tmp_path / f"copy{len(copies)}")
        return shutil.copytree(tmp_path / "filled", copies[-1])

    return copy


def is_cleaned_up(store: Store) -> bool:
    beside = files_beside(store) - {"reserve.bin"}
    return len(contents_in(store)) == 2 * len(keys_in(store)) and beside == {"key", "gc.lock", "cleaned"}


@pytest.mark.slow
@pytest.mark.untraced
@pytest.mark.parametrize("number", FAULTS)
@pytest.mark.parametrize(
    "act",
    [lambda store: gc(store, 1), lambda store: clear(store, None, now=NOW)],
    ids=["collect", "clear"],
)
def test_a_fault_at_any_call(
    filled: Callable[[], Path], number: int, act: Callable[[Store], Collected]
) -> None:
    troubles = 0
    # Every third call; which ones differs from fault to fault.
    for call in range(1 + number % 3, 400, 3):
        faulty = FaultyOs(call, number)
        with store_at(filled()) as store:
            with pytest.MonkeyPatch.context() as patch:
                faulty.install(patch, *USING_OS)
                done = act(store)
            troubles += bool(done.trouble)
            assert incomplete(store) == []
            assert act(store).trouble == []
            assert keys_in(store) in (["k2"], [])
            assert is_cleaned_up(store)
        if not faulty.failed:
            assert troubles > 3
            return
    raise AssertionError("it never ended")


@pytest.mark.slow
def test_a_death_at_any_call_leaves_a_sound_store(filled: Callable[[], Path]) -> None:
    places = [filled() for _ in range(160)]
    said = subprocess.run(
        [sys.executable, "-m", dying_collector.__name__, *map(str, places)],
        cwd=ROOT,
        env=clean_environ(),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    deaths = said.stdout.split().count(str(dying_collector.DEAD))
    assert 80 < deaths < 160
    for place in places[: deaths + 1]:
        with store_at(place) as store:
            assert incomplete(store) == []
            assert gc(store, 1).trouble == []
            assert keys_in(store) == ["k2"]
            assert is_cleaned_up(store)
