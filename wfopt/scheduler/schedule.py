"""When each step of a schedule runs, and what can be read from that."""

from __future__ import annotations

import heapq

from wfopt.dataclass import dataclass
from wfopt.graph.order import Dag
from wfopt.scheduler.base import Demands


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A schedule of all nodes of a graph; times are seconds from its start.

    Attributes:
        order: the nodes in the order of their starts.
        ready: for each node, when all that it waits for had ended.
        starts: for each node, when it started.
        ends: for each node, when it ended.
        makespan: the last end; 0 without nodes.
    """

    order: tuple[int, ...]
    ready: tuple[float, ...]
    starts: tuple[float, ...]
    ends: tuple[float, ...]
    makespan: float

    @property
    def waits(self) -> tuple[float, ...]:
        """For each node, the seconds that it could have run but waited for room."""
        return tuple(start - ready for start, ready in zip(self.starts, self.ready, strict=True))


def lanes_of(schedule: Schedule) -> list[int]:
    """Return, for each node, the line of a chart to draw it on: the first that is free when it starts."""
    lanes = [0] * len(schedule.order)
    busy: list[tuple[float, int]] = []
    free: list[int] = []
    used = 0
    for node in schedule.order:
        while busy and busy[0][0] <= schedule.starts[node]:
            heapq.heappush(free, heapq.heappop(busy)[1])
        if free:
            lanes[node] = heapq.heappop(free)
        else:
            lanes[node], used = used, used + 1
        heapq.heappush(busy, (schedule.ends[node], lanes[node]))
    return lanes


def utilization(schedule: Schedule, demands: Demands) -> dict[str, float]:
    """Return, for each resource, the share of what there was that the nodes held, from 0 to 1."""
    if not schedule.makespan:
        return dict.fromkeys(demands.resources, 0.0)
    spent = [0.0] * len(demands.rows)
    for kind, start, end in zip(demands.kinds, schedule.starts, schedule.ends, strict=True):
        spent[kind] += end - start
    return {
        name: sum(seconds * row[place] for seconds, row in zip(spent, demands.rows, strict=True))
        / (schedule.makespan * demands.capacity[place])
        for place, name in enumerate(demands.resources)
    }


def critical_chain(schedule: Schedule, dag: Dag) -> list[int]:
    """Return the nodes that made the schedule as long as it is, first to last.

    Each starts at the moment at which the one before it ends: the graph says so, or it had to wait until then
    for room. Ties go to the node that started last, since it left others the least time.
    """
    if not schedule.order:
        return []
    place = {node: at for at, node in enumerate(schedule.order)}
    enders: dict[float, list[int]] = {}
    for node in schedule.order:
        enders.setdefault(schedule.ends[node], []).append(node)
    node = max(schedule.order, key=lambda each: (schedule.ends[each], place[each]))
    chain = [node]
    while True:
        start = schedule.starts[node]
        earlier = [each for each in enders.get(start, ()) if place[each] < place[node]]
        if start <= schedule.ready[node]:
            earlier = [each for each in earlier if each in dag.before[node]]
        if not earlier:
            return chain[::-1]
        node = earlier[-1]
        chain.append(node)
