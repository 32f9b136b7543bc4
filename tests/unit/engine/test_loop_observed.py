"""A run that is looked at while it goes on, and what is measured when steps start."""

from __future__ import annotations

import pytest

from tests.support.builders import step, workflow
from tests.support.eyes import FakeEyes
from tests.support.runners import Plan as Script
from tests.support.runs import Recorded, run
from wfopt.engine.reuse import Miss
from wfopt.events import AlertChanged, Sampled, StepFinished, StepStarted
from wfopt.model.history import Alert
from wfopt.model.outcome import StepStatus
from wfopt.model.samples import Raised
from wfopt.model.workflow import Retries, Step, StepId
from wfopt.resources.pool import Capacity

A, B, C = (StepId(name) for name in "abc")
TWO = Capacity(slots=2, cpu_milli=2000)


def waits(recorded: Recorded) -> dict[str, float]:
    """Return how long each step waited for room before its last start."""
    return {each.step: each.waited_s for each in recorded.events if isinstance(each, StepStarted)}


def sizes(recorded: Recorded) -> list[tuple[str, int, int | None]]:
    started = [each for each in recorded.events if isinstance(each, StepStarted)]
    return [(each.step, each.attempt, each.input_bytes) for each in started]


def test_a_run_is_looked_at_twice_a_second_while_a_step_runs() -> None:
    eyes = FakeEyes()
    recorded = run(workflow("a"), {"a": Script(duration_s=2.2)}, eyes=eyes)
    assert eyes.moments == [0.5, 1.0, 1.5, 2.0]
    assert recorded.clock.now() == 2.2
    kinds = [type(each) for each in recorded.events]
    assert kinds.index(Sampled) > kinds.index(StepStarted)
    assert kinds.count(Sampled) == 4
    assert recorded.outcomes["a"].status is StepStatus.SUCCEEDED


def test_a_run_that_is_over_before_is_never_looked_at() -> None:
    eyes = FakeEyes()
    run(workflow("abc"), {name: Script(duration_s=0.1) for name in "abc"}, eyes=eyes)
    assert eyes.seen == []


def test_it_is_not_looked_while_nothing_runs() -> None:
    retries = Retries(max=1, jitter=False, delay_s=10.0, backoff=1.0, max_delay_s=60.0)
    scripts = [Script(duration_s=0.7, exit_code=1), Script(duration_s=0.7)]
    eyes = FakeEyes()
    recorded = run(workflow([step("a", retries=retries)]), {"a": scripts}, eyes=eyes)
    ((_, _, first), (_, _, second)) = recorded.attempts
    # The second attempt starts late enough for a look, and then there is time for one more.
    assert (first, eyes.moments) == (0.0, [0.5, round(second, 3), round(second + 0.5, 3)])


def test_looks_do_not_delay_what_has_to_be_done_meanwhile() -> None:
    eyes = FakeEyes()
    scripts = {"a": Script(duration_s=100.0), "b": Script(duration_s=0.9)}
    steps = [step("a", timeout_s=1.7), step("b")]
    recorded = run(workflow(steps), scripts, capacity=TWO, eyes=eyes)
    ends = {each.step: round(each.at, 3) for each in recorded.events if isinstance(each, StepFinished)}
    assert ends == {"b": 0.9, "a": 1.7}
    # What ends earlier wakes the loop, but it is no time to look.
    assert eyes.moments == [0.5, 1.0, 1.5]


def test_it_is_told_how_the_run_stands() -> None:
    eyes = FakeEyes()
    scripts = {"a": Script(duration_s=1.2), "b": Script(duration_s=0.8), "c": Script(duration_s=0.4)}
    run(workflow("abc"), scripts, capacity=TWO, eyes=eyes)
    (first, second) = (standing for _, standing in eyes.seen)
    assert dict(first.alive.leaders) == {A: 1000, B: 1001}
    assert first.alive.spawner == 999
    assert (first.started_at, first.waiting) == ({A: 0.0, B: 0.0}, 0)
    assert dict(second.alive.leaders) == {A: 1000, C: 1002}
    assert second.started_at == {A: 0.0, C: 0.8}


def test_what_waits_for_other_room_than_cpus_is_counted() -> None:
    eyes = FakeEyes()
    steps = [step("a", memory_bytes=3), step("b", memory_bytes=2), step("c", memory_bytes=2)]
    capacity = Capacity(slots=4, cpu_milli=4000, memory_bytes=4)
    run(workflow(steps), {name: Script(duration_s=0.6) for name in "abc"}, capacity=capacity, eyes=eyes)
    assert [standing.waiting for _, standing in eyes.seen] == [2, 0]


