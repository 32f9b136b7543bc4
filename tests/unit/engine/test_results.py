"""Results of earlier runs in the engine: hits, misses, restoring, keeping, forgetting, trouble."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.cache_stores import blob_path, keys_in, store_at
from tests.support.reusing import RESOLVED, Desk, making
from wfopt.cache.lookup import TOUCH_AGAIN_S
from wfopt.cache.policy import CachePolicy
from wfopt.cache.record_store import StoreError
from wfopt.codes import CACHE_TROUBLE
from wfopt.engine.results import Results
from wfopt.engine.reuse import Hit, Miss
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import Retries, Step

MADE = making("out dir/", "in")
LOG = b"a long line\n" * 1000


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    desk.write("in", "1")
    yield desk
    desk.close()


def missed(results: Results, step: Step = MADE, *, alone: bool = True) -> Miss:
    found = results.find(step, RESOLVED, alone=alone)
    assert isinstance(found, Miss)
    return found


def hit(results: Results, step: Step = MADE, *, alone: bool = True) -> Hit:
    found = results.find(step, RESOLVED, alone=alone)
    assert isinstance(found, Hit), found.reason
    return found


def keep(desk: Desk, results: Results, step: Step = MADE, log: bytes | str = b"said") -> str:
    """Let a step run: look for its result in vain, make its outputs, and keep them."""
    ticket = missed(results, step).ticket
    assert ticket is not None
    if step.outputs:
        desk.write("out", "made")
        desk.write("dir/inner", "made")
    return results.keep(step, ticket, desk.done(log, version="3.10"))


def ran(desk: Desk, step: Step = MADE, log: bytes | str = b"said") -> None:
    """Do a whole run in which a step runs."""
    results = desk.results()
    assert keep(desk, results, step, log) == ""
    results.close()


def test_a_step_that_was_kept_need_not_run(desk: Desk) -> None:
    ran(desk)
    results = desk.results()
    found = hit(results)
    assert (found.outcome.status, found.outcome.reason) == (StepStatus.CACHED, "up to date")
    assert found.outcome.exit_code == 0
    assert found.outcome.cache is not None
    assert (found.outcome.cache.saved_s, found.outcome.cache.restored_files) == (2.0, 0)
    assert (list(found.log), found.values) == ([b"said"], {"version": "3.10"})
    results.close()
    assert desk.told == []


def test_what_is_not_cached_surely_runs_and_what_may_be_does_not(desk: Desk) -> None:
    results = desk.results()
    uncached = replace(MADE, cache=replace(MADE.cache, enabled=False))
    found = results.surely_runs(uncached)
    assert found == missed(results, uncached)
    assert found is not None
    assert found.reason == "not cached: cache: false"
    assert results.surely_runs(MADE) is None
    results.close()


@pytest.mark.parametrize("log", [b"", b"x", LOG])
def test_what_was_printed_comes_in_pieces(desk: Desk, log: bytes) -> None:
    ran(desk, log=log)
    assert b"".join(hit(desk.results()).log) == log


def test_a_damaged_log_makes_the_step_run_and_be_kept_again(desk: Desk) -> None:
    ran(desk, log=LOG)
    store = store_at(desk.folder / "cache")
    for kept in store.blobs:
        if kept.size == len(LOG):
            path = blob_path(store, kept.digest)
            path.chmod(0o600)
            path.write_bytes(b"A" + LOG[1:])
    store.close()
    results = desk.results()
    found = missed(results)
    assert found.reason == "what it printed was damaged in the cache"
    assert found.ticket is not None
    assert results.keep(MADE, found.ticket, desk.done(LOG)) == ""
    results.close()
    assert b"".join(hit(desk.results()).log) == LOG


def test_outputs_are_brought_back(desk: Desk) -> None:
    ran(desk)
    (desk.work / "out").unlink()
    desk.write("dir/inner", "by hand")
    desk.write("dir/extra/deep", "extra")
    found = hit(desk.results())
    assert found.outcome.reason == (
        "restored: output dir/inner was edited, output out is missing, output dir/extra was added and 1 more"
    )
    assert found.outcome.cache is not None
    assert (found.outcome.cache.restored_files, found.outcome.cache.restored_bytes) == (2, 8)
    assert (desk.work / "out").read_text() == "made"
    assert (desk.work / "dir/inner").read_text() == "made"
    assert sorted(os.listdir(desk.work / "dir")) == ["inner"]
    trash = desk.folder / "trash"
    assert (trash / "dir/inner").read_text() == "by hand"
    assert (trash / "dir/extra/deep").read_text() == "extra"


def test_what_cannot_be_brought_back_runs(desk: Desk) -> None:
    ran(desk)
    results = desk.results()
    for kept in results.lookup.store.blobs:
        results.lookup.store.blobs.remove(kept.digest)
    (desk.work / "out").unlink()
    found = missed(results)
    assert found.reason == "output out is not in the cache any more"
    assert found.ticket is not None
    assert results.keep(MADE, found.ticket, desk.done()) == "output `out` does not exist"
    assert desk.told == []


def test_a_refusal_while_bringing_back_makes_it_run(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ran(desk)
    desk.write("out", "by hand")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "out")

    monkeypatch.setattr(os, "rename", refuse)
    results = desk.results()
    found = missed(results)
    assert found.reason == "output out was edited, and could not be restored: permission denied: `out`"
    monkeypatch.undo()
    assert (desk.work / "out").read_text() == "by hand"
    assert found.ours == {"dir", "dir/inner"}


def test_steps_that_are_not_cached_have_no_ticket(desk: Desk) -> None:
    found = missed(desk.results(), making("out", "in", effects=frozenset({"deploy"})))
    assert found == Miss(reason="not cached: effect deploy")


def test_what_is_read_only_is_found_and_never_kept(desk: Desk) -> None:
    ran(desk)
    (desk.work / "out").unlink()
    results = desk.results(read_only=True)
    assert hit(results).outcome.reason == "restored: output out is missing"
    desk.write("in", "2")
    ticket = missed(results, alone=False).ticket
    assert ticket is not None
    assert results.keep(MADE, ticket, desk.done()) == ""
    results.forget(MADE)
    results.close()
    assert desk.told == []
    assert len(desk.finished) == 1
    with store_at(desk.folder / "cache") as store:
        assert len(keys_in(store)) == 1


def test_what_cannot_be_kept_has_a_reason(desk: Desk) -> None:
    results = desk.results()
    ticket = missed(results).ticket
    assert ticket is not None
    assert results.keep(MADE, ticket, desk.done()) == "output `out` does not exist"
    desk.write("in", "2")
    assert results.keep(MADE, ticket, desk.done()) == "input in changed while the step ran"
    assert results.lookup.last.of("a") is None
    results.close()
    assert (desk.told, desk.finished) == ([], [0])


def test_forgotten_results_are_never_found_again(desk: Desk) -> None:
    results = desk.results()
    keep(desk, results)
    results.forget(MADE)
    results.close()
    results = desk.results()
    assert missed(results).reason == "never ran"
    results.forget(MADE)
    assert desk.told == []


def test_a_result_that_was_used_and_then_forgotten_does_not_come_back(desk: Desk) -> None:
    ran(desk)
    desk.clock.epoch += TOUCH_AGAIN_S
    results = desk.results()
    hit(results)
    results.forget(MADE)
    results.close()
    assert missed(desk.results()).reason == "never ran"


@pytest.mark.parametrize(
    ("later", "notes"), [(TOUCH_AGAIN_S - 1, False), (TOUCH_AGAIN_S, True), (-10.0, True)]
)
def test_uses_are_noted_about_once_an_hour(desk: Desk, later: float, notes: bool) -> None:
    ran(desk)
    before = (desk.folder / "last").read_bytes()
    desk.clock.epoch += later
    results = desk.results()
    hit(results)
    results.close()
    assert ((desk.folder / "last").read_bytes() != before) is notes


def test_steps_share_results(desk: Desk) -> None:
    ran(desk)
    twin = making("out dir/", "in", name="twin")
    results = desk.results("twin")
    assert hit(results, twin).outcome.reason == "up to date"
    results.close()
    assert desk.results("twin").lookup.last.of("twin") is not None


READS = making("", "in", name="reads")


@pytest.mark.parametrize(
    ("other", "alone"),
    [
        (making("", "other", name="b", effects=frozenset({"network"})), True),
        (making("", "other", name="b"), False),
    ],
)
def test_what_a_step_has_written_is_seen_by_the_next(desk: Desk, other: Step, alone: bool) -> None:
    ran(desk, READS)
    results = desk.results("reads", "b")
    hit(results, READS)
    missed(results, other, alone=alone)
    desk.write("in", "2")
    assert missed(results, READS).reason == "input in changed"


def test_what_a_step_writes_while_others_are_found_is_seen(desk: Desk) -> None:
    ran(desk, READS)
    results = desk.results("reads", "b")
    missed(results, making("", "", name="b"))
    hit(results, READS, alone=False)
    desk.write("in", "2")
    assert missed(results, READS).reason == "input in changed"


@pytest.mark.parametrize(
    "restless",
    [
        making("", "", name="b", retries=Retries(max=1)),
        making("", "", name="b", effects=frozenset({"service"})),
    ],
)
def test_what_runs_again_or_on_may_write_at_any_time(desk: Desk, restless: Step) -> None:
    ran(desk, READS)
    results = desk.results("reads", "b")
    missed(results, restless)
    hit(results, READS)
    desk.write("in", "2")
    assert missed(results, READS).reason == "input in changed"


def test_with_no_step_between_the_workspace_is_looked_at_once(desk: Desk) -> None:
    ran(desk, READS)
    results = desk.results("reads")
    hit(results, READS)
    looked = results.lookup.snapshot
    desk.write("in", "2")
    assert hit(results, READS).outcome.reason == "up to date"
    assert results.lookup.snapshot is looked


class Broken:
    """Records that cannot be used from some moment on."""

    def __init__(self, results: Results, monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
        self.calls = 0
        for name in names:
            monkeypatch.setattr(type(results.lookup.store.records), name, self._refuse)

    def _refuse(self, *_: object) -> None:
        self.calls += 1
        raise StoreError("the database is locked")


def test_records_that_cannot_be_read_are_told_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    results = desk.results()
    broken = Broken(results, monkeypatch, "get_many")
    for _ in range(2):
        assert missed(results) == Miss(reason="the cache cannot be used")
    assert broken.calls == 1
    assert results.find_quickly(MADE) is None
    results.close()
    (told,) = desk.told
    assert told.code is CACHE_TROUBLE
    assert told.message == "the cache cannot be used, so every step runs: the database is locked"
    assert desk.finished == []


def test_records_that_cannot_be_written_are_told_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    results = desk.results()
    Broken(results, monkeypatch, "put_many", "delete_many")
    assert keep(desk, results) == ""
    assert keep(desk, results) == ""
    results.close()
    assert [each.message for each in desk.told] == [
        "results are not stored any more in this run: the database is locked"
    ]


def test_trouble_while_forgetting_and_closing_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ran(desk)
    desk.clock.epoch += TOUCH_AGAIN_S
    results = desk.results()
    hit(results)
    Broken(results, monkeypatch, "put_many", "delete_many")
    results.close()
    assert len(desk.told) == 1
    results.close()
    assert len(desk.told) == 1
    again = desk.results()
    again.forget(MADE)
    assert len(desk.told) == 2


def test_a_database_that_was_set_aside_is_told(desk: Desk) -> None:
    ran(desk)
    for path in (desk.folder / "cache/v1/meta").iterdir():
        path.write_bytes(b"no database" * 100)
    results = desk.results()
    missed(results)
    results.close()
    (told,) = desk.told
    assert told.message.startswith("a damaged part of the cache was set aside: ")


def test_at_the_end_it_is_said_how_much_was_added(desk: Desk) -> None:
    results = desk.results()
    keep(desk, results, log=LOG)
    results.close()
    (added,) = desk.finished
    assert added > len(LOG)


def test_forced_steps_run_and_are_kept(desk: Desk) -> None:
    ran(desk)
    results = desk.results(policy=CachePolicy(force=True))
    assert results.find_quickly(MADE) is None
    found = missed(results)
    assert (found.reason, set(found.ours)) == ("forced", {"out", "dir", "dir/inner"})
    assert found.ticket is not None
    assert results.keep(MADE, found.ticket, desk.done(b"new")) == ""
    assert b"".join(hit(desk.results()).log) == b"new"


PLAIN = making("out", "in")


@pytest.fixture
def stamped(desk: Desk) -> Results:
    """Give the cache of a run behind one in which a step with settled files was up to date."""
    desk.basis, desk.clock.epoch = b"basis", 4e9
    first = desk.results()
    ticket = missed(first, PLAIN).ticket
    assert ticket is not None
    desk.write("out", "made")
    assert first.keep(PLAIN, ticket, desk.done(LOG)) == ""
    assert hit(first, PLAIN).outcome.reason == "up to date"
    results = desk.results()
    for path in ("in", "out"):
        results.lookup.digest_of(path, (desk.work / path).stat())
    hit(results, PLAIN)
    return results


def test_what_was_up_to_date_and_is_untouched_is_found_at_a_glance(stamped: Results) -> None:
    found = stamped.find_quickly(PLAIN)
    assert found is not None
    assert (found.outcome.status, found.outcome.reason) == (StepStatus.CACHED, "up to date")
    assert (b"".join(found.log), found.values) == (LOG, {})
    assert found.outcome.cache is not None
    assert found.outcome.cache.saved_s == 2.0


@pytest.mark.parametrize("path", ["in", "out"])
def test_what_was_touched_takes_a_closer_look(desk: Desk, stamped: Results, path: str) -> None:
    (desk.work / path).chmod(0o755)
    assert stamped.find_quickly(PLAIN) is None


def test_at_a_glance_age_damage_and_trouble_count_too(
    desk: Desk, stamped: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    brief = replace(PLAIN, cache=replace(PLAIN.cache, ttl_s=60.0))
    assert stamped.find_quickly(brief) is not None
    desk.clock.epoch += 61
    assert stamped.find_quickly(brief) is None
    assert stamped.find_quickly(replace(PLAIN, effects=frozenset({"deploy"}))) is None
    (log,) = (kept for kept in stamped.lookup.store.blobs if kept.size == len(LOG))
    path = blob_path(stamped.lookup.store, log.digest)
    path.chmod(0o600)
    path.write_bytes(b"A" + LOG[1:])
    assert stamped.find_quickly(PLAIN) is None
    assert desk.told == []


def test_records_that_cannot_be_read_at_a_glance_are_asked_for_once(
    desk: Desk, stamped: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamped, "_known", None)
    records = Broken(stamped, monkeypatch, "get_many", "delete_many")
    assert [stamped.find_quickly(PLAIN) for _ in range(3)] == [None] * 3
    assert missed(stamped, PLAIN).reason == "the cache cannot be used"
    stamped.forget(PLAIN)
    assert records.calls == 1
    assert [each.code for each in desk.told] == [CACHE_TROUBLE]
