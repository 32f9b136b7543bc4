"""The store as a whole: its folder, its key and its lock."""

import errno
import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.cache_stores import add_result, store_at
from tests.support.faults import FaultyOs, error_number
from tests.support.record_files import tree
from wfopt.cache import store as module
from wfopt.cache.store import Store, open_cache
from wfopt.cache.trust import StoreRefusedError

KEEPER = """
import fcntl, sys
file = open(sys.argv[1], "rb")
fcntl.flock(file, fcntl.LOCK_EX if sys.argv[2] == "alone" else fcntl.LOCK_SH)
print("locked", flush=True)
sys.stdin.read()
"""


def test_a_new_store_is_private(tmp_path: Path) -> None:
    with store_at(tmp_path / "state" / "cache") as store:
        assert store.folder == str(tmp_path / "state/cache/v1")
        assert len(store.key) == 32
        assert (store.records.get_many(["a"]), list(store.blobs), store.read_only) == ({}, [], False)
    folder = tmp_path / "state" / "cache"
    assert [path.stat().st_mode & 0o777 for path in (folder, folder / "v1")] == [0o700, 0o700]
    assert sorted(os.listdir(folder / "v1")) == ["cleaned", "key"]
    assert (folder / "v1" / "key").stat().st_mode & 0o777 == 0o600


def test_the_key_stays(tmp_path: Path) -> None:
    keys = {store_at(tmp_path / "cache", read_only=bool(number)).key for number in range(3)}
    assert len(keys) == 1
    assert store_at(tmp_path / "other").key not in keys


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_damaged_key_is_replaced(tmp_path: Path, content: bytes) -> None:
    store_at(tmp_path).close()
    (tmp_path / "v1/key").write_bytes(content)
    assert store_at(tmp_path, read_only=True).key != content
    assert (tmp_path / "v1/key").read_bytes() == content
    key = store_at(tmp_path).key
    assert (tmp_path / "v1/key").read_bytes() == key
    assert sorted(os.listdir(tmp_path / "v1")) == ["cleaned", "key"]


def test_the_first_of_two_keys_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(_source: str, target: str, **options: int) -> None:
        monkeypatch.undo()
        (tmp_path / "v1" / target).write_bytes(b"k" * 32)
        raise FileExistsError(errno.EEXIST, "exists")

    monkeypatch.setattr(os, "link", link)
    assert store_at(tmp_path).key == b"k" * 32
    assert sorted(os.listdir(tmp_path / "v1")) == ["cleaned", "key"]


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: os.open(path, os.O_CREAT, 0o644)])
def test_something_else_in_place_of_the_key(tmp_path: Path, make: Callable[[Path], object]) -> None:
    store_at(tmp_path).close()
    (tmp_path / "v1/key").unlink()
    make(tmp_path / "v1/key")
    with pytest.raises(StoreRefusedError, match="no private file"):
        store_at(tmp_path)


def test_a_link_in_place_of_the_key_is_not_followed(tmp_path: Path) -> None:
    store_at(tmp_path / "cache").close()
    key = tmp_path / "cache/v1/key"
    key.rename(tmp_path / "elsewhere")
    key.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        store_at(tmp_path / "cache")


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("part", ["cache", "cache/v1"])
def test_a_folder_that_others_may_write_to_is_refused(tmp_path: Path, part: str, read_only: bool) -> None:
    store_at(tmp_path / "cache").close()
    (tmp_path / part).chmod(0o770)
    with pytest.raises(StoreRefusedError, match="others may write"):
        store_at(tmp_path / "cache", read_only=read_only)


def test_a_link_to_a_store_is_refused(tmp_path: Path) -> None:
    store_at(tmp_path / "cache").close()
    (tmp_path / "link").symlink_to("cache")
    with pytest.raises(StoreRefusedError, match="is a link"):
        store_at(tmp_path / "link")


