"""Results go into the store, unless something is wrong with them."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.cache_stores import contents_in, keys_in
from tests.support.reusing import RESOLVED, Desk, making
from wfopt.cache.entry import LATEST_S, LONGEST_S, Entry, Kind
from wfopt.cache.intake import UnstorableError
from wfopt.cache.lookup import Lookup, Ticket
from wfopt.cache.packing import unpack
from wfopt.cache.parts import unpacked
from wfopt.cache.publish import changed_meanwhile, publish
from wfopt.model.workflow import AUTO_CACHE, Step

MADE = making("out", "in")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    desk.write("in", "1")
    desk.write("out", "made")
    yield desk
    desk.close()


def ticket_of(lookup: Lookup, step: Step = MADE) -> Ticket:
    looked = lookup.look(step, RESOLVED, dict)
    assert looked.ticket is not None
    return looked.ticket


def kept(lookup: Lookup) -> Entry:
    (key,) = keys_in(lookup.store)
    entry = unpack(key, lookup.store.records.get_many([key])[key], lookup.store.blobs)
    assert entry is not None
    return entry


def test_everything_about_a_result_is_kept(desk: Desk) -> None:
    lookup = desk.lookup()
    ticket = ticket_of(lookup)
    size = publish(MADE, ticket, desk.done(b"said", version="3.10"), desk.publisher(lookup))
    entry = kept(lookup)
    assert (entry.key, entry.workflow, entry.step) == (ticket.key, "wfopt.yml", "a")
    assert entry.wall_s == 2.0
    assert (entry.created_at, entry.log.text, entry.captured) == (1.7e9, b"said", {"version": "3.10"})
    assert [(item.path, item.kind) for item in entry.outputs] == [("out", Kind.FILE)]
    parts = unpacked(entry.parts)
    assert parts is not None
    assert "input in" in parts
    assert contents_in(lookup.store) == [b"made"]
    assert size > len(b"made")


@pytest.mark.parametrize("size", [0, 1, 512, 513, 100_000])
def test_logs_of_any_length_are_kept_from_memory_and_from_files(desk: Desk, size: int) -> None:
    lookup, log = desk.lookup(), b"x" * size
    path = desk.write("log", log.decode())
    for given in (log, str(path)):
        publish(MADE, ticket_of(lookup), desk.done(given), desk.publisher(lookup))
        entry = kept(lookup)
        assert entry.log.text == log or log in contents_in(lookup.store)
        assert entry.log.size in (0, size)
        if size == 0:
            assert not entry.log.digest


@pytest.mark.parametrize(
    ("ended_at", "created_at"), [(-5.0, 0), (0.9, 0), (1.7e9 + 0.999, 1_700_000_000), (1e18, LATEST_S)]
)
@pytest.mark.parametrize(("ran_s", "wall_s"), [(0.0, 0), (0.0123456, 0.012), (1e9, LONGEST_S)])
def test_times_are_kept_in_their_range(
    desk: Desk, ended_at: float, created_at: int, ran_s: float, wall_s: float
) -> None:
    lookup = desk.lookup()
    done = replace(desk.done(), ended_at=ended_at, wall_s=ran_s)
    publish(MADE, ticket_of(lookup), done, desk.publisher(lookup))
    assert (kept(lookup).created_at, kept(lookup).wall_s) == (created_at, wall_s)


def test_without_restoring_nothing_is_copied(desk: Desk) -> None:
    lookup = desk.lookup()
    step = replace(MADE, cache=replace(AUTO_CACHE, restore=False))
    publish(step, ticket_of(lookup, step), desk.done(), desk.publisher(lookup))
    assert contents_in(lookup.store) == []
    assert [item.kind for item in kept(lookup).outputs] == [Kind.TRACKED]


def test_what_cannot_be_kept_leaves_no_record(desk: Desk) -> None:
    lookup = desk.lookup()
    ticket = ticket_of(lookup)
    with pytest.raises(UnstorableError, match="larger than the cache may be"):
        publish(MADE, ticket, desk.done(), desk.publisher(lookup, largest=3))
    (desk.work / "out").unlink()
    with pytest.raises(UnstorableError, match="`out` does not exist"):
        publish(MADE, ticket, desk.done(), desk.publisher(lookup))
    assert keys_in(lookup.store) == []


@pytest.mark.parametrize(("name", "target"), [("sesame", ""), ("sesame", "x"), ("link", "to-sesame")])
def test_names_with_secrets_are_not_kept(desk: Desk, name: str, target: str) -> None:
    lookup, step = desk.lookup(), making("d/", "in")
    desk.write("d/x")
    if target:
        (desk.work / "d" / name).symlink_to(target)
    else:
        desk.write(f"d/{name}")
    with pytest.raises(UnstorableError, match="holds a secret"):
        publish(step, ticket_of(lookup, step), desk.done(), desk.publisher(lookup, hidden="sesame"))
    assert keys_in(lookup.store) == []


def test_a_short_secret_is_not_found_in_digests(desk: Desk) -> None:
    lookup = desk.lookup()
    # Some digit stands in every digest.
    for digit in "0123456789abcdef":
        publish(MADE, ticket_of(lookup), desk.done(), desk.publisher(lookup, hidden=digit))
    assert len(keys_in(lookup.store)) == 1


def test_a_store_that_cannot_be_written_to_is_an_error(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    lookup = desk.lookup()

    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    ticket = ticket_of(lookup)
    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(OSError, match="space"):
        publish(MADE, ticket, desk.done(), desk.publisher(lookup))
    assert keys_in(lookup.store) == []


def rewrite(work: Path) -> None:
    path = work / "in"
    path.write_text("2")
    path.write_text("1")
    os.utime(path, ns=(1, 1))


def replace_by_equal(work: Path) -> None:
    (work / "other").write_text("1")
    (work / "other").rename(work / "in")


def change_mode(work: Path) -> None:
    (work / "in").chmod(0o755)


@pytest.mark.parametrize(
    ("inputs", "change", "reason"),
    [
        ("in", lambda work: None, ""),
        ("in", lambda work: (work / "in").write_text("2"), "input in changed while the step ran"),
        ("in", lambda work: (work / "in").unlink(), "input in changed while the step ran"),
        ("in", change_mode, "input in changed while the step ran"),
        ("in", rewrite, "input in was written to while the step ran"),
        ("in", replace_by_equal, "input in was written to while the step ran"),
        ("*", lambda work: (work / "new").touch(), "input new changed while the step ran"),
        ("in", lambda work: (work / "new").touch(), ""),
        ("*", lambda work: (work / "out").write_text("3"), ""),
        (
            "*",
            lambda work: os.mkfifo(work / "p"),
            "input `p` is a named pipe, which has no content to compare",
        ),
        (".", lambda work: (work / "in").unlink(), "input in changed while the step ran"),
    ],
)
def test_inputs_that_change_meanwhile_are_noticed(
    desk: Desk, inputs: str, change: object, reason: str
) -> None:
    assert callable(change)
    lookup, step = desk.lookup(), making("out", inputs)
    ticket = ticket_of(lookup, step)
    change(desk.work)
    assert changed_meanwhile(step, ticket, lookup.snapshot) == reason
