"""Plays a workflow through on a machine, with this or that duration of its steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wfopt.graph.order import Dag
from wfopt.model.workflow import Step, StepId
from wfopt.resources.pool import Capacity
from wfopt.scheduler.base import Strategy
from wfopt.scheduler.facts import facts_of
from wfopt.scheduler.schedule import Schedule, critical_chain
from wfopt.scheduler.simulate import simulate

_KEPT = 64


class Play:
    """A graph of steps on a machine; what was played is kept for a while.

    Durations are seconds of the steps, in their order, and behind them those of what runs at the end.

    Args:
        steps: the steps.
        dag: their graph.
        capacity: the machine; it must hold the largest step.
        strategy: decides who starts first.
        believed: the seconds that the strategy believes that steps take.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        dag: Dag,
        capacity: Capacity,
        strategy: Strategy,
        believed: Mapping[StepId, float],
    ) -> None:
        self._facts = facts_of(steps, dag, capacity, believed)
        self._strategy = strategy
        self._count = len(steps)
        self._kept: dict[tuple[float, ...], Schedule] = {}

    def schedule(self, seconds: Sequence[float]) -> Schedule:
        """Return when each step runs."""
        key = tuple(seconds[: self._count])
        found = self._kept.get(key)
        if found is None:
            found = simulate(self._facts, self._strategy, key)
            if len(self._kept) < _KEPT:
                self._kept[key] = found
        return found

    def makespan(self, seconds: Sequence[float]) -> float:
        """Return the seconds from the first start to the last end."""
        return self.schedule(seconds).makespan + sum(seconds[self._count :])

    def chain(self, seconds: Sequence[float]) -> list[int]:
        """Return the steps that made it as long as it is, first to last, without those that take no time."""
        schedule = self.schedule(seconds)
        return [node for node in critical_chain(schedule, self._facts.dag) if seconds[node] > 0]


def most_at_once(schedule: Schedule, amounts: Sequence[int]) -> int:
    """Return the largest sum of what steps hold at one moment."""
    changes: list[tuple[float, int]] = []
    for start, end, amount in zip(schedule.starts, schedule.ends, amounts, strict=True):
        if amount and end > start:
            changes += [(start, amount), (end, -amount)]
    # At one moment, what ends comes first.
    changes.sort()
    most = held = 0
    for _, change in changes:
        held += change
        most = max(most, held)
    return most
