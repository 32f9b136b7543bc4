"""Whether a result is at hand: found by its key, judged by age and files, explained if not."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.reusing import RESOLVED, Desk, making
from wfopt.cache.differences import Change, Difference
from wfopt.cache.lookup import FROM_THE_FUTURE_S, TOUCH_AGAIN_S, Glance, Looked, Lookup, summary, told
from wfopt.cache.memo import Content
from wfopt.cache.policy import USUAL_POLICY
from wfopt.cache.publish import publish
from wfopt.cache.stamps import Stamps
from wfopt.model.resolved import Resolved
from wfopt.model.workflow import AUTO_CACHE, CacheExtra, Step

MADE = making("out dir/", "in")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    desk.write("in", "1")
    yield desk
    desk.close()


def stored(desk: Desk, step: Step = MADE, resolved: Resolved = RESOLVED, log: bytes = b"") -> Lookup:
    """Store a result of a step whose outputs are what lies there now."""
    lookup = desk.lookup()
    looked = lookup.look(step, resolved, dict)
    assert looked.ticket is not None
    if step.outputs:
        desk.write("out", "made")
        desk.write("dir/inner", "made")
    publish(step, looked.ticket, desk.done(log), desk.publisher(lookup))
    lookup.last.note(step.id, looked.ticket.key, desk.clock.wall())
    lookup.snapshot.forget()
    return lookup


def look(lookup: Lookup, step: Step = MADE, resolved: Resolved = RESOLVED) -> Looked:
    return lookup.look(step, resolved, lambda: lookup.prefetch([step.id]))


def test_what_never_ran(desk: Desk) -> None:
    looked = look(desk.lookup())
    assert (looked.reason, looked.entry) == ("never ran", None)
    assert looked.ticket is not None
    assert looked.ticket.touched is not None
    assert list(looked.ticket.touched) == ["in"]


def test_what_is_up_to_date(desk: Desk) -> None:
    looked = look(stored(desk))
    assert (looked.reason, looked.differences) == ("up to date", ())
    assert looked.entry is not None
    assert looked.record
    assert looked.ticket is not None
    assert looked.ticket.touched is None


def test_what_is_different_on_disk(desk: Desk) -> None:
    lookup = stored(desk)
    desk.write("out", "by hand")
    desk.write("dir/more")
    (desk.work / "dir/inner").unlink()
    looked = look(lookup)
    assert looked.entry is not None
    assert [(each.path, each.change) for each in looked.differences] == [
        ("dir/inner", Change.MISSING),
        ("out", Change.EDITED),
        ("dir/more", Change.EXTRA),
    ]
    assert looked.reason == ("output dir/inner is missing, output out was edited, output dir/more was added")


def test_what_is_not_to_be_restored_runs_if_it_is_different(desk: Desk) -> None:
    lookup = stored(desk)
    as_it_is = replace(MADE, cache=replace(AUTO_CACHE, restore=False))
    assert look(lookup, as_it_is).reason == "up to date"
    desk.write("out", "by hand")
    looked = look(lookup, as_it_is)
    assert (looked.reason, looked.entry) == ("output out was edited", None)
    assert looked.ticket is not None
    assert looked.ticket.touched is not None


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (replace(MADE, inputs=None), "not cached: no inputs declared"),
        (replace(MADE, effects=frozenset({"deploy"})), "not cached: effect deploy"),
        (making("", "pipe"), "not cached: input `pipe` is a named pipe, which has no content to compare"),
    ],
)
def test_what_is_not_cached(desk: Desk, step: Step, reason: str) -> None:
    os.mkfifo(desk.work / "pipe")
    looked = look(desk.lookup(), step)
    assert (looked.reason, looked.ticket, looked.entry) == (reason, None, None)


def test_a_part_of_the_key_that_cannot_be_had(desk: Desk) -> None:
    resolved = replace(RESOLVED, extras=((CacheExtra.FILE, "."),))
    looked = look(desk.lookup(), resolved=resolved)
    assert looked.reason == "not cached: `cache.key` names `.`, which is no file"
    assert looked.ticket is None


def test_what_is_forced(desk: Desk) -> None:
    stored(desk)
    for policy, forced in ((replace(USUAL_POLICY, force=True), ()), (USUAL_POLICY, ("a",))):
        lookup = desk.lookup(policy, forced=forced)
        looked = look(lookup)
        assert (looked.reason, looked.entry) == ("forced", None)
        assert looked.ticket is not None
        assert lookup.glance(MADE, dict) is None


@pytest.mark.parametrize(
    ("own", "of_the_run", "age", "reason"),
    [
        (None, None, 1e9, "up to date"),
        (60.0, None, 59.0, "up to date"),
        (60.0, None, 61.0, "its result is older than 1m 00s"),
        (None, 60.0, 61.0, "its result is older than 1m 00s"),
        (60.0, 30.0, 45.0, "its result is older than 30.0 s"),
        (30.0, 60.0, 45.0, "its result is older than 30.0 s"),
        (None, None, -FROM_THE_FUTURE_S + 1, "up to date"),
        (None, None, -FROM_THE_FUTURE_S - 1, "its result comes from the future"),
    ],
)
def test_how_old_a_result_may_be(
    desk: Desk, own: float | None, of_the_run: float | None, age: float, reason: str
) -> None:
    stored(desk)
    desk.clock.epoch += age
    lookup = desk.lookup(replace(USUAL_POLICY, ttl_s=of_the_run))
    looked = look(lookup, replace(MADE, cache=replace(AUTO_CACHE, ttl_s=own)))
    assert looked.reason == reason
    assert (looked.entry is None) is (reason != "up to date")
    assert looked.ticket is not None
    assert (looked.ticket.touched is None) is (reason == "up to date")


def test_a_read_only_store_gives_tickets_that_store_nothing(desk: Desk) -> None:
    stored(desk)
    desk.write("in", "2")
    looked = look(desk.lookup(read_only=True))
    assert looked.ticket is not None
    assert looked.ticket.touched is None


def test_what_changed_is_told(desk: Desk) -> None:
    lookup = stored(desk)
    desk.write("in", "2")
    assert look(lookup).reason == "input in changed"
    assert look(lookup, resolved=Resolved(run="make\nall")).reason == (
        "input in changed, script changed (line 2)"
    )


def test_a_result_that_is_gone(desk: Desk) -> None:
    lookup = stored(desk)
    last = lookup.last.of("a")
    assert last is not None
    lookup.store.records.delete_many([last.key])
    assert look(lookup).reason == "its last result is not in the cache any more"
    desk.write("in", "2")
    lookup.snapshot.forget()
    assert look(lookup).reason == "its last result is not in the cache any more"
    assert lookup.ours(MADE, {}) == frozenset()


def test_a_result_whose_parts_were_not_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wfopt.cache.publish.packed", lambda _: b"")
    lookup = stored(desk)
    desk.write("in", "2")
    assert look(lookup).reason == "its key changed"


def test_a_result_without_its_log_is_none(desk: Desk) -> None:
    lookup = stored(desk, log=b"x" * 5000)
    assert look(lookup).reason == "up to date"
    for kept in lookup.store.blobs:
        if kept.size == 5000:
            lookup.store.blobs.remove(kept.digest)
    assert look(lookup).reason == "its last result is not in the cache any more"


def test_outputs_that_cannot_be_looked_at(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    lookup = stored(desk)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("wfopt.cache.lookup.compare", refuse)
    looked = look(lookup)
    assert looked.reason == "its outputs cannot be looked at: permission denied"
    assert looked.entry is None
    assert looked.ticket is not None


def test_records_are_looked_up_in_one_go(desk: Desk) -> None:
    lookup = stored(desk)
    found = lookup.prefetch(["a", "b"])  # type: ignore[list-item]
    last = lookup.last.of("a")
    assert last is not None
    assert list(found) == [last.key]


PLAIN = making("out", "in")


STATE = b"of 12 bytes."


def stamps_of(desk: Desk, lookup: Lookup, records: bytes = b"") -> Stamps:
    """Open the stamps, as a run does in its beginning."""
    memo = lookup.hasher.memo
    return Stamps(str(desk.folder / "stamps"), str(desk.work), b"basis", memo, records)


def stamped(desk: Desk, *, asks: bool = True) -> Lookup:
    """Store a result of a plain step, note that it is up to date, and begin another run.

    Args:
        desk: where that happens.
        asks: whether that run has to ask for the record.
    """
    lookup = stored(desk, PLAIN)
    memo = lookup.hasher.memo
    for name in ("in", "out"):
        memo.put(os.lstat(desk.work / name), Content("ab" * 32, mentions_wfopt=False), 2**62)
    stamps = stamps_of(desk, lookup)
    last = lookup.last.of(PLAIN.id)
    assert last is not None
    entry = lookup.last_entry(PLAIN.id, {})
    assert entry is not None
    stamps.note(PLAIN, entry)
    stamps.save(STATE)
    return replace(lookup, stamps=stamps_of(desk, lookup, b"" if asks else STATE))


def test_a_glance_finds_what_nothing_has_happened_to(desk: Desk) -> None:
    lookup = stamped(desk)
    found = lookup.glance(PLAIN, lambda: lookup.prefetch([PLAIN.id]))
    assert found is not None
    assert found.entry == lookup.last_entry(PLAIN.id, {})
    assert found.entry is not None
    assert (found.key, found.wall_s) == (found.entry.key, found.entry.wall_s)
    assert found.record
    assert lookup.glance(replace(PLAIN, cache=replace(AUTO_CACHE, enabled=False)), dict) is None


def refused() -> Mapping[str, bytes]:
    raise AssertionError("records are looked up")


def test_a_glance_need_not_ask_for_a_record(desk: Desk) -> None:
    lookup = stamped(desk, asks=False)
    last = lookup.last.of(PLAIN.id)
    assert last is not None
    assert lookup.glance(PLAIN, refused) == Glance(last.key, 2.0)
    old = replace(PLAIN, cache=replace(AUTO_CACHE, ttl_s=5.0))
    assert lookup.glance(old, refused) is not None
    assert replace(lookup, wall=lambda: desk.clock.wall() + 6).glance(old, refused) is None
    assert replace(lookup, wall=lambda: desk.clock.wall() - 400).glance(PLAIN, dict) is None


@pytest.mark.parametrize(
    ("later_s", "asks"), [(TOUCH_AGAIN_S - 1, False), (TOUCH_AGAIN_S, True), (-10.0, True)]
)
def test_a_glance_asks_for_a_record_whose_use_is_to_be_noted(desk: Desk, later_s: float, asks: bool) -> None:
    lookup = stamped(desk, asks=False)
    last = lookup.last.of(PLAIN.id)
    assert last is not None
    later = replace(lookup, wall=lambda: last.used_at + later_s)
    found = later.glance(PLAIN, dict)
    assert found is not None
    assert bool(found.record) is asks
    only_read = replace(later, store=replace(lookup.store, read_only=True))
    assert only_read.glance(PLAIN, refused) is not None


def test_what_a_glance_asked_for_is_known_in_the_next_run(desk: Desk) -> None:
    lookup = stamped(desk)
    assert lookup.glance(PLAIN, dict) is not None
    lookup.stamps.save(STATE)
    assert replace(lookup, stamps=stamps_of(desk, lookup, STATE)).glance(PLAIN, refused) is not None


def test_a_glance_sees_another_last_result(desk: Desk) -> None:
    lookup = stamped(desk)
    last = lookup.last.of(PLAIN.id)
    assert last is not None
    record = lookup.store.records.get_many([last.key])[last.key]
    lookup.last.note(PLAIN.id, "o" * 20, desk.clock.wall())
    assert lookup.glance(PLAIN, lambda: {"o" * 20: record, last.key: record}) is None
    lookup.last.forget(PLAIN.id)
    assert lookup.glance(PLAIN, lambda: {last.key: record}) is None
    lookup.last.note(PLAIN.id, last.key, desk.clock.wall())
    assert lookup.glance(PLAIN, lambda: {last.key: record}) is not None


def test_a_glance_sees_files_records_and_times(desk: Desk) -> None:
    lookup = stamped(desk)
    old = replace(PLAIN, cache=replace(AUTO_CACHE, ttl_s=5.0))
    assert lookup.glance(old, dict) is not None
    assert replace(lookup, wall=lambda: desk.clock.wall() + 6).glance(old, dict) is None
    assert replace(lookup, forced=frozenset({PLAIN.id})).glance(PLAIN, dict) is None
    last = lookup.last.of(PLAIN.id)
    assert last is not None
    lookup.store.records.delete_many([last.key])
    lookup = replace(lookup, stamps=stamps_of(desk, lookup))
    assert lookup.glance(PLAIN, dict) is None
    other = stamped(desk)
    desk.write("out", "edited")
    assert other.glance(PLAIN, dict) is None


def test_outputs_on_disk_that_are_ones_own(desk: Desk) -> None:
    lookup = stored(desk)
    everything = {"out", "dir", "dir/inner"}
    assert lookup.ours(MADE, {}) == everything
    desk.write("dir/inner", "by hand")
    assert lookup.ours(MADE, {}) == {"out"}
    desk.write("dir/inner", "made")
    desk.write("dir/mine")
    assert lookup.ours(MADE, {}) == {"out", "dir/inner"}
    with_mine = making("out dir/ !dir/mine", "in")
    assert lookup.ours(with_mine, {}) == {"out", "dir/inner"}
    (desk.work / "dir/mine").unlink()
    assert lookup.ours(with_mine, {}) == everything
    assert lookup.ours(making(name="other"), {}) == frozenset()


def test_a_secret_is_not_told(desk: Desk) -> None:
    stored(desk, resolved=Resolved(run="make", env={"TOKEN": "sesame", "A": "1"}))
    hiding = desk.lookup(secrets=("sesame", "simsim"))
    assert look(hiding, resolved=Resolved(run="make", env={"TOKEN": "simsim", "A": "2"})).reason == (
        'env A: "1" to "2", env TOKEN changed'
    )


@pytest.mark.parametrize(
    ("phrases", "text"),
    [([], ""), (["a"], "a"), (["a", "b", "c"], "a, b, c"), (["a", "b", "c", "d", "e"], "a, b, c and 2 more")],
)
def test_summaries_name_the_first_three(phrases: list[str], text: str) -> None:
    assert summary(phrases) == text


def test_differences_are_told_by_what_happened() -> None:
    assert told([Difference("a", Change.MODE), Difference("b", Change.EXTRA)]) == (
        "output a changed its mode, output b was added"
    )


def test_that_a_key_has_changed_is_heard_before_records_are_read(desk: Desk) -> None:
    heard: list[str] = []
    lookup = replace(stored(desk), changed=lambda: heard.append("changed"))

    def recall() -> dict[str, bytes]:
        heard.append("read")
        return lookup.prefetch([MADE.id])

    lookup.look(MADE, RESOLVED, recall)
    assert heard == ["read"]
    desk.write("in", "2")
    lookup.snapshot.forget()
    lookup.look(MADE, RESOLVED, recall)
    assert heard == ["read", "changed", "read"]
