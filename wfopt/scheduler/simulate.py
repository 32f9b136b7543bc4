"""Plays a run through without running anything: what a strategy makes of given durations."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from wfopt.errors import StrategyError
from wfopt.graph.order import Dag
from wfopt.scheduler.base import Facts, Strategy
from wfopt.scheduler.dispatcher import Dispatcher
from wfopt.scheduler.schedule import Schedule


def simulate(facts: Facts, strategy: Strategy, durations: Sequence[float] | None = None) -> Schedule:
    """Return the schedule that a strategy makes.

    The same code decides as in a run, at the start and whenever steps end (event-driven list scheduling,
    Graham 1969). The strategy knows the facts alone.

    Args:
        facts: what the strategy believes; they must tell the demands, and the graph must have no cycle.
        strategy: decides who starts.
        durations: how many seconds each node really takes; as the facts expect if None.

    Raises:
        StrategyError: the strategy picks what may not start, or nothing although nothing runs.
        ValueError: the facts do not tell the demands.
    """
    play = _Play(facts.dag, Dispatcher(strategy, facts), durations or facts.weights)
    play.run()
    return Schedule(
        order=tuple(play.order),
        ready=tuple(play.ready),
        starts=tuple(play.starts),
        ends=tuple(play.ends),
        makespan=max(play.ends, default=0.0),
    )


class _Play:
    """The state of a simulation."""

    __slots__ = ("dag", "dispatcher", "durations", "ends", "order", "ready", "starts")

    def __init__(self, dag: Dag, dispatcher: Dispatcher, durations: Sequence[float]) -> None:
        self.dag = dag
        self.dispatcher = dispatcher
        self.durations = durations
        self.order: list[int] = []
        self.ready = [0.0] * len(dag)
        self.starts = [0.0] * len(dag)
        self.ends = [0.0] * len(dag)

    def run(self) -> None:
        missing = [len(each) for each in self.dag.before]
        running: list[tuple[float, int]] = []
        self.dispatcher.add(node for node, count in enumerate(missing) if not count)
        now = 0.0
        while True:
            self._start(now, running)
            if not running:
                break
            now = running[0][0]
            freed: list[int] = []
            # All that ends at one moment makes room before anything starts.
            while running and running[0][0] == now:
                node = heapq.heappop(running)[1]
                self.dispatcher.end(node, now)
                for then in self.dag.after[node]:
                    missing[then] -= 1
                    if not missing[then]:
                        self.ready[then] = now
                        freed.append(then)
            self.dispatcher.add(freed)
        if len(self.dispatcher):
            name = self.dispatcher.strategy.name
            raise StrategyError(f"strategy `{name}` starts nothing although nothing runs")

    def _start(self, now: float, running: list[tuple[float, int]]) -> None:
        for node in self.dispatcher.start(now):
            self.order.append(node)
            self.starts[node] = now
            self.ends[node] = now + self.durations[node]
            heapq.heappush(running, (self.ends[node], node))
