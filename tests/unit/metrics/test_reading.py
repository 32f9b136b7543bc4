"""What history answers: the real one and its double agree about everything."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import astuple
from pathlib import Path

import pytest

from tests.support.history import (
    STARTED_AT,
    FakeHistory,
    not_started,
    past_attempt,
    past_run,
    rewrite,
    stories,
    story,
)
from wfopt.errors import Diagnostic
from wfopt.metrics.base import History
from wfopt.metrics.damage import HistoryError
from wfopt.metrics.encoding import FAILED_FIRST, NUMBER_OF, RAN, RECORD_BYTES
from wfopt.metrics.measured import measured_attempts
from wfopt.metrics.reading import StoredHistory
from wfopt.metrics.schema import copy_to_memory, open_for_writing
from wfopt.metrics.spool import append
from wfopt.metrics.store import open_history, read_history
from wfopt.model.history import Alert, Ending, Foreseen, Host, PastAttempt, Rewrite, RunStory, Sample, Scope
from wfopt.model.outcome import Enforcer, LimitHit, LimitKind, StepStatus
from wfopt.model.workflow import StepId

SOUTH = Host(name="south", cpus=16)
TIMEOUT = LimitHit(kind=LimitKind.TIMEOUT, limit=3.0, observed=3.1, enforced_by=Enforcer.WATCHDOG)

FULL = past_run(
    "20260103-030405-full",
    workflow="ci/build.yml",
    branch="topic/ä",
    host=SOUTH,
    memory_bytes=1 << 40,
    options={"keep-going": "true"},
    versions={"python": "3.11.7"},
    origin="github",
    ending=Ending.FAILED,
    exit_code=1,
    started_at=STARTED_AT + 86_400,
    reserved_memory_byte_s=1.5e12,
    used_memory_byte_s=0.1 + 0.2,
    hits=1,
    misses=3,
    saved_s=12.25,
    restored_bytes=99,
    alerts=(
        Alert(at=1.5, rule="memory", severity="warning", message="90 % of the memory is used"),
        Alert(at=2.5, rule="cpu", severity="critical", message="`b` waits", step=StepId("b")),
    ),
    foreseen=Foreseen(expected_s=10.0, low_s=8.0, high_s=13.5, drift=-0.25, memory_width=0.5),
)

ATTEMPTS = (
    past_attempt("b", 2.0, status=StepStatus.FAILED, exit_code=3, waited_s=0.5, reason="exited with 3"),
    not_started("cached", reason="restored from the cache"),
    past_attempt(
        "a", 1.25, key="kA", started_s=0.125, peak_memory_bytes=5 << 20, input_bytes=17, critical=True
    ),
    past_attempt("b", 2.5, attempt=2, started_s=3.0, critical=True, read_bytes=7, written_bytes=1 << 41),
    past_attempt("late", 3.1, status=StepStatus.FAILED, limit=TIMEOUT, signal=9, allowed=True),
    past_attempt("mem", 0.5, memory_bytes=1 << 30, cpu_milli=2500),
    not_started("after", StepStatus.SKIPPED, "`late` failed", allowed=True),
    past_attempt("stop", 0.75, status=StepStatus.CANCELLED, signal=15),
    not_started("never", StepStatus.CANCELLED, "the run stopped"),
    past_attempt("finally:clean", 0.25, started_s=9.0),
)

STEPS = ("a", "b", "cached", "late", "mem", "after", "stop", "never", "waiting")


def full() -> RunStory:
    return story(
        FULL,
        ATTEMPTS,
        steps=STEPS,
        edges=[(0, 1), (3, 5)],
        samples=[Sample(0.5, 1.5, 1 << 20, 2), Sample(1.0, 2.0, 1 << 21, 1)],
        printed={"late": "no\nend \udc80 ünd"},
    )


def all_stories() -> list[RunStory]:
    few = stories(6, {"a": [1.0, 2.0, 4.0], "x": [0.5]})
    nothing = story(
        past_run("noop", ending=Ending.SUCCEEDED, peak_memory_bytes=None, started_at=STARTED_AT + 40_000),
        [not_started("a"), not_started("x")],
    )
    open_end = story(
        past_run("going", ending=Ending.UNFINISHED, exit_code=None, host=SOUTH, started_at=STARTED_AT + 1e6),
        [past_attempt("x", 0.5, status=StepStatus.FAILED), past_attempt("x", 0.25, attempt=2)],
        steps=["a", "x"],
    )
    jumped = story(past_run("jumped", started_at=5.0, branch="old"), [past_attempt("a", 9.0)])
    return [*few[:3], full(), *few[3:], nothing, jumped, open_end]


REWRITES = (rewrite(), rewrite(STARTED_AT + 9, workflow="other.yml", predicted_saving_s=None, passes=()))

Maker = Callable[[list[RunStory], tuple[Rewrite, ...]], History]


@pytest.fixture(params=["double", "stored", "spooled", "copied"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Maker]:
    """Return what makes a history of each kind."""
    opened = []

    def stored(told: list[RunStory], rewrites: tuple[Rewrite, ...]) -> History:
        path = str(tmp_path / "history.db")
        for each in told:
            if request.param != "spooled" or not spooled(tmp_path, each):
                write(path, [each])
        write(path, [], rewrites)
        if request.param == "copied":
            connection = copy_to_memory(open_for_writing(path, 1.0))
            opened.append(StoredHistory(connection, path))
        else:
            opened.append(read_history(path))
        return opened[-1]

    yield FakeHistory if request.param == "double" else stored
    for each in opened:
        each.close()


def write(path: str, told: list[RunStory], rewrites: tuple[Rewrite, ...] = ()) -> None:
    with open_history(path, wall=lambda: 0.0, monotonic=lambda: 0.0, warn=no_warning) as writer:
        assert all(writer.write(each) for each in told)
        assert all(writer.add_rewrite(each) for each in rewrites)


def spooled(folder: Path, told: RunStory) -> bool:
    """Append a run that comes right after the history was tidied up."""
    shapes, now = folder / "history.shapes", told.run.started_at + told.run.wall_s
    if shapes.exists():
        os.utime(shapes, (now, now))
    return append(str(folder), told)


def no_warning(diagnostic: Diagnostic) -> None:
    raise AssertionError(diagnostic)


SCOPES = (
    Scope(),
    Scope(workflow="wfopt.yml"),
    Scope(workflow="none.yml"),
    Scope(branch="old"),
    Scope(host="south"),
    Scope(since=STARTED_AT + 7200),
    Scope(limit=3),
    Scope(limit=0),
    Scope(workflow="wfopt.yml", since=STARTED_AT, branch="main", host="north", limit=2),
)

STEP_NAMES = (*STEPS, "x", "finally:clean", "unheard of")


def test_runs_are_found_by_scope(make: Maker) -> None:
    history, double = make(all_stories(), ()), FakeHistory(all_stories())
    for scope in SCOPES:
        assert history.count(scope) == len(history.runs(scope)) == double.count(scope)
        assert list(history.runs(scope)) == list(double.runs(scope))
        assert list(history.run_points(scope)) == list(double.run_points(scope))


def test_steps_are_found_by_scope(make: Maker) -> None:
    history, double = make(all_stories(), ()), FakeHistory(all_stories())
    for scope in SCOPES:
        for step in map(StepId, STEP_NAMES):
            assert list(history.step_points(scope, step)) == list(double.step_points(scope, step))
            assert list(history.attempts_of(scope, step)) == list(double.attempts_of(scope, step))


def test_steps_are_added_up(make: Maker) -> None:
    history, double = make(all_stories(), ()), FakeHistory(all_stories())
    for scope in SCOPES:
        found, expected = history.step_totals(scope), double.step_totals(scope)
        assert [each.step for each in found] == [each.step for each in expected]
        for one, other in zip(found, expected, strict=True):
            assert astuple(one)[1:] == pytest.approx(astuple(other)[1:])


def test_totals_tell_how_a_step_fared(make: Maker) -> None:
    totals = {each.step: each for each in make([full()], ()).step_totals(Scope())}
    flaky = totals[StepId("b")]
    assert (flaky.runs, flaky.succeeded, flaky.failed, flaky.flaky, flaky.attempts) == (1, 1, 0, 1, 2)
    assert (flaky.wall_s, flaky.waited_s, flaky.critical, flaky.critical_s) == (4.5, 0.5, 1, 2.5)
    assert totals[StepId("late")].failed == totals[StepId("cached")].cached == 1
    assert totals[StepId("waiting")].runs == 1
    assert totals[StepId("waiting")].attempts == totals[StepId("waiting")].cancelled == 0
    assert totals[StepId("stop")].cancelled == totals[StepId("stop")].attempts == 1
    assert list(totals)[-1] == "finally:clean"


def test_a_point_tells_what_ended_a_step(make: Maker) -> None:
    history = make([full()], ())
    (late,) = history.step_points(Scope(), StepId("late"))
    assert (late.status, late.timed_out, late.host, late.cpus) == ("failed", True, "south", 16)
    (done,) = history.step_points(Scope(), StepId("a"))
    assert (done.at, done.peak_memory_bytes, done.input_bytes, done.timed_out) == (
        FULL.started_at + 0.125,
        5 << 20,
        17,
        False,
    )
    assert not history.step_points(Scope(), StepId("stop"))


def test_what_was_measured_is_found_by_scope(make: Maker) -> None:
    history, double = make(all_stories(), ()), FakeHistory(all_stories())
    for scope in SCOPES:
        found, expected = history.measured(scope), double.measured(scope)
        assert [run for run, _ in found] == [run for run, _ in expected]
        for (_, some), (_, others) in zip(found, expected, strict=True):
            assert figures(some) == figures(others)


def figures(attempts: Sequence[PastAttempt]) -> dict[StepId, list[object]]:
    told: dict[StepId, list[object]] = {}
    for each in attempts:
        numbers = (each.wall_s, each.cpu_s, each.peak_memory_bytes, each.input_bytes, each.started_s)
        told.setdefault(each.step, []).append((each.status, *numbers, each.waited_s, each.limit))
    return told


def test_an_attempt_that_failed_before_the_step_was_cancelled_has_failed() -> None:
    status = RAN | FAILED_FIRST | NUMBER_OF[StepStatus.CANCELLED]
    (found,) = measured_attempts([StepId("a")], bytes((status,)), bytes(RECORD_BYTES), b"")
    assert (found.status, found.wall_s) == (StepStatus.FAILED, 0.0)


def test_more_records_than_steps_that_ran_are_damage() -> None:
    with pytest.raises(ValueError, match="more records"):
        measured_attempts([StepId("a")], b"\x00", bytes(RECORD_BYTES), b"")


def test_names_are_listed(make: Maker) -> None:
    history, double = make(all_stories(), ()), FakeHistory(all_stories())
    assert list(history.workflows()) == ["ci/build.yml", "wfopt.yml"]
    for workflow in (None, "wfopt.yml", "ci/build.yml", "none.yml"):
        assert list(history.steps(workflow)) == list(double.steps(workflow))


@pytest.mark.parametrize(
    ("name", "workflow", "found"),
    [
        ("run-0001", None, "run-0001"),
        ("run-", None, None),
        ("2026", None, "20260103-030405-full"),
        ("2026", "wfopt.yml", None),
        ("no", "wfopt.yml", "noop"),
        ("", None, None),
        ("\udc80", None, None),
        ("%", None, None),
    ],
)
def test_a_run_is_found_by_the_start_of_its_name(
    make: Maker, name: str, workflow: str | None, found: str | None
) -> None:
    run = make(all_stories(), ()).find(name, workflow)
    assert (run and run.run_id) == found


def test_an_exact_name_comes_first(make: Maker) -> None:
    told = [story("run-1", [past_attempt("a")]), story("run-10", [past_attempt("a")])]
    run = make(told, ()).find("run-1", None)
    assert run is not None
    assert run.run_id == "run-1"


def test_stories_come_back_whole(make: Maker) -> None:
    history = make(all_stories(), ())
    for each in all_stories():
        assert history.story(each.run.run_id) == each
    assert history.story("run-") is None
    assert history.story("2026") is None


def test_sizes_come_back_with_all_attempts_of_their_step(make: Maker) -> None:
    first = past_attempt("a", 2.0, status=StepStatus.FAILED)._replace(sizes={"lines": 7.0, "files": 2.0})
    again = first._replace(attempt=2, status=StepStatus.SUCCEEDED)
    told = story(past_run("sized"), (first, again, past_attempt("b")), steps=["a", "b"])
    history = make([told], ())
    assert history.story("sized") == told
    found = [dict(each.sizes) for _, each in history.attempts_of(Scope(), StepId("a"))]
    assert found == [{"lines": 7.0, "files": 2.0}] * 2


def test_optimizations_come_back(make: Maker) -> None:
    history = make(all_stories()[:1], REWRITES)
    assert tuple(history.rewrites(None)) == REWRITES
    assert tuple(history.rewrites("other.yml")) == REWRITES[1:]


def test_an_empty_history_answers(make: Maker) -> None:
    history = make([], ())
    assert not [*history.workflows(), *history.steps(None), *history.runs(Scope()), *history.rewrites(None)]
    assert not [*history.run_points(Scope()), *history.step_totals(Scope())]
    assert history.count(Scope()) == 0


DAMAGES = (
    "UPDATE runs SET about = '[1'",
    "UPDATE runs SET ending = 9",
    "UPDATE runs SET statuses = x'21'",
    "UPDATE runs SET started_at = 'soon'",
    "UPDATE figures SET records = x'00'",
    "UPDATE figures SET early = x'00112233445566778899'",
    "UPDATE details SET attempts = x'00'",
    "DELETE FROM details",
    "UPDATE shapes SET content = x'789c'",
    "DELETE FROM shapes",
    "UPDATE hosts SET name = x'ff'",
    "UPDATE texts SET text = CAST(text || '}' AS BLOB)",
)


@pytest.mark.parametrize("statement", DAMAGES)
def test_impossible_content_is_no_traceback(tmp_path: Path, statement: str) -> None:
    path = str(tmp_path / "history.db")
    write(path, [full()])
    with closing(open_for_writing(path, 1.0)) as connection:
        connection.execute(statement)
    troubles = 0
    with read_history(path) as history:
        for question in (
            history.workflows,
            lambda: history.steps(None),
            lambda: history.runs(Scope()),
            lambda: history.run_points(Scope()),
            lambda: history.step_points(Scope(), StepId("late")),
            lambda: history.step_totals(Scope()),
            lambda: history.attempts_of(Scope(), StepId("b")),
            lambda: history.story(FULL.run_id),
        ):
            try:
                question()
            except HistoryError as error:
                (diagnostic,) = error.diagnostics
                assert path in diagnostic.message
                troubles += 1
    assert troubles
