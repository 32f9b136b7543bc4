"""How short a schedule may be at best: no strategy, and no search either, gets below these bounds."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from wfopt.dataclass import dataclass
from wfopt.graph.order import Dag, remaining
from wfopt.scheduler.base import Demands, Facts
from wfopt.scheduler.heads import heads_of, tails_of

_THRESHOLDS = 128
"""So many different heads, and tails, are tried; with more of them the bound hardly rises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Lower bounds of the makespan, in seconds.

    Attributes:
        path_s: of the longest chain.
        work_s: of the scarcest resource: the seconds that it is busy if it is never idle (Graham 1969).
        energy_s: of the work between the first and the last parts of chains.
        pigeonhole_s: of steps so large that some must wait for others.
    """

    path_s: float
    work_s: float
    energy_s: float
    pigeonhole_s: float

    @property
    def best_s(self) -> float:
        """The largest of them."""
        return max(self.path_s, self.work_s, self.energy_s, self.pigeonhole_s)


def lower_bounds(facts: Facts, durations: Sequence[float] | None = None) -> Bounds:
    """Return what no schedule can beat; the durations are the facts' weights if None.

    Raises:
        ValueError: the facts do not tell the demands.
    """
    if facts.demands is None:
        raise ValueError("the facts do not tell what the nodes ask for")
    dag, demands, seconds = facts.dag, facts.demands, durations or facts.weights
    loads = [
        [own * amount / capacity for own, amount in zip(seconds, amounts, strict=True)]
        for amounts, capacity in _by_resource(demands)
    ]
    heads, tails = heads_of(dag, seconds, loads), tails_of(dag, seconds, loads)
    return Bounds(
        path_s=path_bound(dag, seconds),
        work_s=max(map(sum, loads), default=0.0),
        energy_s=energy_bound(seconds, loads, heads, tails),
        pigeonhole_s=pigeonhole_bound(demands, seconds, heads, tails),
    )


def path_bound(dag: Dag, seconds: Sequence[float]) -> float:
    """Return the seconds of the longest chain: its steps run one after another (Kelley 1961)."""
    return max(remaining(dag, seconds), default=0.0)


def energy_bound(
    seconds: Sequence[float],
    loads: Sequence[Sequence[float]],
    heads: Sequence[float],
    tails: Sequence[float],
) -> float:
    """Return the best bound of the form: first heads, then work, then tails.

    Nodes that cannot start before `a`, and behind which `b` seconds follow, must fit between `a` and `b`
    seconds before the end, so the makespan is at least `a + load + b`, where the load is their seconds times
    the shares of a resource that they take. This is the preemptive one-machine bound (Carlier 1982) on the
    energy of a resource (Erschler, Lopez and Thuriot 1991).
    """
    starts, rests = _thresholds(heads), _thresholds(tails)
    rows, columns = _places(heads, starts), _places(tails, rests)
    best = max(map(sum, zip(heads, seconds, tails, strict=True)), default=0.0)
    for load in loads:
        grid = [[0.0] * len(rests) for _ in starts]
        for row, column, own in zip(rows, columns, load, strict=True):
            grid[row][column] += own
        below = [0.0] * len(rests)
        for row in reversed(range(len(starts))):
            total = 0.0
            for column in reversed(range(len(rests))):
                below[column] += grid[row][column]
                total += below[column]
                if total:
                    best = max(best, starts[row] + total + rests[column])
    return best


def pigeonhole_bound(
    demands: Demands, seconds: Sequence[float], heads: Sequence[float], tails: Sequence[float]
) -> float:
    """Return the best bound that follows from steps too large to run all at once.

    Nodes that each take more than a (q+1)-th of a resource run at most q at a time. Of the k*q + 1 longest of
    them, k + 1 must then run one after another: at least the k + 1 shortest of these (L2 of Dell'Amico and
    Martello 1995 on q machines). None of them starts before the smallest of their heads, and the smallest of
    their tails follows.
    """
    best = 0.0
    for amounts, capacity in _by_resource(demands):
        for most in sorted({capacity // amount for amount in set(amounts) if amount}):
            large = [node for node, amount in enumerate(amounts) if amount * (most + 1) > capacity]
            large.sort(key=lambda node: -seconds[node])
            best = max(best, max(_pigeonholes(large, most, (seconds, heads, tails)), default=0.0))
    return best


def _pigeonholes(
    nodes: Sequence[int], most: int, times: tuple[Sequence[float], Sequence[float], Sequence[float]]
) -> Iterator[float]:
    """Yield the bound for 1, q + 1, 2q + 1 ... of the nodes, the longest first, of which q run at once."""
    seconds, heads, tails = times
    sums = list(accumulate((seconds[node] for node in nodes), initial=0.0))
    least_heads = list(accumulate((heads[node] for node in nodes), min))
    least_tails = list(accumulate((tails[node] for node in nodes), min))
    for rounds, last in enumerate(range(0, len(nodes), most), start=1):
        yield least_heads[last] + least_tails[last] + sums[last + 1] - sums[last + 1 - rounds]


def _by_resource(demands: Demands) -> Iterator[tuple[list[int], int]]:
    """Yield, for each resource that anybody takes, how much each node takes, and how much there is."""
    for place, capacity in enumerate(demands.capacity):
        column = [row[place] for row in demands.rows]
        if any(column):
            yield [column[kind] for kind in demands.kinds], capacity


def _thresholds(values: Iterable[float]) -> list[float]:
    """Return the different values in order, thinned if there are too many; the smallest stays."""
    different = sorted(set(values))
    step = -(-len(different) // _THRESHOLDS) or 1
    return different[::step]


def _places(values: Iterable[float], thresholds: Sequence[float]) -> list[int]:
    """Return, for each value, the place of the largest threshold that is not above it."""
    return [bisect_right(thresholds, value) - 1 for value in values]
