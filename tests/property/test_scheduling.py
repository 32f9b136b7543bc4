"""Whatever the graph, the requests and the strategy: limits hold, everything ends, and nobody starves."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import step
from tests.support.pools import Pool
from tests.support.scheduling import check_schedule, facts
from wfopt.model.workflow import MatrixGroup, Step
from wfopt.resources.pool import Capacity
from wfopt.scheduler.base import Facts, Strategy
from wfopt.scheduler.bounds import lower_bounds
from wfopt.scheduler.claims import PATIENCE
from wfopt.scheduler.dispatcher import Dispatcher
from wfopt.scheduler.facts import demands_of
from wfopt.scheduler.registry import STRATEGIES
from wfopt.scheduler.schedule import critical_chain, lanes_of, utilization
from wfopt.scheduler.simulate import simulate
from wfopt.scheduler.stock import Packing, Stock

GROUPS = tuple(
    MatrixGroup(definition=name, max_parallel=limit, fail_fast=False) for name, limit in (("m", 1), ("n", 2))
)
SECONDS = st.sampled_from([0.0, 1.0, 1.0, 2.0, 3.5, 8.0, 20.0])
QUICK = settings(max_examples=150, deadline=None, derandomize=True, database=None)
EPSILON = 1e-9


@dataclass(frozen=True)
class Case:
    """A graph, what there is, what is expected and what becomes of it."""

    steps: list[Step]
    capacity: Capacity
    facts: Facts
    durations: tuple[float, ...]


@st.composite
def capacities(draw: st.DrawFn) -> Capacity:
    return Capacity(
        slots=draw(st.integers(1, 5)),
        cpu_milli=draw(st.sampled_from([1000, 2500, 4000])),
        memory_bytes=draw(st.sampled_from([None, 10])),
        tokens={"gpu": 2},
    )


@st.composite
def steps(draw: st.DrawFn, name: str) -> Step:
    return step(
        name,
        cpu_milli=draw(st.sampled_from([100, 1000, 1000, 2500, 9000])),
        memory_bytes=draw(st.sampled_from([None, 1, 6, 10])),
        tokens=draw(st.sampled_from([{}, {}, {"gpu": 1}, {"gpu": 2}])),
        group=draw(st.sampled_from([None, None, *GROUPS])),
        priority=draw(st.integers(-1, 1)),
        interactive=draw(st.sampled_from([False] * 9 + [True])),
    )


@st.composite
def edges(draw: st.DrawFn, names: Sequence[str]) -> list[tuple[str, str]]:
    order = draw(st.permutations(names))
    pairs = [(first, then) for place, then in enumerate(order) for first in order[:place]]
    return draw(st.lists(st.sampled_from(pairs), unique=True, max_size=20)) if pairs else []


@st.composite
def cases(draw: st.DrawFn) -> Case:
    names = [f"s{number}" for number in range(draw(st.integers(0, 14)))]
    made = [draw(steps(name)) for name in names]
    capacity = draw(capacities())
    expected = {name: draw(SECONDS) for name in names if draw(st.booleans())} if draw(st.booleans()) else {}
    known = facts(made, draw(edges(names)), capacity=capacity, seconds=expected)
    return Case(made, capacity, known, tuple(draw(SECONDS) for _ in names))


@pytest.mark.slow
@QUICK
@given(case=cases())
def test_under_every_strategy_limits_hold_and_everything_ends(case: Case) -> None:
    bounds = lower_bounds(case.facts, case.durations)
    assert case.facts.demands is not None
    for strategy in STRATEGIES:
        schedule = simulate(case.facts, strategy, case.durations)
        check_schedule(schedule, case.facts, case.durations, case.steps, case.capacity)
        assert simulate(case.facts, strategy, case.durations) == schedule
        assert bounds.best_s <= schedule.makespan + EPSILON
        assert max(lanes_of(schedule), default=0) < case.capacity.slots
        used = utilization(schedule, case.facts.demands)
        assert all(0.0 <= share <= 1.0 + EPSILON for share in used.values())
        chain = critical_chain(schedule, case.facts.dag)
        assert abs(sum(case.durations[node] for node in chain) - schedule.makespan) < EPSILON


@pytest.mark.slow
@QUICK
@given(data=st.data(), slots=st.integers(1, 5), size=st.integers(0, 14))
def test_no_strategy_is_worse_than_graham_allows(data: st.DataObject, slots: int, size: int) -> None:
    """With one cpu a step, list scheduling takes at most (2 - 1/m) times the best (Graham 1969)."""
    names = [f"s{number}" for number in range(size)]
    durations = tuple(data.draw(SECONDS) for _ in names)
    known = facts(
        names, data.draw(edges(names)), capacity=Capacity(slots=slots, cpu_milli=1000 * slots), seconds={}
    )
    bounds = lower_bounds(known, durations)
    limit = bounds.work_s + (1 - 1 / slots) * bounds.path_s
    for strategy in STRATEGIES:
        assert simulate(known, strategy, durations).makespan <= limit + EPSILON
    assert limit <= (2 - 1 / slots) * bounds.best_s + EPSILON


@pytest.mark.slow
@QUICK
@given(data=st.data(), capacity=capacities(), size=st.integers(1, 8))
def test_the_stock_counts_as_admission_does(data: st.DataObject, capacity: Capacity, size: int) -> None:
    made = [data.draw(steps(f"s{number}")) for number in range(size)]
    pool, stock = Pool(made, capacity), Stock(Packing(demands_of(made, capacity)))
    taken: set[int] = set()
    for node in data.draw(st.lists(st.integers(0, size - 1), max_size=30)):
        if node in taken:
            taken.remove(node)
            pool.release(node)
            stock.release(node)
            continue
        assert stock.fits(node) is pool.copy().take(node)
        if pool.take(node):
            assert stock.take(node)
            taken.add(node)
        assert stock.full or not pool.full


def starts_among(work: Dispatcher, large: range, small: range, seconds: list[float]) -> list[int]:
    """Return who starts, in order, until all large nodes have, while small ones never end coming.

    A small node that has ended may start again at once; the large ones come when the machine is busy. The
    small ones take so many seconds, in turns.
    """
    work.add(small)
    started = work.start(0.0)
    running = list(zip(seconds * len(started), started, strict=False))
    work.add(large)
    while not set(large) <= set(started) and len(started) < 20 * PATIENCE:
        running.sort()
        now, over = running.pop(0)
        work.end(over, now)
        work.add([over] if over in small else [])
        for node in work.start(now):
            running.append((now + seconds[len(started) % len(seconds)], node))
            started.append(node)
    return started


LARGE = ({"cpu_milli": 9000}, {"memory_bytes": 10}, {"tokens": {"gpu": 2}}, {"interactive": True})


@pytest.mark.slow
@QUICK
@given(
    strategy=st.sampled_from(STRATEGIES),
    slots=st.integers(2, 5),
    large=st.lists(st.sampled_from(LARGE), min_size=1, max_size=3, unique_by=str),
    seconds=st.lists(st.floats(0.5, 9.0), min_size=1, max_size=7),
    expected=st.sampled_from([None, 0.1, 3.0, 50.0]),
    priority=st.integers(-1, 1),
)
def test_nobody_starves(
    strategy: Strategy,
    slots: int,
    large: list[dict[str, object]],
    seconds: list[float],
    expected: float | None,
    priority: int,
) -> None:
    """Each small one takes some of what each large one needs all of, and ranks before or behind it."""
    capacity = Capacity(slots=slots, cpu_milli=1000 * slots, memory_bytes=10, tokens={"gpu": 2})
    first = [step(f"large{number}", **asked) for number, asked in enumerate(large)]  # type: ignore[arg-type]
    then = [
        step(f"small{number}", memory_bytes=2, tokens={"gpu": 1}, priority=priority) for number in range(6)
    ]
    estimates = {} if expected is None else {each.id: expected for each in then} | {"large0": 1.0}
    known = facts([*first, *then], capacity=capacity, seconds=estimates)
    count = len(first)
    started = starts_among(Dispatcher(strategy, known), range(count), range(count, count + 6), seconds)
    assert set(range(count)) <= set(started)
    assert len(started) <= count * (PATIENCE + 2 * slots) + slots
