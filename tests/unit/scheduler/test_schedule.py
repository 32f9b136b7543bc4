"""What is read from a schedule: lanes, use, waits, and what made it so long."""

import pytest

from tests.support.builders import step
from tests.support.scheduling import facts
from wfopt.resources.pool import Capacity
from wfopt.scheduler.base import Facts
from wfopt.scheduler.schedule import Schedule, critical_chain, lanes_of, utilization
from wfopt.scheduler.simulate import simulate
from wfopt.scheduler.strategies.fifo import Fifo


def played(known: Facts, *seconds: float) -> Schedule:
    return simulate(known, Fifo(), seconds)


def test_lanes() -> None:
    known = facts(["a", "b", "c", "d", "e"], capacity=Capacity(slots=3, cpu_milli=3000))
    schedule = played(known, 4, 2, 2, 1, 3)
    assert schedule.starts == (0, 0, 0, 2, 2)
    assert lanes_of(schedule) == [0, 1, 2, 1, 2]


def test_a_step_that_takes_no_time_leaves_its_lane_to_others() -> None:
    assert lanes_of(played(facts(["a", "b", "c"], [("a", "b")]), 0, 0, 1)) == [0, 1, 0]


def test_waits() -> None:
    schedule = played(facts(["a", "b", "c", "d"], [("b", "d")]), 3, 1, 4, 1)
    assert schedule.waits == (0, 0, 1, 2)


def test_utilization_of_each_resource() -> None:
    capacity = Capacity(slots=2, cpu_milli=4000, memory_bytes=10)
    steps = [step("a", cpu_milli=2000, memory_bytes=10), step("b")]
    known = facts(steps, capacity=capacity)
    assert known.demands is not None
    used = utilization(played(known, 3, 1), known.demands)
    assert used == pytest.approx({"slots": 4 / 6, "cpu": 7 / 12, "memory": 1.0})
    assert set(utilization(played(known, 0, 0), known.demands).values()) == {0.0}


@pytest.mark.parametrize(
    ("names", "edges", "seconds", "chain"),
    [
        ("abc", ["ab"], (1, 2, 5), "c"),
        ("abc", ["ab", "bc"], (1, 2, 5), "abc"),
        ("abcd", ["ad"], (1, 3, 3, 2), "bd"),  # `d` waits for room, although `a` is over
        ("abc", ["ac"], (2, 2, 1), "ac"),  # `b` ends at the same moment, but `c` does not need it
        ("abcd", ["ac", "bc"], (1, 3, 1, 1), "bc"),
        ("abc", [], (2, 2, 1), "bc"),
        ("abc", ["ab", "bc"], (0, 0, 0), "abc"),
        ("", [], (), ""),
    ],
)
def test_critical_chain(names: str, edges: list[str], seconds: tuple[float, ...], chain: str) -> None:
    known = facts(list(names), [(pair[0], pair[1]) for pair in edges])
    found = critical_chain(played(known, *seconds), known.dag)
    assert "".join(known.ids[node] for node in found) == chain
