"""The loop: what failed is tried again."""

import math
from pathlib import Path

import pytest

from tests.support.builders import step, workflow
from tests.support.runners import Plan as Script
from tests.support.runs import run
from wfopt.codes import MISSING_OUTPUT
from wfopt.events import Event, RunFinished, StepFinished, StepRetried, StepStarted
from wfopt.formats.expressions import parse_template
from wfopt.model.outcome import Enforcer, LimitHit, LimitKind, RunStatus, StepOutcome, StepStatus, Usage
from wfopt.model.patterns import PathPattern
from wfopt.model.workflow import Argv, Retries, Step
from wfopt.resources.pool import Capacity

BAD, GOOD = Script(exit_code=3), Script()
TWICE = Retries(max=2, delay_s=4.0)
TWO = Capacity(slots=2, cpu_milli=2000)
O_X = (PathPattern("o/x"),)


def test_success_at_the_second_attempt() -> None:
    told = run(workflow([step("a", retries=TWICE)]), {"a": [BAD, GOOD]})
    first = StepOutcome(
        status=StepStatus.FAILED, reason="exit status 3", exit_code=3, usage=Usage(wall_s=1.0)
    )
    good = StepOutcome(status=StepStatus.SUCCEEDED, reason="", exit_code=0, usage=Usage(wall_s=1.0))
    expected: list[Event] = [
        StepStarted(at=0.0, step="a", reason="why a", attempt=1),
        StepRetried(at=1.0, step="a", attempt=1, outcome=first, delay_s=4.0),
        StepStarted(at=5.0, step="a", reason="why a", attempt=2),
        StepFinished(at=6.0, step="a", outcome=good),
        RunFinished(at=6.0, status=RunStatus.SUCCEEDED),
    ]
    assert told.events == expected


def test_exhausted_retries_fail_the_step_after_growing_waits() -> None:
    told = run(workflow([step("a", retries=TWICE), "b"], [("a", "b")]), {"a": BAD})
    assert told.retried == [("a", 1, 4.0), ("a", 2, 8.0)]
    assert told.attempts == [("a", 1, 0.0), ("a", 2, 5.0), ("a", 3, 14.0)]
    assert told.outcomes["a"].reason == "exit status 3"
    assert told.not_run == {"b": "`a` failed"}
    assert told.end == RunFinished(at=15.0, status=RunStatus.FAILED)


def test_retries_without_delay() -> None:
    told = run(workflow([step("a", retries=Retries(max=2, delay_s=0.0))]), {"a": [BAD, BAD, GOOD]})
    assert told.attempts == [("a", 1, 0.0), ("a", 2, 1.0), ("a", 3, 2.0)]


@pytest.mark.parametrize("script", [Script(exit_code=4), Script(error="no such program"), Script(signal=9)])
def test_other_failures_are_final(script: Script) -> None:
    picky = Retries(max=2, when=frozenset({3}))
    told = run(workflow([step("a", retries=picky)]), {"a": script})
    assert told.started == ["a"]
    assert told.retried == []


def test_what_could_not_be_started_is_not_tried_again() -> None:
    late = Argv((parse_template("${{ needs.ghost.status }}"),))
    bad = step("a", run=late, retries=TWICE, references=frozenset({"needs.ghost"}))
    told = run(workflow([bad]))
    assert (told.started, told.retried, told.runner.started) == (["a"], [], [])


def test_allowed_failure_is_tried_again_first() -> None:
    told = run(workflow([step("a", retries=TWICE, allow_failure=True), "b"], [("a", "b")]), {"a": BAD})
    assert told.started == ["a", "a", "a", "b"]
    assert told.outcomes["a"].allowed
    assert told.end.status is RunStatus.SUCCEEDED


def test_another_step_runs_while_one_waits_for_its_next_attempt() -> None:
    told = run(workflow([step("a", retries=TWICE), "b"]), {"a": [BAD, GOOD], "b": Script(duration_s=2.0)})
    assert told.attempts == [("a", 1, 0.0), ("b", 1, 1.0), ("a", 2, 5.0)]
    assert told.end.at == 6.0


def test_the_next_attempt_waits_until_there_is_room() -> None:
    told = run(workflow([step("a", retries=TWICE), "b"]), {"a": [BAD, GOOD], "b": Script(duration_s=20.0)})
    assert told.attempts == [("a", 1, 0.0), ("b", 1, 1.0), ("a", 2, 21.0)]
    assert told.runner.most_at_once == 1
    assert told.all_given_back


