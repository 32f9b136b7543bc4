"""The loop: starts, ends, deadlines and signals on pretended processes."""

import math
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.builders import step, workflow
from tests.support.runners import Plan as Script
from tests.support.runs import run
from wfopt.codes import (
    EMPTY_OUTPUT_GLOB,
    LEFT_BEHIND,
    MISSING_OUTPUT,
    OUTPUT_NOT_CLOSED,
    SERVICE_ENDED,
)
from wfopt.errors import FaultError, StrategyError
from wfopt.events import RunFinished, StepOutput, StepStarted
from wfopt.formats.expressions import parse_template
from wfopt.model.outcome import RunStatus, StepStatus
from wfopt.model.patterns import PathPattern
from wfopt.model.workflow import Argv
from wfopt.resources.pool import Capacity
from wfopt.scheduler.base import Facts, View

TWO = Capacity(slots=2, cpu_milli=2000)
BAD = Argv((parse_template("${{ needs.ghost.status }}"),))
LATE = frozenset({"needs.ghost.status"})


@dataclass(frozen=True)
class Picks:
    """A strategy that picks these nodes whatever it is asked."""

    nodes: Sequence[int]
    name: str = "wild"

    def ranks(self, facts: Facts) -> Sequence[float]:
        return (0.0,) * len(facts.dag)

    def pick(self, view: View) -> Sequence[int]:
        return self.nodes


def test_order_and_times() -> None:
    told = run(workflow("abc", [("c", "a")]), {"b": Script(duration_s=2.0, output=b"hi")})
    assert told.started == ["b", "c", "a"]
    assert told.end == RunFinished(at=4.0, status=RunStatus.SUCCEEDED)
    assert told.events[:2] == [
        StepStarted(at=0.0, step="b", reason="why b"),
        StepOutput(at=0.0, step="b", data=b"hi"),
    ]


def test_empty_workflow() -> None:
    assert run(workflow([])).events == [RunFinished(at=0.0, status=RunStatus.SUCCEEDED)]


def test_failure_fails_the_run() -> None:
    told = run(workflow("abc", [("a", "b")]), {"a": Script(exit_code=3)})
    assert told.outcomes["a"].reason == "exit status 3"
    assert told.not_run == {"b": "`a` failed", "c": "`a` failed"}
    assert told.end.status is RunStatus.FAILED


@pytest.mark.parametrize(
    ("allow", "script", "allowed"),
    [
        (True, Script(exit_code=3), True),
        (frozenset({3}), Script(exit_code=3), True),
        (frozenset({4}), Script(exit_code=3), False),
        (True, Script(error="no such program"), True),
        (frozenset({4}), Script(error="no such program"), False),
        (True, Script(signal=9), True),
    ],
)
def test_allow_failure(allow: bool | frozenset[int], script: Script, allowed: bool) -> None:
    told = run(workflow([step("a", allow_failure=allow), "b"], [("a", "b")]), {"a": script})
    assert told.outcomes["a"].allowed is allowed
    assert ("b" in told.started) is allowed
    assert told.end.status is (RunStatus.SUCCEEDED if allowed else RunStatus.FAILED)


def test_success_is_not_an_allowed_failure() -> None:
    told = run(workflow([step("a", allow_failure=True)]))
    assert told.outcomes["a"].status is StepStatus.SUCCEEDED
    assert not told.outcomes["a"].allowed


def test_failed_start() -> None:
    told = run(workflow(["a"]), {"a": Script(error="no such program")})
    assert (told.outcomes["a"].reason, told.outcomes["a"].usage) == ("no such program", None)


def test_end_by_signal() -> None:
    told = run(workflow(["a"]), {"a": Script(signal=11)})
    assert (told.outcomes["a"].reason, told.outcomes["a"].signal) == ("ended by SIGSEGV", 11)


@pytest.mark.parametrize("ignores_term", [False, True])
def test_timeout_asks_then_ends_after_ten_seconds(ignores_term: bool) -> None:
    script = Script(duration_s=math.inf, ignores_term=ignores_term)
    told = run(workflow([step("a", timeout_s=5.0)]), {"a": script})
    assert told.runner.stops == [("a", False), ("a", True)][: 1 + ignores_term]
    outcome = told.outcomes["a"]
    assert (outcome.status, outcome.reason) == (StepStatus.FAILED, "timed out")
    assert outcome.limit is not None
    assert (outcome.limit.limit, outcome.limit.observed) == (5.0, 15.0 if ignores_term else 5.0)
    assert told.end.at == (15.0 if ignores_term else 5.0)


def test_end_before_the_timeout_is_no_timeout() -> None:
    told = run(workflow([step("a", timeout_s=5.0)]), {"a": Script(duration_s=4.0)})
    assert told.runner.stops == []
    assert told.end.status is RunStatus.SUCCEEDED


@pytest.mark.parametrize(
    ("signals", "at", "stops"),
    [
        ([(1.0, 2)], 11.0, [("a", False), ("a", True)]),
        ([(1.0, 2), (3.0, 2)], 3.0, [("a", False), ("a", True)]),
    ],
)
def test_signals(signals: list[tuple[float, int]], at: float, stops: list[tuple[str, bool]]) -> None:
    told = run(workflow("ab"), {"a": Script(duration_s=math.inf, ignores_term=True)}, signals=signals)
    assert told.runner.stops == stops
    assert told.end == RunFinished(at=at, status=RunStatus.CANCELLED, signal=signal.SIGINT)
    assert told.outcomes["a"].status is StepStatus.CANCELLED
    assert told.not_run == {"b": "the run was stopped by SIGINT"}


