"""Which result each step had last: noted, read again, damaged, written anew."""

import os
from pathlib import Path

import pytest

from wfopt.cache import last as module
from wfopt.cache.last import Last, LastResults

KEY, OTHER = "k" * 20, "o" * 20


def last_at(folder: Path, workflow: str = "w.yml", *, read_only: bool = False) -> LastResults:
    return LastResults(str(folder / "last"), workflow, read_only=read_only)


def noted(folder: Path, *notes: tuple[str, str], workflow: str = "w.yml") -> None:
    last = last_at(folder, workflow)
    for step, key in notes:
        last.note(step, key, 100.9)
    last.close()


def test_the_last_note_counts(tmp_path: Path) -> None:
    noted(tmp_path, ("a", OTHER), ("a", KEY), ("b", OTHER))
    last = last_at(tmp_path)
    assert last.of("a") == Last(KEY, 100)
    assert last.of("b") == Last(OTHER, 100)
    assert last.of("c") is None


def test_notes_count_at_once_and_survive_a_kill(tmp_path: Path) -> None:
    last = last_at(tmp_path)
    last.note("a", KEY, 1.0)
    assert last.of("a") == Last(KEY, 1)
    assert last_at(tmp_path).of("a") == Last(KEY, 1)
    last.close()


def test_what_was_forgotten_is_gone(tmp_path: Path) -> None:
    last = last_at(tmp_path)
    last.note("a", KEY, 1.0)
    last.forget("a")
    assert last.of("a") is None
    last.close()
    assert last_at(tmp_path).of("a") is None


@pytest.mark.parametrize(("moment", "kept"), [(-5.0, 0), (1e12, 0xFFFFFFFF)])
def test_impossible_times_are_cut(tmp_path: Path, moment: float, kept: int) -> None:
    last = last_at(tmp_path)
    last.note("a", KEY, moment)
    last.close()
    assert last_at(tmp_path).of("a") == Last(KEY, kept)


def test_workflows_share_the_file_and_not_the_steps(tmp_path: Path) -> None:
    noted(tmp_path, ("a", KEY))
    noted(tmp_path, ("a", OTHER), workflow="v.yml")
    assert last_at(tmp_path).of("a") == Last(KEY, 100)
    assert last_at(tmp_path, "v.yml").of("a") == Last(OTHER, 100)


def test_a_read_only_run_notes_nothing(tmp_path: Path) -> None:
    last = last_at(tmp_path, read_only=True)
    last.note("a", KEY, 1.0)
    last.forget("a")
    last.close()
    assert os.listdir(tmp_path) == []


def test_every_truncation_keeps_the_lines_before(tmp_path: Path) -> None:
    noted(tmp_path, ("a", KEY), ("b", KEY))
    path = tmp_path / "last"
    whole = path.read_bytes()
    for size in range(len(whole) + 1):
        path.write_bytes(whole[:size])
        last = last_at(tmp_path)
        assert last.of("b") == (Last(KEY, 100) if size == len(whole) else None)
        assert (last.of("a") is not None) is (size >= len(whole) / 2)
    path.write_bytes(whole[:-1])
    noted(tmp_path, ("c", KEY))
    assert [last_at(tmp_path).of(step) is not None for step in "abc"] == [True, False, True]


def test_a_flipped_byte_costs_its_line_only(tmp_path: Path) -> None:
    noted(tmp_path, ("a", KEY), ("b", KEY))
    path = tmp_path / "last"
    whole = path.read_bytes()
    for place in range(len(whole) // 2, len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x81]) + whole[place + 1 :])
        last = last_at(tmp_path)
        assert last.of("a") == Last(KEY, 100)
        assert last.of("b") is None


def test_rows_are_found_behind_anything_else(tmp_path: Path) -> None:
    noted(tmp_path, ("a", KEY))
    path = tmp_path / "last"
    row = path.read_bytes()
    for noise in (b"x", b"\n" * 50, bytes(range(256)), bytes(200), row[1:], row[:-1]):
        path.write_bytes(noise + row + noise)
        assert last_at(tmp_path).of("a") == Last(KEY, 100)


def test_rows_are_found_behind_much_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MUCH_DAMAGE", 10)
    noted(tmp_path, ("a", KEY), ("b", OTHER))
    path = tmp_path / "last"
    rows = path.read_bytes()
    for length in range(1, 100):
        path.write_bytes(b"x" * length + rows)
        last = last_at(tmp_path)
        assert (last.of("a"), last.of("b")) == (Last(KEY, 100), Last(OTHER, 100))


def make_folder(path: Path) -> None:
    path.mkdir()


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_link(path: Path) -> None:
    path.symlink_to("elsewhere")


@pytest.mark.parametrize("make", [make_folder, make_pipe, make_link])
def test_what_is_no_file_is_read_as_nothing(tmp_path: Path, make: object) -> None:
    assert callable(make)
    noted(tmp_path, ("a", KEY))
    (tmp_path / "last").rename(tmp_path / "elsewhere")
    make(tmp_path / "last")
    assert last_at(tmp_path).of("a") is None


def test_what_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "last").symlink_to("elsewhere")
    last = last_at(tmp_path)
    with pytest.raises(OSError, match="symbolic links"):
        last.note("a", KEY, 1.0)
    assert last.of("a") is None


def make_second_name(path: Path) -> None:
    path.write_text("mine")
    os.link(path, path.parent / "mine")


@pytest.mark.parametrize("make", [make_pipe, make_second_name])
def test_what_is_no_file_of_its_own_is_replaced(tmp_path: Path, make: object) -> None:
    assert callable(make)
    make(tmp_path / "last")
    noted(tmp_path, ("a", KEY))
    assert last_at(tmp_path).of("a") == Last(KEY, 100)
    if (tmp_path / "mine").exists():
        assert (tmp_path / "mine").read_text() == "mine"


def test_a_file_of_outdated_lines_is_written_anew(tmp_path: Path) -> None:
    last = last_at(tmp_path)
    for number in range(150):
        last.note("a", KEY if number % 2 else OTHER, number)
    last.forget("b")
    grown = (tmp_path / "last").stat().st_size
    last.close()
    assert (tmp_path / "last").stat().st_size < grown / 100
    assert os.listdir(tmp_path) == ["last"]
    assert last_at(tmp_path).of("a") == Last(KEY, 149)
    last.close()


def test_what_others_noted_meanwhile_stays_when_it_is_written_anew(tmp_path: Path) -> None:
    last = last_at(tmp_path)
    for number in range(150):
        last.note("a", KEY, number)
    noted(tmp_path, ("a", OTHER), workflow="v.yml")
    last.close()
    assert last_at(tmp_path, "v.yml").of("a") == Last(OTHER, 100)


def test_nothing_is_left_beside_it_when_it_cannot_be_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = last_at(tmp_path)
    for number in range(150):
        last.note("a", KEY, number)

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="space"):
        last.close()
    assert os.listdir(tmp_path) == ["last"]
    assert last_at(tmp_path).of("a") == Last(KEY, 149)