def test_reading_only_makes_nothing(tmp_path: Path) -> None:
    assert open_cache(str(tmp_path / "cache"), wall=float, read_only=True) is None
    assert os.listdir(tmp_path) == []


def test_reading_only_changes_nothing(tmp_path: Path) -> None:
    with store_at(tmp_path) as store:
        blob = store.blobs.add_bytes(b"content")
        add_result(store, "a", {"x": b"1"})
    path = tmp_path / "v1/cas" / blob.digest[:2] / blob.digest[2:]
    path.chmod(0o600)
    path.write_bytes(b"CONTENT")
    before = tree(tmp_path)
    with store_at(tmp_path, read_only=True) as store:
        with store.shared(), store.blobs.open_verified(blob) as fd:
            assert fd is None
        with store.alone() as alone:
            assert not alone
        assert list(store.records.get_many(["a"])) == ["a"]
    assert tree(tmp_path) == before


def hold(store: Store, how: str) -> subprocess.Popen[str]:
    with store.shared():
        pass
    keeper = subprocess.Popen(
        [sys.executable, "-c", KEEPER, f"{store.folder}/gc.lock", how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert keeper.stdout is not None
    assert keeper.stdout.readline() == "locked\n"
    return keeper


def test_the_lock_is_shared_or_held_alone(tmp_path: Path) -> None:
    with store_at(tmp_path) as store, store_at(tmp_path) as other:
        with store.shared(), other.shared(), other.alone() as alone:
            assert not alone
        with store.alone() as alone, other.alone() as too:
            assert (alone, too) == (True, False)
        with other.alone() as alone:
            assert alone


@pytest.mark.slow
def test_nobody_waits_for_ever(tmp_path: Path) -> None:
    pauses: list[float] = []
    with store_at(tmp_path) as opened:
        store = replace(opened, pause=pauses.append)
        keeper = hold(store, "alone")
        with pytest.raises(TimeoutError, match="cleans the cache up"), store.shared():
            pass
        assert 9 < sum(pauses) <= 10
        with store.alone(0.05) as alone:
            assert not alone
        assert 9 < sum(pauses) <= 10.06
        keeper.communicate()
        with store.shared():
            pass


@pytest.mark.slow
def test_who_waits_gets_in_when_the_lock_is_free(tmp_path: Path) -> None:
    with store_at(tmp_path) as opened:
        keeper = hold(opened, "shared")

        def pause(_seconds: float) -> None:
            keeper.communicate()

        with replace(opened, pause=pause).alone(1.0) as alone:
            assert alone


def test_the_lock_goes_on_errors(tmp_path: Path) -> None:
    with store_at(tmp_path) as store:
        with pytest.raises(ZeroDivisionError), store.alone():
            raise ZeroDivisionError
        with store.alone() as alone:
            assert alone


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC, errno.EMFILE])
def test_a_fault_at_any_call_of_opening(tmp_path: Path, number: int) -> None:
    for call in range(1, 40):
        folder = tmp_path / str(call)
        faulty = FaultyOs(call, number)
        with pytest.MonkeyPatch.context() as patch:
            faulty.install(patch, module)
            error = error_number(lambda: store_at(folder).close())  # noqa: B023 - called at once
        assert error in ((number, 0) if faulty.failed else (0,))
        store = store_at(folder)
        assert set(os.listdir(folder / "v1")) - {"cleaned"} == {"key"}
        store.close()
        if not faulty.failed:
            return
    raise AssertionError("it never ended")


def test_a_lock_that_cannot_be_had_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_lock(fd: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_lock)
    with store_at(tmp_path) as store, pytest.raises(OSError, match="No locks"), store.shared():
        pass


def test_a_store_that_vanishes_cannot_be_locked(tmp_path: Path) -> None:
    with store_at(tmp_path / "cache") as store:
        (tmp_path / "cache").rename(tmp_path / "gone")
        with pytest.raises(FileNotFoundError), store.shared():
            pass
