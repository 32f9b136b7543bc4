"""Between a strategy and a run stands somebody who counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from tests.support.builders import step
from tests.support.scheduling import cell, facts
from wfopt.dataclass import replace
from wfopt.errors import StrategyError
from wfopt.graph.order import dag_of
from wfopt.resources.pool import Capacity
from wfopt.scheduler.base import Facts, View, first_fit
from wfopt.scheduler.claims import PATIENCE
from wfopt.scheduler.dispatcher import Dispatcher
from wfopt.scheduler.strategies.best_fit import BestFit
from wfopt.scheduler.strategies.fair_share import FairShare
from wfopt.scheduler.strategies.fifo import Fifo
from wfopt.scheduler.strategies.predictive import Predictive


@dataclass
class Watched:
    """A strategy that takes the first that fit, and remembers what it was asked."""

    picks: list[int] | None = None
    views: list[View] = field(default_factory=list)
    offers: list[list[int]] = field(default_factory=list)
    told: list[tuple[dict[str, list[float]], str]] = field(default_factory=list)
    name: str = "watched"

    def ranks(self, facts: Facts) -> Sequence[float]:
        return (0.0,) * len(facts.dag)

    def pick(self, view: View) -> Sequence[int]:
        self.views.append(view)
        self.offers.append(list(view.ready))
        return first_fit(view) if self.picks is None else self.picks

    def revise(
        self, facts: Facts, ratios: Mapping[str, Sequence[float]], group: str
    ) -> Sequence[float] | None:
        self.told.append(({name: list(some) for name, some in ratios.items()}, group))
        return [-float(node) for node in range(len(facts.dag))]


def test_needs_to_know_the_demands() -> None:
    with pytest.raises(ValueError, match="the facts do not tell what the nodes ask for"):
        Dispatcher(Fifo(), Facts(dag=dag_of(1, []), weights=(1.0,)))


def test_starts_what_fits_and_goes_on_when_something_ends() -> None:
    work = Dispatcher(Fifo(), facts(["a", "b", "c", "d"]))
    work.add([3, 0, 1])
    assert (len(work), work.start(5.0), len(work)) == (3, [0, 1], 1)
    assert work.running == {0: 5.0, 1: 5.0}
    assert work.start(6.0) == []
    work.end(0, 7.0)
    work.add([2])
    assert work.start(7.0) == [2]
    assert work.running == {1: 5.0, 2: 7.0}


def test_a_failed_node_may_start_again() -> None:
    work = Dispatcher(Fifo(), facts(["a"]))
    for moment in (0.0, 1.0):
        work.add([0])
        assert work.start(moment) == [0]
        work.end(0, moment + 0.5, typical=False)


def test_who_is_discarded_does_not_start() -> None:
    work = Dispatcher(Fifo(), facts(["a", "b", "c"]))
    work.add([0, 1])
    work.discard([0, 2])
    assert work.start(0.0) == [1]


@pytest.mark.parametrize("picks", [[0, 1, 2], [2], [0, 0]])
def test_a_strategy_that_picks_what_may_not_start(picks: list[int]) -> None:
    work = Dispatcher(Watched(picks), facts(["a", step("b", cpu_milli=2000), "c"]))
    work.add([0, 1])
    with pytest.raises(StrategyError, match=r"strategy `watched` picked `.`, which may not start now"):
        work.start(0.0)


def test_a_strategy_need_not_pick() -> None:
    work = Dispatcher(Watched([]), facts(["a"]))
    work.add([0])
    assert work.start(0.0) == []


def test_only_who_can_matter_is_offered() -> None:
    strategy = Watched()
    steps = [step(f"s{number}") for number in range(9)] + [
        step(f"w{number}", memory_bytes=9) for number in "xy"
    ]
    capacity = Capacity(slots=3, cpu_milli=9000, memory_bytes=10)
    work = Dispatcher(strategy, facts(steps, capacity=capacity))
    work.add(range(11))
    assert work.start(1.0) == [0, 1, 2]
    work.end(0, 2.0, typical=False)
    assert work.start(2.0) == [3]
    work.discard(range(9))
    work.end(1, 3.0, typical=False)
    work.end(2, 3.0, typical=False)
    assert work.start(3.0) == [9]
    assert strategy.offers == [[0, 1, 2, 9, 10], [3, 9], [9, 10], [10]]
    assert [view.now for view in strategy.views] == [1.0, 2.0, 3.0, 3.0]


def test_the_best_of_each_group_is_offered_to_who_decides_between_groups() -> None:
    steps = [cell(f"t{number}", "t") for number in range(5)] + [cell("u", "u")]
    work = Dispatcher(FairShare(), facts(steps))
    work.add(range(6))
    assert work.start(0.0) == [0, 5]


def test_time_is_charged_to_the_group() -> None:
    steps = [cell("t", "t", cpu_milli=500), step("a", cpu_milli=1500), "b"]
    work = Dispatcher(FairShare(), facts(steps))
    work.add([0, 1])
    work.start(1.0)
    work.end(0, 5.0)
    work.end(1, 3.0, typical=False)
    work.add([2])
    work.start(5.0)
    work.end(2, 6.0)
    assert work.used == {"t": 4.0 * 0.5, "": 2.0 * 0.75 + 1.0 * 0.5}


def test_without_groups_nothing_is_charged_and_nothing_learned() -> None:
    strategy = Watched()
    work = Dispatcher(strategy, replace(facts(["a"]), groups=()))
    work.add([0])
    work.start(0.0)
    work.end(0, 5.0)
    assert (work.used, strategy.told) == ({}, [])


def test_ranks_are_revised_when_a_node_was_typical() -> None:
    strategy = Watched()
    steps = [cell("t", "t"), "a", "b", "c", "d"]
    work = Dispatcher(strategy, facts(steps, seconds={"t": 2.0, "a": 0.0, "b": 1.0}))
    work.add([0, 1])
    work.start(0.0)
    work.add([2, 3])
    work.end(1, 1.0)
    assert strategy.told == []
    work.end(0, 3.0)
    assert strategy.told == [({"t": [1.5]}, "t")]
    assert work.start(3.0) == [3, 2]
    work.end(2, 5.0, typical=False)
    work.end(3, 5.0)
    assert strategy.told[1:] == [({"t": [1.5], "": [2.0]}, "")]


@pytest.mark.parametrize(
    ("seconds", "order"),
    [((11.0, 12.0), [2, 3]), ((30.0, 12.0), [3, 2]), ((30.0, 36.0), [2, 3])],
    ids=["as expected", "one group is slower", "both are slower"],
)
def test_predictive_learns_how_much_slower_a_group_is(seconds: tuple[float, float], order: list[int]) -> None:
    steps = [cell("t0", "t"), cell("b0", "b"), cell("b1", "b"), cell("t1", "t")]
    known = facts(steps, seconds={"t0": 10.0, "t1": 10.0, "b0": 12.0, "b1": 12.0})
    work = Dispatcher(Predictive(), known)
    work.add([0, 1])
    assert sorted(work.start(0.0)) == [0, 1]
    work.end(1, seconds[1])
    work.end(0, seconds[0])
    work.add([2, 3])
    assert work.start(40.0) == order


def test_predictive_thinks_again_after_1_2_4_8_steps() -> None:
    known = facts(["a"], seconds={"a": 1.0})
    counts = [count for count in range(1, 20) if Predictive().revise(known, {"": [2.0] * count}, "")]
    assert counts == [1, 2, 4, 8, 16]
    assert Predictive().revise(facts(["a"]), {"": [2.0]}, "") is None


def stream_before(large: int, names: Sequence[object], capacity: Capacity, limit: int) -> list[int]:
    """Return who starts before a node does, while an endless stream of small ones keeps the machine busy.

    The last two names are those of the stream: one of them ends, starts and ends again, then the other.
    """
    work = Dispatcher(Fifo(), facts(names, capacity=capacity))  # type: ignore[arg-type]
    small = (len(names) - 2, len(names) - 1)
    work.add(small)
    started, now = work.start(0.0), 0.0
    work.add(range(len(names) - 2))
    while large not in started and len(started) < limit:
        now += 1.0
        node = min((each for each in work.running if each in small), key=lambda each: work.running[each])
        work.end(node, now)
        work.add([node])
        started += work.start(now)
    return started


def test_a_large_step_is_passed_over_so_often_and_no_more() -> None:
    started = stream_before(
        0, [step("large", cpu_milli=2000), "a", "b"], Capacity(slots=2, cpu_milli=2000), 99
    )
    assert started.index(0) <= PATIENCE + 2


def test_who_waits_for_a_token_lets_others_pass() -> None:
    locked = [step("first", tokens={"db": 1}), step("second", tokens={"db": 1}), "a", "b"]
    capacity = Capacity(slots=3, cpu_milli=3000, tokens={"db": 1})
    started = stream_before(1, locked, capacity, 5 * PATIENCE)
    assert len(started) == 5 * PATIENCE


def test_what_a_claim_cannot_use_goes_to_others() -> None:
    # The large one wants all memory, of which the runner has some: who wants none goes on.
    steps = [step("large", memory_bytes=10), step("runner", memory_bytes=1), step("eater", memory_bytes=2)]
    capacity = Capacity(slots=4, cpu_milli=4000, memory_bytes=10)
    work = Dispatcher(Fifo(), facts([*steps, "plain"], capacity=capacity))
    work.add([1])
    work.start(0.0)
    work.add([0, 2, 3])
    for now in range(PATIENCE):
        assert work.start(float(now)) == ([2, 3] if now == 0 else [2])
        work.end(2, float(now))
        work.add([2])
    work.end(3, 90.0)
    work.add([3])
    assert work.start(90.0) == [3]
    work.end(1, 91.0)
    assert work.start(91.0) == [0]


@pytest.mark.parametrize(("seconds", "started"), [(10.0, [0, 2]), (11.0, [0])])
def test_who_passes_may_not_delay_the_first(seconds: float, started: list[int]) -> None:
    steps = ["first", step("large", cpu_milli=2000), "small"]
    work = Dispatcher(Fifo(), facts(steps, seconds={"first": 10.0, "large": 1.0, "small": seconds}))
    work.add(range(3))
    assert work.start(0.0) == started


def test_without_durations_everybody_may_pass() -> None:
    work = Dispatcher(Fifo(), facts(["first", step("large", cpu_milli=2000), "small"]))
    work.add(range(3))
    assert work.start(0.0) == [0, 2]


def test_fair_share_charges_what_runs() -> None:
    steps = [cell("t0", "t"), cell("u0", "u"), cell("t1", "t"), cell("u1", "u"), cell("u2", "u")]
    work = Dispatcher(FairShare(), facts(steps))
    work.add([0, 1])
    assert work.start(0.0) == [0, 1]
    work.end(1, 5.0)
    work.add([2, 3])
    # Both groups had five seconds, and `t` stands first.
    assert work.start(5.0) == [2]
    work.end(2, 6.0)
    assert work.start(6.0) == [3]


def test_fair_share_passes_a_group_that_does_not_fit() -> None:
    steps = ["a", cell("t0", "t", cpu_milli=2000), cell("u0", "u")]
    work = Dispatcher(FairShare(), facts(steps))
    work.add([0, 1, 2])
    assert work.start(0.0) == [0, 2]


def test_best_fit_fills_what_is_left() -> None:
    steps = [
        step("runs", cpu_milli=2000, memory_bytes=4),
        step("compile", cpu_milli=2000, memory_bytes=1),
        step("link", memory_bytes=10),
        step("huge", cpu_milli=4000, memory_bytes=16),
    ]
    work = Dispatcher(BestFit(), facts(steps, capacity=Capacity(slots=4, cpu_milli=4000, memory_bytes=16)))
    work.add([0])
    work.start(0.0)
    work.add([1, 2, 3])
    assert work.start(0.0) == [2]


def test_best_fit_looks_at_what_is_left_after_each_pick() -> None:
    # Both kinds fit as well at first, so the file decides; then there are more cpus left than memory.
    steps = [
        step("memory1", cpu_milli=1000, memory_bytes=2000),
        step("memory2", cpu_milli=1000, memory_bytes=2000),
        step("cpu", cpu_milli=2000, memory_bytes=1000),
    ]
    work = Dispatcher(BestFit(), facts(steps, capacity=Capacity(slots=4, cpu_milli=4000, memory_bytes=4000)))
    work.add(range(3))
    assert work.start(0.0) == [0, 2]


def test_a_node_that_ended_may_ask_for_more_memory() -> None:
    plenty = Capacity(slots=4, cpu_milli=4000, memory_bytes=100)
    steps = [step("a", memory_bytes=40), step("b", memory_bytes=50), step("c", memory_bytes=1)]
    work = Dispatcher(Fifo(), facts(steps, capacity=plenty))
    work.add([0, 1])
    assert work.start(0.0) == [0, 1]
    work.end(0, 1.0)
    work.add([2])
    assert work.grow(0, 60) == 60
    work.add([0])
    assert work.start(1.0) == [2]
    work.end(1, 2.0)
    assert work.start(2.0) == [0]
    work.end(0, 3.0)
    assert work.grow(0, 1000) == 100


def test_memory_without_limit_is_granted() -> None:
    work = Dispatcher(Fifo(), facts([step("a", memory_bytes=40)]))
    assert work.grow(0, 1000) == 1000