def test_what_waits_for_a_cpu_is_not_counted() -> None:
    eyes = FakeEyes()
    run(workflow("abc"), {name: Script(duration_s=0.6) for name in "abc"}, eyes=eyes)
    assert [standing.waiting for _, standing in eyes.seen] == [0, 0, 0]


def test_what_may_start_at_this_moment_does_not_wait() -> None:
    eyes = FakeEyes()
    steps, edges = ("a", "b", "c"), [("a", "c")]
    scripts = {"a": Script(duration_s=0.5), "b": Script(duration_s=1.0), "c": Script(duration_s=0.2)}
    run(workflow(steps, edges), scripts, capacity=TWO, eyes=eyes)
    # At the end of `a` it is also time to look, and `c` has started by then.
    ((at, standing),) = eyes.seen
    assert (at, standing.waiting, set(standing.started_at)) == (0.5, 0, {B, C})


def test_alerts_are_told_and_change_nothing_else() -> None:
    raised = Raised(Alert(at=0.5, rule="memory", severity="critical", message="full", step=A))
    recorded = run(workflow("a"), {"a": Script(duration_s=0.9)}, eyes=FakeEyes({1: [raised]}))
    assert [each for each in recorded.events if isinstance(each, AlertChanged)] == [
        AlertChanged(at=0.5, change=raised)
    ]
    plain = run(workflow("a"), {"a": Script(duration_s=0.9)})
    rest = [each for each in recorded.events if not isinstance(each, AlertChanged | Sampled)]
    assert rest == plain.events


def test_hooks_are_looked_at_on_the_same_clock() -> None:
    eyes = FakeEyes()
    flow = workflow(["a"], finally_steps=["finally:b"])
    run(flow, {"a": Script(duration_s=0.8), "finally:b": Script(duration_s=0.8)}, eyes=eyes)
    assert [(at, *standing.started_at) for at, standing in eyes.seen] == [
        (0.5, "a"),
        (1.0, "finally:b"),
        (1.5, "finally:b"),
    ]


@pytest.mark.parametrize(
    ("capacity", "waited"),
    [
        (Capacity(slots=1, cpu_milli=1000), {"a": 0.0, "b": 2.0, "c": 0.0}),
        (TWO, {"a": 0.0, "b": 0.0, "c": 0.0}),
    ],
)
def test_how_long_a_step_waited_for_room(capacity: Capacity, waited: dict[str, float]) -> None:
    # That `c` waits for both others is no lack of room.
    flow = workflow("abc", [("a", "c"), ("b", "c")])
    recorded = run(flow, {"a": Script(duration_s=2.0), "b": Script(duration_s=3.0)}, capacity=capacity)
    assert waits(recorded) == waited


def test_a_retry_waits_from_the_moment_on_when_it_is_due() -> None:
    retries = Retries(max=1, jitter=False, delay_s=1.0, backoff=1.0, max_delay_s=60.0)
    scripts = {"a": [Script(duration_s=1.0, exit_code=1), Script()], "b": Script(duration_s=5.0)}
    recorded = run(workflow([step("a", retries=retries), "b"]), scripts)
    ((_, _, _), (_, _, b_at), (_, _, again)) = recorded.attempts
    ((_, _, delay),) = recorded.retried
    assert (b_at, again) == (1.0, 6.0)
    assert waits(recorded)["a"] == pytest.approx(6.0 - (1.0 + delay))


def test_the_size_of_inputs_is_told_with_each_start() -> None:
    asked: list[tuple[str, str]] = []

    def measure(each: Step, miss: Miss) -> int | None:
        asked.append((each.id, miss.reason))
        return {"a": 700}.get(each.id)

    retries = Retries(max=1, jitter=False, delay_s=0.0, backoff=1.0, max_delay_s=60.0)
    recorded = run(
        workflow([step("a", retries=retries), "b"]),
        {"a": [Script(exit_code=1), Script()]},
        measure=measure,
    )
    assert sorted(sizes(recorded)) == [("a", 1, 700), ("a", 2, 700), ("b", 1, None)]
    assert sorted(asked) == [("a", "why a"), ("a", "why a"), ("b", "why b")]
