"""Whatever is run and whenever it is stopped: needs come first, limits hold, and the end is told once."""

from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import edge, step, workflow
from tests.support.runners import Plan as Script
from tests.support.runs import Recorded, run
from wfopt.dataclass import replace
from wfopt.events import RunFinished, StepCancelled, StepFinished, StepRetried, StepSkipped, StepStarted
from wfopt.model.expressions import Call
from wfopt.model.outcome import RunStatus, StepStatus
from wfopt.model.workflow import Edge, MatrixGroup, Origin, Retries, Step, Workflow
from wfopt.resources.pool import Capacity
from wfopt.scheduler.base import Strategy
from wfopt.scheduler.registry import STRATEGIES

GROUPS = tuple(
    MatrixGroup(definition=name, max_parallel=limit, fail_fast=fast)
    for name, limit, fast in (("m", 1, True), ("n", 2, False))
)
RETRIES = st.builds(
    Retries,
    max=st.sampled_from([0, 0, 1, 3]),
    delay_s=st.sampled_from([0.0, 1.0, 4.0]),
    when=st.sampled_from([frozenset({"any"}), frozenset({"timeout"}), frozenset({1})]),
)
TIMEOUTS = st.sampled_from([None, None, None, 3.0])
SCRIPTS = st.builds(
    Script,
    duration_s=st.integers(0, 5),
    exit_code=st.sampled_from([0, 0, 0, 1, 2]),
    error=st.sampled_from([None] * 9 + ["gone"]),
    serves=st.booleans(),
    serves_for_s=st.sampled_from([2.0, 100.0]),
    ignores_term=st.booleans(),
)
SIGNALS = st.lists(st.tuples(st.integers(0, 40).map(lambda at: at / 4), st.sampled_from([2, 15])), max_size=3)


@dataclass(frozen=True)
class Case:
    """A workflow and what becomes of its steps, attempt for attempt."""

    workflow: Workflow
    scripts: dict[str, list[Script]]

    @property
    def steps(self) -> dict[str, Step]:
        """The steps by their ids, and the hooks."""
        return {each.id: each for each in (*self.workflow.steps, *self.workflow.hooks)}


@st.composite
def hooks(draw: st.DrawFn, kind: str) -> list[Step]:
    return [
        step(f"{kind}:{number}", retries=draw(RETRIES), timeout_s=draw(TIMEOUTS))
        for number in range(draw(st.integers(0, 2)))
    ]


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
            retries=draw(RETRIES),
            timeout_s=draw(TIMEOUTS),
            interactive=draw(st.sampled_from([False, False, False, True])),
            effects=draw(st.sampled_from([None, None, frozenset({"service"})])),
            rollback=step(f"rollback:{name}", retries=draw(RETRIES)) if draw(st.booleans()) else None,
        )
        for name in names
    ]
    pairs = [(order[first], order[then]) for then in range(size) for first in range(then)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=14)) if pairs else []
    made = workflow(
        steps,
        [(names[first], names[then]) for first, then in chosen],
        on_failure=draw(hooks("on-failure")),
        finally_steps=draw(hooks("finally")),
    )
    scripts = {
        each.id: draw(st.lists(SCRIPTS, min_size=1, max_size=3)) for each in (*made.steps, *made.hooks)
    }
    return Case(made, scripts)


def check_limits(running: list[Step], capacity: Capacity) -> None:
    assert capacity.memory_bytes is not None
    assert len(running) <= capacity.slots
    assert len(running) == 1 or not any(each.interactive for each in running)
    assert sum(min(each.request.cpu_milli, capacity.cpu_milli) for each in running) <= capacity.cpu_milli
    assert sum(each.request.memory_bytes or 0 for each in running) <= capacity.memory_bytes
    assert sum(each.request.tokens.get("gpu", 0) for each in running) <= capacity.tokens["gpu"]
    for group in GROUPS:
        assert group.max_parallel is not None
        assert sum(each.group == group for each in running) <= group.max_parallel