def test_interactive_step_runs_alone() -> None:
    steps = ["a", step("shell", interactive=True), "b", step("c", cpu_milli=500)]
    told = run(workflow(steps), {"a": Script(duration_s=2.0)}, capacity=TWO)
    assert told.attempts == [("a", 1, 0.0), ("b", 1, 0.0), ("c", 1, 1.0), ("shell", 1, 2.0)]
    assert [launch.interactive for launch in told.runner.launches] == [False, False, False, True]


def test_nothing_starts_beside_an_interactive_step() -> None:
    steps = [step("shell", interactive=True), "a", "b"]
    told = run(workflow(steps), {"shell": Script(duration_s=2.0)}, capacity=TWO)
    assert told.attempts == [("shell", 1, 0.0), ("a", 1, 2.0), ("b", 1, 2.0)]


def test_service_that_ended_is_told_and_forgotten() -> None:
    steps = [step("a", effects=frozenset({"service"})), "b"]
    told = run(workflow(steps), {"a": Script(serves=True, serves_for_s=0.5)})
    assert told.notices == [SERVICE_ENDED.number]
    assert told.services == set()


def test_steps_that_nobody_starts_are_a_fault() -> None:
    with pytest.raises(FaultError, match="steps are left, but none runs and none may start"):
        run(workflow("ab"), strategy=Picks(()))


def test_messages_about_what_a_step_left() -> None:
    told = run(workflow(["a"]), {"a": Script(left_behind=2, output_held=True)})
    assert told.notices == [LEFT_BEHIND.number, OUTPUT_NOT_CLOSED.number]


def outputs(*texts: str) -> tuple[PathPattern, ...]:
    return tuple(map(PathPattern, texts))


def test_missing_output_fails(tmp_path: Path) -> None:
    told = run(workflow([step("a", outputs=outputs("o/x", "o/*.c"))]), folder=str(tmp_path))
    assert told.outcomes["a"].reason == "its output `o/x` is missing"
    assert told.notices == [EMPTY_OUTPUT_GLOB.number, MISSING_OUTPUT.number]


def test_written_output_is_well(tmp_path: Path) -> None:
    script = Script(action=(tmp_path / "work/o/x").touch)
    told = run(workflow([step("a", outputs=outputs("o/x"))]), {"a": script}, folder=str(tmp_path))
    assert told.end.status is RunStatus.SUCCEEDED
    assert (tmp_path / "work/o/x").exists()


@pytest.mark.parametrize(("keep", "allow"), [(False, False), (True, False), (False, True)])
def test_outputs_of_a_failure_move_aside(tmp_path: Path, keep: bool, allow: bool) -> None:
    script = Script(exit_code=1, action=(tmp_path / "work/o/x").touch)
    failing = step("a", outputs=outputs("o/x"), keep_on_failure=keep, allow_failure=allow)
    run(workflow([failing]), {"a": script}, folder=str(tmp_path))
    assert (tmp_path / "work/o/x").exists() is (keep or allow)
    assert (tmp_path / "run/outputs/a/o/x").exists() is not (keep or allow)


def test_outputs_that_cannot_move_are_told(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/outputs").touch()
    (tmp_path / "nearby").touch()
    script = Script(exit_code=1, action=(tmp_path / "work/x").touch)
    told = run(workflow([step("a", outputs=outputs("x"))]), {"a": script}, folder=str(tmp_path))
    assert len(told.notices) == 1
    assert told.outcomes["a"].reason == "exit status 1"


def test_no_room_for_outputs_fails_the_step(tmp_path: Path) -> None:
    (tmp_path / "work").touch()
    told = run(workflow([step("a", outputs=outputs("o/x"))]), folder=str(tmp_path))
    assert told.runner.started == []
    assert told.outcomes["a"].status is StepStatus.FAILED


def test_expression_without_value_fails_the_step() -> None:
    told = run(workflow([step("a", run=BAD, references=LATE)]))
    assert told.outcomes["a"].reason == "`needs` has no `ghost`; nothing is declared there"
    assert told.runner.started == []
    assert told.end.status is RunStatus.FAILED


def test_failed_start_cancels_what_was_picked_with_it() -> None:
    told = run(workflow([step("a", run=BAD, references=LATE), "b"]), capacity=TWO)
    assert told.started == ["a"]
    assert told.not_run == {"b": "`a` failed"}
    assert told.all_given_back


def test_expressions_know_what_came_before() -> None:
    late = Argv((parse_template("${{ needs.a.status }}"),))
    second = step("b", run=late, references=frozenset({"needs.a.status"}))
    told = run(workflow(["a", second], [("a", "b")]))
    assert told.runner.launches[1].argv == ("succeeded",)


@pytest.mark.parametrize("nodes", [(1,), (2,), (0, 0), (0, 2, 3)])
def test_nonsense_of_a_strategy_is_refused(nodes: tuple[int, ...]) -> None:
    steps = ["a", "b", step("c", cpu_milli=2000), "d"]
    chosen = workflow(steps, [("a", "b"), ("a", "c")] if nodes == (2,) else [("a", "b")])
    with pytest.raises(StrategyError, match=r"strategy `wild` picked `.`, which may not start now"):
        run(chosen, strategy=Picks(nodes), capacity=TWO)


def test_a_small_step_behind_many_large_ones_starts() -> None:
    steps = [step(f"s{number}", tokens={"gpu": 1}) for number in range(70)]
    told = run(workflow([*steps, "small"]), capacity=Capacity(slots=2, cpu_milli=2000, tokens={"gpu": 1}))
    assert told.started[:2] == ["s0", "small"]
