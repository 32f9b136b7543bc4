"""Whatever is run: needs come first, limits hold, and the end is told once."""

from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import step, workflow
from tests.support.runners import Plan as Script
from tests.support.runs import Recorded, run
from wfopt.events import RunFinished, StepCancelled, StepFinished, StepSkipped, StepStarted
from wfopt.model.workflow import MatrixGroup, Step, Workflow
from wfopt.resources.pool import Capacity
from wfopt.scheduler.registry import STRATEGIES

GROUPS = tuple(
    MatrixGroup(definition=name, max_parallel=limit, fail_fast=fast)
    for name, limit, fast in (("m", 1, True), ("n", 2, False))
)


@dataclass(frozen=True)
class Case:
    """A workflow and what becomes of its steps."""

    workflow: Workflow
    scripts: dict[str, Script]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    size = draw(st.integers(0, 12))
    order = draw(st.permutations(range(size)))
    names = [f"s{number}" for number in range(size)]
    steps = [
        step(
            name,
            cpu_milli=draw(st.sampled_from([100, 1000, 2500, 9000])),
            memory_bytes=draw(st.sampled_from([None, 1, 6, 10])),
            tokens=draw(st.sampled_from([{}, {"gpu": 1}, {"gpu": 2}])),
            group=draw(st.sampled_from([None, *GROUPS])),
            allow_failure=draw(st.booleans()),
        )
        for name in names
    ]
    pairs = [(order[first], order[then]) for then in range(size) for first in range(then)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=14)) if pairs else []
    scripts = {
        name: Script(
            duration_s=draw(st.integers(0, 5)),
            exit_code=draw(st.sampled_from([0, 0, 0, 1])),
            error=draw(st.sampled_from([None, None, None, None, "gone"])),
        )
        for name in names
    }
    return Case(workflow(steps, [(names[first], names[then]) for first, then in chosen]), scripts)


def check_limits(running: list[Step], capacity: Capacity) -> None:
    assert capacity.memory_bytes is not None
    assert len(running) <= capacity.slots
    assert sum(min(each.request.cpu_milli, capacity.cpu_milli) for each in running) <= capacity.cpu_milli
    assert sum(each.request.memory_bytes or 0 for each in running) <= capacity.memory_bytes
    assert sum(each.request.tokens.get("gpu", 0) for each in running) <= capacity.tokens["gpu"]
    for group in GROUPS:
        assert group.max_parallel is not None
        assert sum(each.group == group for each in running) <= group.max_parallel


def check_events(told: Recorded, case: Case, capacity: Capacity) -> None:
    steps = {each.id: each for each in case.workflow.steps}
    running: dict[str, Step] = {}
    over: set[str] = set()
    for event in told.events:
        if isinstance(event, StepStarted):
            assert {edge.before for edge in case.workflow.edges if edge.after == event.step} <= over
            running[event.step] = steps[event.step]
            check_limits(list(running.values()), capacity)
        elif isinstance(event, StepFinished):
            del running[event.step]
            over.add(event.step)
        elif isinstance(event, StepSkipped | StepCancelled):
            over.add(event.step)
    assert over == set(steps)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(
    case=cases(),
    slots=st.integers(1, 4),
    cpu_milli=st.sampled_from([1000, 3000]),
    keep_going=st.booleans(),
    strategy=st.sampled_from(STRATEGIES),
)
def test_runs(case: Case, slots: int, cpu_milli: int, keep_going: bool, strategy: object) -> None:
    capacity = Capacity(slots=slots, cpu_milli=cpu_milli, memory_bytes=10, tokens={"gpu": 2})
    chosen = next(each for each in STRATEGIES if each is strategy)
    told = run(case.workflow, case.scripts, capacity=capacity, strategy=chosen, keep_going=keep_going)
    check_events(told, case, capacity)
    endings = Counter(event.step for event in told.events if isinstance(event, StepStarted))
    assert set(endings.values()) <= {1}
    assert told.started == told.runner.started
    assert set(told.started).isdisjoint(told.not_run)
    assert set(told.started) == set(told.outcomes)
    assert [type(event) for event in told.events].count(RunFinished) == 1
    assert isinstance(told.events[-1], RunFinished)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(case=cases())
def test_fifo_with_one_slot_follows_the_file(case: Case) -> None:
    capacity = Capacity(slots=1, cpu_milli=1000, memory_bytes=10, tokens={"gpu": 2})
    told = run(case.workflow, {}, capacity=capacity)
    left = [each.id for each in case.workflow.steps]
    for name in told.started:
        blocked = {edge.after for edge in case.workflow.edges if edge.before in left}
        assert name == next(each for each in left if each not in blocked)
        left.remove(name)
    assert left == []