def check_events(told: Recorded, case: Case, capacity: Capacity) -> None:
    """Replay the events: who may start when, within which limits, and how often."""
    running: dict[str, Step] = {}
    over: list[str] = []
    attempts: Counter[str] = Counter()
    due: dict[str, float] = {}
    for event in told.events:
        if isinstance(event, StepStarted):
            each = case.steps[event.step]
            needs = {edge.before for edge in case.workflow.edges if edge.after == each.id}
            around = {one.id for one in case.workflow.steps} if ":" in each.id else set()
            assert needs | around <= set(over)
            assert event.step not in running
            assert event.at >= due.pop(event.step, 0.0)
            attempts[event.step] += 1
            assert event.attempt == attempts[event.step] <= 1 + each.retries.max
            running[event.step] = each
            check_limits(list(running.values()), capacity)
        elif isinstance(event, StepRetried):
            del running[event.step]
            due[event.step] = event.at + event.delay_s
            assert event.outcome.status is StepStatus.FAILED
        elif isinstance(event, StepFinished):
            # A step that waits for its next attempt is over when a signal comes.
            assert (running.pop(event.step, None) is None) is (due.pop(event.step, None) is not None)
            over.append(event.step)
        elif isinstance(event, StepSkipped | StepCancelled):
            assert event.step not in attempts
            over.append(event.step)
    assert (running, due) == ({}, {})
    assert len(over) == len(set(over))


def really_failed(told: Recorded, case: Case) -> bool:
    return any(
        outcome.status is StepStatus.FAILED and not outcome.allowed
        for name, outcome in told.outcomes.items()
        if name in {each.id for each in case.workflow.steps}
    )


def check_hooks(told: Recorded, case: Case) -> None:
    """See which hooks were called for, in which order, and that each of them came to an end."""
    ids = {each.id for each in case.workflow.steps}
    ends = [
        (place, event.step)
        for place, event in enumerate(told.events)
        if isinstance(event, StepFinished | StepSkipped | StepCancelled)
    ]
    graph_end = max((place for place, name in ends if name in ids), default=-1)
    stopped_early = bool(told.heard) and told.heard[0] <= graph_end
    expected: list[str] = []
    if really_failed(told, case) and not stopped_early:
        good = [name for _, name in ends if name in ids and is_good(told, name)]
        undone = [case.steps[name].rollback for name in reversed(good)]
        expected += [each.id for each in undone if each is not None]
        expected += [each.id for each in case.workflow.on_failure]
    expected += [each.id for each in case.workflow.finally_steps]
    assert [name for _, name in ends if name not in ids] == expected
    assert {name for _, name in ends} >= ids


def is_good(told: Recorded, name: str) -> bool:
    return name in told.outcomes and told.outcomes[name].status is StepStatus.SUCCEEDED


def check_signals(told: Recorded) -> None:
    """See that after a signal only `finally` hooks start, and after two of them nothing."""
    for place, event in enumerate(told.events):
        if isinstance(event, StepStarted):
            heard = sum(at <= place for at in told.heard)
            assert heard == 0 or (heard == 1 and event.step.startswith("finally:"))


def check_end(told: Recorded, case: Case) -> None:
    assert [type(event) for event in told.events].count(RunFinished) == 1
    status = RunStatus.FAILED if really_failed(told, case) else RunStatus.SUCCEEDED
    assert told.end.status is (RunStatus.CANCELLED if told.heard else status)
    assert (told.end.signal is None) is (not told.heard)
    assert told.started == told.runner.started
    assert set(told.started).isdisjoint(told.not_run)
    assert set(told.started) == set(told.outcomes)
    assert (told.runner.running, told.runner.serving, told.services) == ([], [], set())
    assert told.all_given_back


PLAIN_SCRIPTS = st.builds(
    Script,
    duration_s=st.integers(0, 5),
    exit_code=st.sampled_from([0] * 9 + [1]),
    error=st.sampled_from([None] * 19 + ["gone"]),
    left_behind=st.sampled_from([0] * 9 + [1]),
    ignores_term=st.booleans(),
    ends_first=st.booleans(),
)


