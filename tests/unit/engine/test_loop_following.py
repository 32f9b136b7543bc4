"""The loop: steps that start right after others, and when they wait for their turn instead."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.support.builders import edge, step, workflow
from tests.support.runners import Plan as Script
from tests.support.runs import run
from wfopt.engine.following import MOST_AHEAD
from wfopt.engine.reuse import Miss, NoReuse
from wfopt.engine.runner import Launch
from wfopt.events import RunFinished
from wfopt.formats.expressions import parse_template
from wfopt.formats.native.bodies import SHELLS
from wfopt.model.effects import Traced
from wfopt.model.expressions import Call, Template
from wfopt.model.outcome import Enforcer, LimitHit, LimitKind, RunStatus, StepStatus
from wfopt.model.patterns import PathPattern
from wfopt.model.workflow import (
    Argv,
    Limits,
    MatrixGroup,
    Origin,
    Request,
    Retries,
    Step,
    StepId,
    Workflow,
)
from wfopt.model.workflow import Script as Shell
from wfopt.resources.pool import Capacity

FOREVER = Script(duration_s=math.inf)
TWO = Capacity(slots=2, cpu_milli=2000)
Edges = Sequence[tuple[str, str]]
AGAIN = Retries(max=1, when=frozenset({"any"}))


def chain(
    *steps: str | Step, others: Sequence[str | Step] = (), edges: Sequence[tuple[str, str]] = ()
) -> Workflow:
    """Return steps of which each starts right after the one before, and others."""
    made = [each if isinstance(each, Step) else step(each) for each in steps]
    pairs = [(str(one.id), str(two.id)) for one, two in pairwise(made)]
    linked = [
        replace(each, right_after=made[place - 1].id) if place else each for place, each in enumerate(made)
    ]
    return workflow([*linked, *others], [*pairs, *edges])


def test_the_next_one_starts_by_itself_and_all_is_told_in_order() -> None:
    told = run(chain("a", "b", "c"))
    assert told.runner.handed_on == ["b", "c"]
    assert told.events == run(workflow("abc", [("a", "b"), ("b", "c")])).events
    assert told.all_given_back


def test_it_takes_the_place_of_the_one_before() -> None:
    told = run(chain("a", "b", others=["other"]))
    assert told.started == ["a", "b", "other"]
    assert told.runner.most_at_once == 1
    assert run(workflow(["a", "other", "b"], [("a", "b")])).started == ["a", "other", "b"]


def test_times_count_from_the_true_start() -> None:
    told = run(chain("a", step("b", timeout_s=5.0)), {"b": FOREVER})
    assert told.attempts == [("a", 1, 0.0), ("b", 1, 1.0)]
    assert told.runner.stops == [("b", False)]
    assert told.outcomes["b"].reason == "timed out"
    assert told.end == RunFinished(at=6.0, status=RunStatus.FAILED)


@pytest.mark.parametrize(
    "script",
    [Script(exit_code=3), Script(signal=9), Script(error="no such program"), Script(left_behind=1)],
)
def test_what_does_not_end_well_hands_nothing_on(script: Script) -> None:
    told = run(chain("a", "b", "c"), {"a": script})
    assert told.runner.lined_up[:2] == ["b", "c"]
    assert "b" not in told.runner.handed_on
    assert told.events == run(workflow("abc", [("a", "b"), ("b", "c")]), {"a": script}).events


def test_keeping_going_skips_what_followed() -> None:
    told = run(chain("a", "b", others=["c"]), {"a": Script(exit_code=1)}, keep_going=True)
    assert told.not_run == {"b": "`a` failed"}
    assert told.started == ["a", "c"]


@pytest.mark.parametrize("listed", [1, 2])
def test_in_a_list_nothing_follows_where_a_step_above_has_failed(listed: int) -> None:
    steps = [step("x"), step("a", condition=Call("always")), step("b"), step("c")]
    steps[2:] = (replace(each, right_after=steps[place + 1].id) for place, each in enumerate(steps[2:]))
    edges = [
        edge(one, two, origin=Origin.LIST if place == listed else Origin.WRITTEN)
        for place, (one, two) in enumerate(pairwise("xabc"))
    ]
    scripts = {"x": Script(exit_code=1)}
    told = run(workflow(steps, edges), scripts, keep_going=True)
    in_turn = [replace(each, right_after=None) for each in steps]
    assert told.events == run(workflow(in_turn, edges), scripts, keep_going=True).events
    assert told.not_run["c"] == ("`b` was skipped" if listed == 1 else "a step above it failed")


def test_what_cannot_be_started_by_itself_fails_in_the_ordinary_way() -> None:
    told = run(chain("a", "b"), {"b": Script(error="no such program")})
    assert told.runner.handed_on == []
    assert told.outcomes["b"].reason == "no such program"


def test_values_are_read_before_anything_follows(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    values = tmp_path / "run" / "a.values"

    def write() -> None:
        values.write_text("not a value\n")

    told = run(chain("a", "b"), {"a": Script(action=write)}, folder=str(tmp_path))
    assert told.runner.lined_up == ["b"]
    assert told.started == ["a"]
    assert told.outcomes["a"].status is StepStatus.FAILED


def _with(first: dict[str, Any] | None = None, then: dict[str, Any] | None = None) -> Workflow:
    made = chain("a", "b")
    one, two = made.steps
    return replace(made, steps=(replace(one, **(first or {})), replace(two, **(then or {}))))


LATE = parse_template("${{ needs.a.status }}")
WAITS = frozenset({"needs.a.status"})
BOTH = {"request": Request(memory_bytes=1 << 20)}


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(_with({"retries": AGAIN}), id="retried"),
        pytest.param(_with({"effects": frozenset({"service"})}), id="service"),
        pytest.param(_with({"allow_failure": True}), id="may fail"),
        pytest.param(_with({"allow_failure": frozenset({3})}), id="other statuses"),
        pytest.param(_with({"capture": "x"}), id="captured"),
        pytest.param(_with({"interactive": True}), id="in front"),
        pytest.param(_with(then={"interactive": True}), id="then in front"),
        pytest.param(_with(then={"condition": Call("success")}), id="condition"),
        pytest.param(_with(then={"run": Argv((LATE,)), "references": WAITS}), id="run"),
        pytest.param(_with(then={"env": {"A": LATE}, "references": WAITS}), id="env"),
        pytest.param(_with(then={"secrets": ("TOKEN",)}), id="secret"),
        pytest.param(_with(then={"request": Request(cpu_milli=500)}), id="other cpus"),
        pytest.param(_with(BOTH, BOTH), id="memory"),
        pytest.param(_with({"limits": Limits(pids=5)}), id="limited"),
        pytest.param(_with(then={"limits": Limits(pids=5)}), id="then limited"),
        pytest.param(
            _with({"group": MatrixGroup(definition="a", max_parallel=None, fail_fast=True)}), id="cell"
        ),
        pytest.param(_with(then={"right_after": None}), id="not asked for"),
        pytest.param(_with(then={"right_after": StepId("b")}), id="another one"),
        pytest.param(replace(_with(), secrets=("TOKEN",)), id="secrets"),
        pytest.param(
            workflow(
                [step("x"), step("a"), replace(step("b"), right_after=StepId("a"))], [("a", "b"), ("x", "b")]
            ),
            id="two needs",
        ),
        pytest.param(
            replace(
                chain("a", "b", others=["c"]),
                steps=(*chain("a", "b").steps, replace(step("c"), ahead_of=(StepId("a"),))),
            ),
            id="overtaken",
        ),
    ],
)
def test_waits_for_its_turn(changed: Workflow) -> None:
    told = run(changed, capacity=Capacity(slots=1, cpu_milli=1000, memory_bytes=1 << 30))
    assert told.runner.lined_up == []
    assert set(told.started) == {each.id for each in changed.steps}
    assert told.end.status is RunStatus.SUCCEEDED


def test_what_is_traced_waits_until_its_trace_was_read() -> None:
    class Watched:
        found: ClassVar[Mapping[StepId, Traced]] = {}
        untraced: ClassVar[Mapping[StepId, str]] = {}
        taken: ClassVar[list[str]] = []

        def wrapped(self, step: Step, launch: Launch) -> Launch:
            # The next one may change what paths that were seen lead to.
            assert self.taken == [each for each in "abc" if each < step.id]
            return launch

        def take(self, step: Step, _outcome: object, _notice: object) -> None:
            self.taken.append(step.id)

    told = run(chain("a", "b", "c"), tracer=Watched())
    assert told.runner.lined_up == []
    assert Watched.taken == ["a", "b", "c"]


@pytest.mark.parametrize("place", [0, 1])
def test_outputs_are_looked_at_in_between(place: int, tmp_path: Path) -> None:
    out = PathPattern("out", optional=True)
    made = _with(*({"outputs": (out,)} if each == place else None for each in range(2)))
    (tmp_path / "work").mkdir()
    told = run(made, folder=str(tmp_path))
    assert told.runner.lined_up == []
    assert told.started == ["a", "b"]


class Keeps(NoReuse):
    """Finds nothing, but might for one step."""

    def surely_runs(self, step: Step) -> Miss | None:
        return None if step.id == "b" else super().surely_runs(step)


@pytest.mark.parametrize("steps", ["abc", "bc", "cb"])
def test_what_may_be_cached_waits_for_its_turn(steps: str) -> None:
    told = run(chain(*steps), reuse=Keeps(lambda each: f"why {each.id}"))
    assert told.runner.lined_up == []
    assert told.started == list(steps)


def test_one_step_follows_at_most() -> None:
    made = chain("a", "b", others=[replace(step("c"), right_after=StepId("a"))], edges=[("a", "c")])
    told = run(made)
    assert told.runner.lined_up == ["b"]
    assert told.started == ["a", "b", "c"]


def test_a_step_that_is_tried_again_may_follow_and_nothing_after_it() -> None:
    told = run(chain("a", step("b", retries=AGAIN), "c"), {"b": [Script(exit_code=1), Script()]})
    assert told.runner.handed_on == ["b"]
    assert [each[:2] for each in told.attempts] == [("a", 1), ("b", 1), ("b", 2), ("c", 1)]


def test_no_more_than_so_many_are_lined_up_at_once() -> None:
    names = [f"s{number}" for number in range(MOST_AHEAD + 4)]
    told = run(chain(*names))
    assert told.started == names
    assert set(names) - set(told.runner.handed_on) == {"s0", names[MOST_AHEAD + 1]}


@pytest.mark.parametrize("at", [0.5, 1.5])
def test_a_signal_ends_what_runs_and_nothing_follows(at: float) -> None:
    told = run(chain("a", "b", "c"), {"b": Script(duration_s=2.0)}, signals=[(at, 2)])
    running = "a" if at < 1 else "b"
    assert told.runner.forgotten == 1
    assert told.runner.stops == [(running, False)]
    assert told.outcomes[running].status is StepStatus.CANCELLED
    rest = "bc" if at < 1 else "c"
    assert told.not_run == dict.fromkeys(rest, "the run was stopped by SIGINT")
    assert told.end.status is RunStatus.CANCELLED


def test_what_follows_while_a_signal_arrives_is_ended() -> None:
    scripts = {"a": Script(duration_s=3.0, ends_first=True), "b": FOREVER}
    told = run(chain("a", "b", "c"), scripts, signals=[(1.0, 2)])
    assert told.started == told.runner.started == ["a", "b"]
    assert [told.outcomes[each].status for each in "ab"] == [StepStatus.SUCCEEDED, StepStatus.CANCELLED]
    assert told.not_run == {"c": "the run was stopped by SIGINT"}
    assert told.end.status is RunStatus.CANCELLED
    assert told.all_given_back


def test_what_follows_when_the_time_of_the_one_before_is_up_goes_on() -> None:
    scripts = {"a": Script(duration_s=3.0, ends_first=True)}
    told = run(chain(step("a", timeout_s=1.0), "b"), scripts)
    assert told.runner.handed_on == ["b"]
    assert told.outcomes["a"].status is StepStatus.SUCCEEDED
    assert told.end.status is RunStatus.SUCCEEDED


def test_after_a_failure_elsewhere_nothing_follows() -> None:
    made = chain("a", "b", "c", others=["bad"])
    told = run(made, {"a": Script(duration_s=3.0), "bad": Script(exit_code=1)}, capacity=TWO)
    assert told.runner.handed_on == []
    assert told.started == ["a", "bad"]
    assert told.outcomes["a"].status is StepStatus.SUCCEEDED
    assert told.not_run == {"b": "`bad` failed", "c": "`bad` failed"}


def test_a_failure_that_only_shows_in_outputs_stops_what_would_follow(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    bad = step("bad", outputs=(PathPattern("out"),))
    made = chain("a", "b", others=[bad])
    told = run(made, {"a": Script(duration_s=3.0)}, capacity=TWO, folder=str(tmp_path))
    assert told.runner.forgotten == 1
    assert told.started == ["a", "bad"]


def test_where_all_that_fails_is_kept_going_the_rest_follows_later() -> None:
    made = chain("a", "b", others=["bad"])
    told = run(made, {"a": Script(duration_s=3.0), "bad": Script(exit_code=1)}, capacity=TWO, keep_going=True)
    assert told.runner.handed_on == []
    assert set(told.started) == {"a", "bad", "b"}


def test_the_timeout_of_the_one_before_lets_nothing_follow() -> None:
    told = run(chain(step("a", timeout_s=2.0), "b"), {"a": FOREVER})
    assert told.outcomes["a"].reason == "timed out"
    assert told.not_run == {"b": "`a` failed"}


def test_a_limit_of_the_one_before_lets_nothing_follow() -> None:
    hit = LimitHit(kind=LimitKind.MEMORY, limit=1.0, observed=2.0, enforced_by=Enforcer.WATCHDOG)
    told = run(chain("a", "b"), {"a": Script(limit=hit)})
    assert told.runner.handed_on == []
    assert told.not_run == {"b": "`a` failed"}


def test_after_a_failure_rollbacks_run_for_all_parts() -> None:
    steps = [step(name, rollback=step(f"{name}:rollback")) for name in "ab"]
    told = run(chain(*steps, "bad"), {"bad": Script(exit_code=1)})
    assert told.runner.handed_on == ["b", "bad"]
    assert told.started == ["a", "b", "bad", "b:rollback", "a:rollback"]


def test_what_cannot_be_prepared_fails_when_its_turn_comes() -> None:
    long = Shell(Template.plain("x" * 200_000), SHELLS["sh"])
    told = run(chain("a", step("b", run=long), "c"))
    assert told.runner.lined_up == []
    assert told.outcomes["b"].status is StepStatus.FAILED
    assert told.started == ["a", "b"]


def test_after_a_failure_nothing_is_lined_up() -> None:
    late = step("late", condition=Call("always"))
    after = replace(step("after", condition=None), right_after=StepId("late"))
    made = workflow(["bad", late, after], [("bad", "late"), ("late", "after")])
    told = run(made, {"bad": Script(exit_code=1)})
    assert told.runner.lined_up == []
    assert told.not_run == {"after": "`bad` failed"}
