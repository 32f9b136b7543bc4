"""The memo of hashes: when it learns, when it answers, what a damaged one is worth."""

import errno
import os
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfopt.cache import memo as module
from wfopt.cache.memo import SETTLED_NS, Content, Memo, from_bytes, load, packed_of, save, to_bytes

OLD = Content("ab" * 32, mentions_wfopt=False)
NEW = Content("cd" * 32, mentions_wfopt=True)
LATER = 10**18


def look(
    *, dev: int = 1, ino: int = 2, size: int = 3, mtime_ns: int = 4, ctime_ns: int = 5
) -> os.stat_result:
    """Return how a file looks."""
    shown = (0o100644, ino, dev, 1, 0, 0, size, 0, 0, 0)
    return os.stat_result(shown, {"st_mtime_ns": mtime_ns, "st_ctime_ns": ctime_ns})


def filled(count: int) -> Memo:
    memo = Memo()
    for number in range(count):
        memo.put(look(ino=number), OLD, LATER)
    return memo


def test_it_answers_for_the_same_look() -> None:
    memo = Memo()
    assert memo.get(look(), LATER) is None
    memo.put(look(), NEW, LATER)
    assert memo.get(look(), LATER) == NEW
    assert memo.grown


@pytest.mark.parametrize("field", ["dev", "ino", "size", "mtime_ns", "ctime_ns"])
def test_any_difference_makes_another_file(field: str) -> None:
    memo = Memo()
    memo.put(look(), OLD, LATER)
    assert memo.get(look(**{field: 77}), LATER) is None


@pytest.mark.parametrize(
    ("mtime_ns", "ctime_ns", "learns"),
    [
        (LATER - SETTLED_NS - 1, 0, True),
        (LATER - SETTLED_NS, 0, False),
        (0, LATER - SETTLED_NS - 1, True),
        (0, LATER - SETTLED_NS, False),
        (LATER + 5, 0, False),
        (0, LATER + 5, False),
    ],
)
def test_it_learns_only_about_files_that_were_left_alone(mtime_ns: int, ctime_ns: int, learns: bool) -> None:
    memo, found = Memo(), look(mtime_ns=mtime_ns, ctime_ns=ctime_ns)
    memo.put(found, OLD, LATER)
    assert (memo.get(found, LATER) is not None) is learns
    assert memo.grown is learns


def test_a_look_that_cannot_be_written_down_is_never_known() -> None:
    memo, found = Memo(), look(mtime_ns=-(2**63) - 1)
    assert packed_of(found) is None
    memo.put(found, OLD, LATER)
    assert memo.get(found, LATER) is None
    assert not memo.grown


def test_a_stored_memo_answers_as_before(tmp_path: Path) -> None:
    path = str(tmp_path / "memo")
    memo = Memo()
    memo.put(look(ino=1), OLD, LATER)
    memo.put(look(ino=2), NEW, LATER)
    assert save(memo, path)
    assert os.listdir(tmp_path) == ["memo"]
    assert os.stat(path).st_mode & 0o777 == 0o600
    again = load(path)
    assert [again.get(look(ino=number), LATER) for number in (1, 2, 3)] == [OLD, NEW, None]
    assert not again.grown


def test_nothing_new_is_not_written(tmp_path: Path) -> None:
    assert save(Memo(), str(tmp_path / "memo"))
    assert os.listdir(tmp_path) == []


def test_every_damage_makes_an_empty_memo() -> None:
    data = to_bytes(filled(3))
    assert len(from_bytes(data).known) == 3
    for place in range(len(data)):
        damaged = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        assert from_bytes(damaged) == Memo()
        assert from_bytes(data[:place]) == Memo()
    assert from_bytes(data + b"\0") == Memo()


@settings(max_examples=50)
@given(st.binary(max_size=200))
def test_anything_else_makes_an_empty_memo(data: bytes) -> None:
    assert from_bytes(data) == Memo()


def test_a_sealed_memo_with_half_an_entry_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    data = to_bytes(filled(2))
    monkeypatch.setattr(module, "_ENTRY", struct.Struct("12s37s"))
    assert from_bytes(data) == Memo()


def test_a_memo_with_too_many_entries_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    data = to_bytes(filled(3))
    monkeypatch.setattr(module, "MOST_FILES", 2)
    assert from_bytes(data) == Memo()


def test_a_memo_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "memo"
    path.write_bytes(to_bytes(filled(3)))
    monkeypatch.setattr(module, "MOST_FILES", 2)
    assert load(str(path)) == Memo()


def test_what_was_used_last_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_FILES", 3)
    memo = Memo(from_bytes(to_bytes(filled(3))).known)
    memo.get(look(ino=0), LATER)
    memo.put(look(ino=9), NEW, LATER)
    again = from_bytes(to_bytes(memo))
    # The oldest that nobody asked for goes.
    kept = [number for number in (0, 1, 2, 9) if again.get(look(ino=number), LATER) is not None]
    assert kept == [0, 2, 9]


def test_what_is_not_used_does_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FEWEST_IDLE", 2)
    memo = Memo(from_bytes(to_bytes(filled(10))).known)
    memo.put(look(ino=99), NEW, LATER)
    again = from_bytes(to_bytes(memo))
    assert len(again.known) == 3
    assert again.get(look(ino=9), LATER) == OLD


def test_a_memo_that_is_no_file_is_empty(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.write_bytes(to_bytes(filled(1)))
    (tmp_path / "link").symlink_to(real)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    assert len(load(str(real)).known) == 1
    for name in ("missing", "link", "pipe", "folder"):
        assert load(str(tmp_path / name)) == Memo(), name


def test_a_memo_that_cannot_be_read_is_empty() -> None:
    # It can be opened, but nothing is at its beginning.
    assert load("/proc/self/mem") == Memo()


def test_a_memo_that_cannot_be_written_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not save(filled(1), str(tmp_path / "missing" / "memo"))
    save(filled(1), str(tmp_path / "memo"))

    def full(source: str, target: str) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "replace", full)
    assert not save(filled(2), str(tmp_path / "memo"))
    assert os.listdir(tmp_path) == ["memo"]
    assert len(load(str(tmp_path / "memo")).known) == 1
