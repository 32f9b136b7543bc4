"""No schedule beats a bound, and each bound is the best one somewhere."""

from itertools import pairwise

import pytest

from tests.support.builders import step
from tests.support.scheduling import facts
from wfopt.graph.order import dag_of
from wfopt.resources.pool import Capacity
from wfopt.scheduler.base import Facts
from wfopt.scheduler.bounds import Bounds, lower_bounds
from wfopt.scheduler.simulate import simulate
from wfopt.scheduler.strategies.critical_path import CriticalPath

ROOM = Capacity(slots=4, cpu_milli=4000, memory_bytes=10)


def test_path() -> None:
    known = facts(["a", "b", "c"], [("a", "b")])
    assert lower_bounds(known, (2.0, 3.0, 4.0)) == Bounds(
        path_s=5.0, work_s=4.5, energy_s=5.0, pigeonhole_s=5.0
    )


def test_work_of_the_scarcest_resource() -> None:
    steps = [step(name, memory_bytes=5) for name in "abcd"]
    assert lower_bounds(facts(steps, capacity=ROOM), (3.0,) * 4).work_s == 6.0


def test_energy_between_chains() -> None:
    # `a` first and `z` last run alone; six seconds of work on two cpus are between them.
    names = ["a", "b", "c", "d", "z"]
    known = facts(names, [("a", each) for each in "bcd"] + [(each, "z") for each in "bcd"])
    bounds = lower_bounds(known, (5.0, 2.0, 2.0, 2.0, 5.0))
    assert (bounds.path_s, bounds.work_s, bounds.energy_s) == (12.0, 8.0, 13.0)


@pytest.mark.parametrize(
    ("seconds", "bound"),
    [
        ((5.0, 4.0, 3.0), 7.0),
        ((3.0, 3.0, 3.0, 3.0, 3.0), 9.0),
        ((9.0, 1.0), 9.0),
    ],
)
def test_pigeonholes(seconds: tuple[float, ...], bound: float) -> None:
    bounds = lower_bounds(facts([f"s{number}" for number in range(len(seconds))]), seconds)
    assert bounds.pigeonhole_s == bounds.best_s == bound


def test_pigeonholes_of_large_steps_only() -> None:
    steps = [step("a", memory_bytes=6), step("b", memory_bytes=7), step("c", memory_bytes=1)]
    assert lower_bounds(facts(steps, capacity=ROOM), (3.0, 4.0, 5.0)).pigeonhole_s == 7.0


def test_pigeonholes_between_heads_and_tails() -> None:
    names = ["a", "b", "c", "d", "z"]
    known = facts(names, [("a", each) for each in "bcd"] + [(each, "z") for each in "bcd"])
    assert lower_bounds(known, (1.0, 4.0, 4.0, 4.0, 1.0)).pigeonhole_s == 10.0


def test_weights_are_the_durations_unless_told_otherwise() -> None:
    assert lower_bounds(facts(["a"], seconds={"a": 7.0})).best_s == 7.0


def test_nothing_takes_no_time() -> None:
    assert lower_bounds(facts([])).best_s == 0.0


def test_many_different_heads_still_make_a_bound() -> None:
    names = [f"s{number}" for number in range(300)]
    known = facts(names, pairwise(names), seconds=dict.fromkeys(names, 0.5))
    assert lower_bounds(known).energy_s == simulate(known, CriticalPath()).makespan == 150.0


def test_demands_must_be_known() -> None:
    with pytest.raises(ValueError, match="the facts do not tell what the nodes ask for"):
        lower_bounds(Facts(dag=dag_of(1, []), weights=(1.0,)))
