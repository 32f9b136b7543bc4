"""A simulation is a run without processes."""

import pytest

from tests.support.scheduling import facts
from wfopt.errors import StrategyError
from wfopt.resources.pool import Capacity
from wfopt.scheduler.base import Facts, View
from wfopt.scheduler.schedule import Schedule
from wfopt.scheduler.simulate import simulate
from wfopt.scheduler.strategies.critical_path import CriticalPath
from wfopt.scheduler.strategies.fifo import Fifo


class Idle(Fifo):
    """A strategy that starts nothing."""

    name = "idle"

    def pick(self, view: View) -> list[int]:
        return []


def test_all_of_a_schedule() -> None:
    known = facts(["a", "b", "c"], [("a", "c")])
    assert simulate(known, Fifo(), (2.0, 3.0, 1.0)) == Schedule(
        order=(0, 1, 2), ready=(0.0, 0.0, 2.0), starts=(0.0, 0.0, 2.0), ends=(2.0, 3.0, 3.0), makespan=3.0
    )


def test_nothing_to_do() -> None:
    assert simulate(facts([]), Fifo()).makespan == 0.0


def test_without_durations_all_goes_as_expected() -> None:
    assert simulate(facts(["a", "b"], seconds={"a": 2.0, "b": 7.0}), Fifo()).ends == (2.0, 7.0)


def test_the_strategy_knows_only_what_is_expected() -> None:
    known = facts(["a", "b"], seconds={"a": 1.0, "b": 2.0}, capacity=Capacity(slots=1, cpu_milli=1000))
    assert simulate(known, CriticalPath(), (9.0, 1.0)).order == (1, 0)


def test_all_that_ends_at_once_makes_room_before_anything_starts() -> None:
    known = facts(["a", "b", "c", "d"], [("b", "c")])
    assert simulate(known, Fifo(), (1.0, 1.0, 1.0, 1.0)).order == (0, 1, 2, 3)


def test_a_strategy_that_starts_nothing() -> None:
    with pytest.raises(StrategyError, match="strategy `idle` starts nothing although nothing runs"):
        simulate(facts(["a"]), Idle())


def test_demands_must_be_known() -> None:
    known = facts(["a"])
    with pytest.raises(ValueError, match="the facts do not tell what the nodes ask for"):
        simulate(Facts(dag=known.dag, weights=known.weights), Fifo())
