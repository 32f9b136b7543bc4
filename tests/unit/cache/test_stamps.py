"""Stamps: a step that was up to date still is, unless anything that could matter is different."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.builders import step
from wfopt.cache import stamps as module
from wfopt.cache.entry import Entry, Log
from wfopt.cache.memo import Content, Memo
from wfopt.cache.stamps import Stamps
from wfopt.model.expressions import Template
from wfopt.model.patterns import PathPattern
from wfopt.model.workflow import CacheExtra, CacheRule, Step

KEY, OTHER = "k" * 20, "o" * 20
BASIS = b"basis" * 6
LATER = 2**62
SOME = Content("ab" * 32, mentions_wfopt=False)
IN, OUT = PathPattern("src/in"), PathPattern("out")
MADE = step("a", inputs=(IN,), outputs=(OUT,))


def entry(key: str = KEY, **changes: Any) -> Entry:
    return Entry(key=key, workflow="wfopt.yml", step="a", created_at=7, wall_s=1.5, **changes)


class Place:
    """A workspace with settled files, and the stamps of its runs."""

    def __init__(self, folder: Path) -> None:
        self.work = folder / "work"
        self.path = folder / "stamps"
        self.memo = Memo()
        (self.work / "src").mkdir(parents=True)
        self.write("src/in", "1")
        self.write("out", "2")

    def write(self, name: str, content: str) -> None:
        (self.work / name).write_text(content)
        self.settle(name)

    def settle(self, name: str) -> None:
        self.memo.put(os.lstat(self.work / name), SOME, LATER)

    def stamps(self, basis: bytes = BASIS) -> Stamps:
        return Stamps(str(self.path), str(self.work), basis, self.memo)

    def note(self, *steps: Step, key: str = KEY, basis: bytes = BASIS) -> None:
        stamps = self.stamps(basis)
        for each in steps:
            stamps.note(each, entry(key))
        stamps.save()

    def is_current(self, made: Step = MADE, key: str = KEY, basis: bytes = BASIS) -> bool:
        return self.stamps(basis).find(made, key) is not None


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_what_was_noted_is_current(place: Place) -> None:
    assert not place.is_current()
    place.note(MADE)
    assert place.is_current()


def test_a_note_counts_at_once_and_the_last_one_alone(place: Place) -> None:
    stamps = place.stamps()
    stamps.note(MADE, entry(OTHER))
    stamps.note(MADE, entry(KEY))
    assert stamps.find(MADE, KEY)
    assert not stamps.find(MADE, OTHER)
    stamps.save()
    assert place.is_current()
    assert not place.is_current(key=OTHER)


def test_a_step_without_files_is_current(place: Place) -> None:
    nothing = step("a", inputs=(), outputs=())
    place.note(nothing)
    assert place.is_current(nothing)


def test_it_is_small(place: Place) -> None:
    place.note(*(step(f"{number}", inputs=(IN,), outputs=(OUT,)) for number in range(100)))
    assert place.path.stat().st_size <= 100 * 24 + 62


def rewritten(place: Place, name: str) -> None:
    place.write(name, "something longer")


def same_size(place: Place, name: str) -> None:
    before = os.lstat(place.work / name)
    (place.work / name).write_text("x")
    os.utime(place.work / name, ns=(before.st_atime_ns, before.st_mtime_ns))
    place.settle(name)


def touched(place: Place, name: str) -> None:
    os.utime(place.work / name, ns=(5, 5))
    place.settle(name)


def another_file(place: Place, name: str) -> None:
    before = os.lstat(place.work / name)
    other = place.work / "other"
    other.write_bytes((place.work / name).read_bytes())
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.rename(place.work / name)
    place.settle(name)


def other_mode(place: Place, name: str) -> None:
    (place.work / name).chmod(0o755)
    place.settle(name)


def missing(place: Place, name: str) -> None:
    (place.work / name).unlink()


def linked(place: Place, name: str) -> None:
    path = place.work / name
    path.rename(place.work / "elsewhere")
    path.symlink_to(place.work / "elsewhere")
    place.settle(name)
    place.settle("elsewhere")


def folder(place: Place, name: str) -> None:
    (place.work / name).unlink()
    (place.work / name).mkdir()
    place.settle(name)


CHANGES = (
    *(rewritten, same_size, touched, another_file, other_mode),
    *(missing, linked, folder),
)


@pytest.mark.parametrize("name", ["src/in", "out"])
@pytest.mark.parametrize("change", CHANGES)
def test_any_change_of_a_file_is_seen(place: Place, change: Callable[[Place, str], None], name: str) -> None:
    place.note(MADE)
    change(place, name)
    assert not place.is_current()


def test_files_that_change_places_are_seen(place: Place) -> None:
    place.write("src/in2", "3")
    two = step("a", inputs=(IN, PathPattern("src/in2")), outputs=(OUT,))
    place.note(two)
    assert place.is_current(two)
    work = place.work
    (work / "src/in").rename(work / "x")
    (work / "src/in2").rename(work / "src/in")
    (work / "x").rename(work / "src/in2")
    place.settle("src/in")
    place.settle("src/in2")
    assert not place.is_current(two)


def test_another_key_is_another_stamp(place: Place) -> None:
    place.note(MADE)
    assert not place.is_current(key=OTHER)
    assert not place.is_current(key="")


def test_another_basis_is_another_stamp(place: Place) -> None:
    place.note(MADE)
    assert not place.is_current(basis=b"other" * 6)
    assert place.is_current()


def test_the_basis_is_part_of_the_stamp_and_not_of_its_name_alone(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stamps, "_name", lambda *_: b"a name")
    place.note(MADE)
    assert place.is_current()
    assert not place.is_current(basis=b"other" * 6)
    assert not place.is_current(replace(MADE, id=step("b").id))


def test_without_a_basis_there_are_no_stamps(place: Place) -> None:
    place.note(MADE, basis=b"")
    assert not place.path.exists()
    place.note(MADE)
    assert not place.is_current(basis=b"")


ODD: list[dict[str, Any]] = [
    {"inputs": (PathPattern("src/*"),)},
    {"inputs": (PathPattern("src/i?"),)},
    {"inputs": (PathPattern("src/[i]n"),)},
    {"inputs": (IN, PathPattern("out", negated=True))},
    {"inputs": (PathPattern("src"),)},
    {"inputs": (PathPattern("src", directory=True),)},
    {"inputs": (PathPattern("link"),)},
    {"inputs": (PathPattern("pipe"),)},
    {"inputs": (PathPattern("gone", optional=True),)},
    {"outputs": (PathPattern("o*"),)},
    {"outputs": (OUT, PathPattern("src/in", negated=True))},
    {"outputs": (PathPattern("src", directory=True),)},
    {"outputs": (PathPattern("link"),)},
    {"outputs": (PathPattern("gone", optional=True),)},
    {"references": frozenset({"needs.x.outputs.y"})},
    {"references": frozenset({"params.a", "failed.step"})},
    *({"cache": CacheRule(extras=((kind, Template.plain("x")),))} for kind in CacheExtra),
]


@pytest.mark.parametrize("changed", ODD)
def test_steps_that_are_not_plain_have_no_stamp(place: Place, changed: dict[str, Any]) -> None:
    (place.work / "link").symlink_to("out")
    os.mkfifo(place.work / "pipe")
    for name in ("src", "link", "pipe"):
        place.settle(name)
    for name in ("src/*", "src/i?", "src/[i]n", "o*"):
        place.write(name, "a file that is called so")
    odd = replace(MADE, **changed)
    place.note(odd)
    assert not place.path.exists()
    # Nor does that of a plain step of the same name count for it.
    place.note(MADE)
    assert not place.is_current(odd)


def test_references_that_are_known_at_once_do_no_harm(place: Place) -> None:
    plain = replace(MADE, references=frozenset({"params.a", "matrix.b", "needless"}))
    place.note(plain)
    assert place.is_current(plain)


def test_every_damage_makes_no_stamps(place: Place) -> None:
    place.note(MADE)
    whole = place.path.read_bytes()
    for at in range(len(whole)):
        place.path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert not place.is_current()
        place.path.write_bytes(whole[:at])
        assert not place.is_current()
    place.path.write_bytes(whole)
    assert place.is_current()


def test_stamps_of_others_stay(place: Place) -> None:
    place.note(MADE)
    place.note(MADE, basis=b"other" * 6)
    place.note(replace(MADE, id=step("b").id))
    assert place.is_current()
    assert place.is_current(basis=b"other" * 6)


@pytest.mark.parametrize("name", ["src/in", "out"])
def test_only_what_is_settled_is_noted(place: Place, name: str) -> None:
    place.memo.used.clear()
    place.settle("out" if name == "src/in" else "src/in")
    place.note(MADE)
    assert not place.path.exists()


STATE, LATER_STATE = b"records at 1", b"records at 2"


def told(place: Place, records: bytes, made: Step = MADE) -> tuple[float, float | None] | None:
    found = Stamps(str(place.path), str(place.work), BASIS, place.memo, records).find(made, KEY)
    return None if found is None else tuple(found)


def noted(place: Place, records: bytes, **changes: Any) -> None:
    stamps = place.stamps()
    stamps.note(MADE, entry(**changes))
    stamps.save(records)


def test_what_a_run_tells_of_a_result_is_kept(place: Place) -> None:
    noted(place, STATE)
    assert told(place, STATE) == (7, 1.5)


@pytest.mark.parametrize(("saved", "found"), [(STATE, LATER_STATE), (STATE, b""), (b"", STATE), (b"", b"")])
def test_it_counts_only_while_the_records_stay_as_they_were(place: Place, saved: bytes, found: bytes) -> None:
    noted(place, saved)
    assert told(place, found) == (0, None)


@pytest.mark.parametrize(
    "more", [{"log": Log(text=b"x")}, {"log": Log(digest="ab" * 32, size=9)}, {"captured": {"a": "b"}}]
)
def test_of_a_result_with_more_to_tell_the_record_is_asked(place: Place, more: dict[str, Any]) -> None:
    noted(place, STATE, **more)
    assert told(place, STATE) == (0, None)


def test_times_that_do_not_fit_are_not_kept(place: Place) -> None:
    stamps = place.stamps()
    stamps.note(MADE, replace(entry(), wall_s=(2**32 - 1) / 1000))
    stamps.save(STATE)
    assert told(place, STATE) == (0, None)


def test_what_was_asked_is_kept_for_the_state_at_the_end(place: Place) -> None:
    other = replace(MADE, id=step("b").id)
    stamps = place.stamps()
    stamps.note(MADE, entry())
    stamps.note(other, entry())
    stamps.save(STATE)
    later = Stamps(str(place.path), str(place.work), BASIS, place.memo, LATER_STATE)
    later.complete(MADE, entry())
    later.save(LATER_STATE)
    assert told(place, LATER_STATE) == (7, 1.5)
    # Nobody knows whether the other one's record is still there.
    assert told(place, LATER_STATE, other) == (0, None)


def test_what_a_run_adds_to_the_records_leaves_the_others_known(place: Place) -> None:
    noted(place, STATE)
    Stamps(str(place.path), str(place.work), BASIS, place.memo, STATE).save(LATER_STATE)
    assert told(place, LATER_STATE) == (7, 1.5)
    assert told(place, STATE) == (0, None)


def test_the_memo_is_told_of_what_was_found_without_it(place: Place) -> None:
    place.note(MADE)
    later = Memo(dict(place.memo.used))
    stamps = Stamps(str(place.path), str(place.work), BASIS, later)
    assert stamps.find(MADE, KEY)
    assert later.used == {}
    stamps.keep_memo()
    assert later.used == later.known


def test_without_a_new_stamp_nothing_is_written(place: Place) -> None:
    place.note(MADE)
    before = os.lstat(place.path)
    stamps = place.stamps()
    assert stamps.find(MADE, KEY)
    stamps.save()
    assert os.lstat(place.path).st_ino == before.st_ino


def test_the_newest_are_kept(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = [replace(MADE, id=step(f"{number}").id) for number in range(3)]
    monkeypatch.setattr(module, "_MOST", 2)
    place.note(*steps)
    assert [place.is_current(each) for each in steps] == [False, True, True]


def test_stamps_that_cannot_be_written_are_an_error(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.note(MADE)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        place.note(MADE, key=OTHER)
    assert place.is_current()