def test_failure_of_another_step_does_not_end_retries() -> None:
    steps = [step("a", retries=TWICE), "b", "c"]
    told = run(
        workflow(steps), {"a": [BAD, BAD, GOOD], "b": Script(duration_s=2.0, exit_code=1)}, capacity=TWO
    )
    assert told.attempts == [("a", 1, 0.0), ("b", 1, 0.0), ("c", 1, 1.0), ("a", 2, 5.0), ("a", 3, 14.0)]
    assert told.outcomes["a"].status is StepStatus.SUCCEEDED
    assert told.end.status is RunStatus.FAILED


def test_what_waits_for_a_step_waits_for_its_last_attempt() -> None:
    told = run(workflow([step("a", retries=TWICE), "b"], [("a", "b")]), {"a": [BAD, GOOD]}, capacity=TWO)
    assert told.started == ["a", "a", "b"]


def test_a_retry_goes_in_its_place_in_the_order() -> None:
    steps = [step("a", retries=Retries(max=1, delay_s=0.0)), "b"]
    assert run(workflow(steps), {"a": [BAD, GOOD]}).started == ["a", "a", "b"]


@pytest.mark.parametrize(
    ("at", "number", "waits"), [(2.0, 2, True), (4.5, 15, True), (0.5, 2, False), (5.5, 2, False)]
)
def test_signal_ends_waiting_and_running_attempts(at: float, number: int, waits: bool) -> None:
    told = run(workflow([step("a", retries=TWICE), "b"], [("a", "b")]), {"a": BAD}, signals=[(at, number)])
    outcome = told.outcomes["a"]
    assert (outcome.status, outcome.reason) == (StepStatus.CANCELLED, "the run was stopped")
    assert outcome.exit_code == (3 if waits else None)
    assert told.runner.stops == ([] if waits else [("a", False)])
    assert told.end == RunFinished(at=at, status=RunStatus.CANCELLED, signal=number)
    assert list(told.not_run) == ["b"]
    assert told.all_given_back


def test_signal_while_a_due_attempt_waits_for_room() -> None:
    scripts = {"a": BAD, "b": Script(duration_s=20.0)}
    told = run(workflow([step("a", retries=TWICE), "b"]), scripts, signals=[(10.0, 2)])
    assert told.attempts == [("a", 1, 0.0), ("b", 1, 1.0)]
    assert [outcome.status for outcome in told.outcomes.values()] == [StepStatus.CANCELLED] * 2


def test_failure_after_a_signal_is_final() -> None:
    stubborn = Script(duration_s=3.0, exit_code=3, ignores_term=True)
    told = run(workflow([step("a", retries=TWICE)]), {"a": stubborn}, signals=[(1.0, 2)])
    assert told.retried == []
    assert told.outcomes["a"].status is StepStatus.CANCELLED


def test_timeout_before_a_signal_is_final_too() -> None:
    stubborn = Script(duration_s=math.inf, ignores_term=True)
    told = run(workflow([step("a", timeout_s=2.0, retries=TWICE)]), {"a": stubborn}, signals=[(3.0, 2)])
    assert (told.started, told.retried) == (["a"], [])
    assert told.outcomes["a"].reason == "timed out"
    assert told.end == RunFinished(at=13.0, status=RunStatus.CANCELLED, signal=2)


@pytest.mark.parametrize(("when", "tries"), [("timeout", 3), ("any", 3), (3, 1)])
def test_each_attempt_has_its_own_timeout(when: int | str, tries: int) -> None:
    retries = Retries(max=2, delay_s=4.0, when=frozenset({when}))
    told = run(workflow([step("a", timeout_s=5.0, retries=retries)]), {"a": Script(duration_s=math.inf)})
    assert told.attempts == [("a", 1, 0.0), ("a", 2, 9.0), ("a", 3, 22.0)][:tries]
    assert told.runner.stops == [("a", False)] * tries
    assert told.outcomes["a"].reason == "timed out"
    assert told.end.at == (27.0 if tries == 3 else 5.0)


