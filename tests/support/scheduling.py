"""Facts about small graphs for tests of the scheduler, and what must hold for every schedule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tests.support.builders import step
from tests.support.pools import Pool
from wfopt.graph.order import dag_of
from wfopt.model.workflow import MatrixGroup, Step, StepId
from wfopt.resources.pool import Capacity
from wfopt.scheduler.base import Facts
from wfopt.scheduler.facts import facts_of
from wfopt.scheduler.schedule import Schedule

TWO = Capacity(slots=2, cpu_milli=2000)


def cell(name: str, matrix: str, max_parallel: int | None = None, cpu_milli: int = 1000) -> Step:
    """Return a cell of a matrix."""
    group = MatrixGroup(definition=matrix, max_parallel=max_parallel, fail_fast=False)
    return step(name, definition=matrix, group=group, cpu_milli=cpu_milli)


def facts(
    steps: Iterable[Step | str],
    edges: Iterable[tuple[str, str]] = (),
    *,
    capacity: Capacity = TWO,
    seconds: Mapping[str, float] | None = None,
) -> Facts:
    """Return what is known of a graph; a text stands for a step of one cpu, `seconds` are expected."""
    made = [step(each) if isinstance(each, str) else each for each in steps]
    place = {each.id: node for node, each in enumerate(made)}
    dag = dag_of(len(made), [(place[StepId(first)], place[StepId(then)]) for first, then in edges])
    estimates = {StepId(name): value for name, value in (seconds or {}).items()}
    return facts_of(made, dag, capacity, estimates)


def check_schedule(
    schedule: Schedule,
    known: Facts,
    durations: Sequence[float],
    steps: Sequence[Step],
    capacity: Capacity,
) -> None:
    """See that everything ran once, after all that it waits for, as long as it takes, within the limits."""
    size = len(known.dag)
    assert sorted(schedule.order) == list(range(size))
    for node in range(size):
        needed = max((schedule.ends[first] for first in known.dag.before[node]), default=0.0)
        assert schedule.ready[node] == needed <= schedule.starts[node]
        assert schedule.ends[node] == schedule.starts[node] + durations[node]
    pool = Pool(steps, capacity)
    running: list[int] = []
    for node in schedule.order:
        for over in [each for each in running if schedule.ends[each] <= schedule.starts[node]]:
            running.remove(over)
            pool.release(over)
        assert pool.take(node), f"{known.ids[node]} does not fit at {schedule.starts[node]}"
        running.append(node)
    assert schedule.makespan == max(schedule.ends, default=0.0)