@st.composite
def chains(draw: st.DrawFn) -> Case:
    """Give steps of which most wait for one other, and some of these start right after that one."""
    steps, edges = list[Step](), list[Edge]()
    for number in range(draw(st.integers(1, 9))):
        made = step(
            f"s{number}",
            cpu_milli=draw(st.sampled_from([1000, 1000, 1000, 500])),
            retries=draw(st.sampled_from([Retries(), Retries(), Retries(max=1, when=frozenset({"any"}))])),
            timeout_s=draw(TIMEOUTS),
            rollback=step(f"rollback:s{number}") if draw(st.booleans()) else None,
            condition=draw(st.sampled_from([None, None, None, Call("always")])),
        )
        known = [each.id for each in steps]
        needs = draw(st.lists(st.sampled_from(known), unique=True, max_size=2)) if known else []
        edges += [edge(first, made.id, origin=draw(st.sampled_from(Origin))) for first in needs]
        steps.append(replace(made, right_after=needs[0]) if needs and draw(st.booleans()) else made)
    scripts = {each.id: draw(st.lists(PLAIN_SCRIPTS, min_size=1, max_size=2)) for each in steps}
    scripts |= {each.rollback.id: [Script()] for each in steps if each.rollback is not None}
    return Case(workflow(steps, edges), scripts)


def _ends(told: Recorded, case: Case) -> dict[str, object]:
    """Return what became of each step."""
    return {
        each.id: told.outcomes[each.id].status if each.id in told.outcomes else told.not_run[each.id]
        for each in case.workflow.steps
    }


@pytest.mark.slow
@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(case=chains(), slots=st.integers(1, 3), keep_going=st.booleans(), signals=SIGNALS)
def test_runs_in_which_steps_start_right_after_others(
    case: Case, slots: int, keep_going: bool, signals: list[tuple[float, int]]
) -> None:
    capacity = Capacity(slots=slots, cpu_milli=2000, memory_bytes=10, tokens={"gpu": 2})
    told = run(case.workflow, case.scripts, capacity=capacity, keep_going=keep_going, signals=signals)
    check_events(told, case, capacity)
    check_hooks(told, case)
    check_end(told, case)
    if keep_going and not signals:
        turns = tuple(replace(each, right_after=None) for each in case.workflow.steps)
        usual = run(
            replace(case.workflow, steps=turns), case.scripts, capacity=capacity, keep_going=keep_going
        )
        assert _ends(told, case) == _ends(usual, case)


@pytest.mark.slow
@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(
    case=cases(),
    slots=st.integers(1, 4),
    cpu_milli=st.sampled_from([1000, 3000]),
    keep_going=st.booleans(),
    strategy=st.sampled_from(STRATEGIES),
    signals=SIGNALS,
)
def test_runs(
    case: Case,
    slots: int,
    cpu_milli: int,
    keep_going: bool,
    strategy: Strategy,
    signals: list[tuple[float, int]],
) -> None:
    capacity = Capacity(slots=slots, cpu_milli=cpu_milli, memory_bytes=10, tokens={"gpu": 2})
    told = run(
        case.workflow,
        case.scripts,
        capacity=capacity,
        strategy=strategy,
        keep_going=keep_going,
        signals=signals,
    )
    check_events(told, case, capacity)
    check_hooks(told, case)
    check_signals(told)
    check_end(told, case)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(case=cases())
def test_fifo_with_one_slot_follows_the_file(case: Case) -> None:
    capacity = Capacity(slots=1, cpu_milli=1000, memory_bytes=10, tokens={"gpu": 2})
    told = run(workflow(case.workflow.steps, case.workflow.edges), {}, capacity=capacity)
    left = [each.id for each in case.workflow.steps]
    for name in told.started:
        blocked = {edge.after for edge in case.workflow.edges if edge.before in left}
        assert name == next(each for each in left if each not in blocked)
        left.remove(name)
    assert left == []