def test_an_attempt_may_take_its_time_after_one_that_timed_out() -> None:
    scripts = [Script(duration_s=math.inf), Script(duration_s=4.0)]
    told = run(workflow([step("a", timeout_s=5.0, retries=TWICE)]), {"a": scripts})
    assert told.outcomes["a"].status is StepStatus.SUCCEEDED


def making(*, keep: bool = False) -> Step:
    return step("a", outputs=O_X, keep_on_failure=keep, retries=Retries(max=1))


def test_outputs_of_each_attempt_are_set_aside(tmp_path: Path) -> None:
    seen: list[bool] = []
    output = tmp_path / "work/o/x"

    def write() -> None:
        seen.append(output.exists())
        output.write_text(str(len(seen)), encoding="utf-8")

    told = run(workflow([making()]), {"a": Script(exit_code=1, action=write)}, folder=str(tmp_path))
    assert seen == [False, False]
    assert not output.exists()
    aside = tmp_path / "run/outputs/a/o"
    assert {each.name: each.read_text() for each in aside.iterdir()} == {"x": "1", "x.1": "2"}
    assert told.end.status is RunStatus.FAILED


def test_outputs_of_the_good_attempt_stay(tmp_path: Path) -> None:
    output = tmp_path / "work/o/x"
    scripts = [Script(exit_code=1, action=output.touch), Script(action=output.touch)]
    run(workflow([making()]), {"a": scripts}, folder=str(tmp_path))
    assert output.exists()
    assert (tmp_path / "run/outputs/a/o/x").exists()


def test_outputs_that_stay_on_failure_are_in_the_way_of_the_next_attempt(tmp_path: Path) -> None:
    output = tmp_path / "work/o/x"
    scripts = Script(exit_code=1, action=output.touch)
    run(workflow([making(keep=True)]), {"a": scripts}, folder=str(tmp_path))
    assert output.exists()
    assert (tmp_path / "trash/o/x").exists()
    assert not (tmp_path / "run/outputs").exists()


def test_missing_output_is_worth_another_attempt(tmp_path: Path) -> None:
    scripts = [Script(), Script(action=(tmp_path / "work/o/x").touch)]
    told = run(workflow([making()]), {"a": scripts}, folder=str(tmp_path))
    assert told.notices == [MISSING_OUTPUT.number]
    assert told.end.status is RunStatus.SUCCEEDED


OUT_OF_MEMORY = Script(
    exit_code=0,
    limit=LimitHit(kind=LimitKind.MEMORY, limit=100, observed=150, enforced_by=Enforcer.WATCHDOG),
)


def test_memory_grows_after_the_step_went_over_it_and_only_then() -> None:
    growing = Retries(max=4, delay_s=0.0, memory_factor=2.0, when=frozenset({3}))
    steps = [step("a", memory_bytes=100, retries=growing), step("b", memory_bytes=700)]
    four = Capacity(slots=4, cpu_milli=4000, memory_bytes=1000)
    plans = {"a": [OUT_OF_MEMORY, BAD, OUT_OF_MEMORY, OUT_OF_MEMORY, GOOD], "b": Script(duration_s=3.5)}
    told = run(workflow(steps), plans, capacity=four)
    mine = [launch for launch in told.runner.launches if launch.step == "a"]
    assert [launch.limits for launch in mine] == [{"memory": size} for size in (100, 200, 200, 400, 800)]
    assert [launch.env["WFOPT_STEP_MEMORY"] for launch in mine] == ["100", "200", "200", "400", "800"]
    # What it asks for is reserved as well: with 400 it has to wait until the other step is over.
    assert [at for name, _, at in told.attempts if name == "a"] == [0.0, 1.0, 2.0, 3.5, 4.5]
    assert told.end == RunFinished(at=5.5, status=RunStatus.SUCCEEDED)


def test_memory_does_not_grow_above_what_there_is() -> None:
    growing = Retries(max=2, delay_s=0.0, memory_factor=100.0)
    capacity = Capacity(slots=1, cpu_milli=1000, memory_bytes=1000)
    told = run(
        workflow([step("a", memory_bytes=100, retries=growing)]), {"a": OUT_OF_MEMORY}, capacity=capacity
    )
    assert [launch.limits["memory"] for launch in told.runner.launches] == [100, 1000, 1000]
    assert told.outcomes["a"].reason == "went over its memory of 100 B"
    assert told.outcomes["a"].status is StepStatus.FAILED
