"""How long chains of a weighted graph are, and what changes if a node gets quicker or an edge goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from wfopt.graph.order import Dag, dag_of, heaviest_path, levels, remaining, topological


class Timing:
    """A graph whose nodes take time; with room for all of them at once.

    Attributes:
        dag: the graph; it has no cycle.
        weights: how long each node takes, in any unit.
    """

    def __init__(self, dag: Dag, weights: Sequence[float]) -> None:
        self.dag = dag
        self.weights = tuple(weights)

    @cached_property
    def order(self) -> list[int]:
        """The nodes, each behind all that it waits for."""
        return topological(self.dag)

    @cached_property
    def starts(self) -> list[float]:
        """When each node can start at the earliest."""
        starts = [0.0] * len(self.dag)
        for node in self.order:
            end = starts[node] + self.weights[node]
            for after in self.dag.after[node]:
                starts[after] = max(starts[after], end)
        return starts

    @cached_property
    def rests(self) -> list[float]:
        """For each node, the longest chain that starts with it, the node included."""
        return remaining(self.dag, self.weights)

    @cached_property
    def critical(self) -> float:
        """The weight of the longest chain."""
        return max(self.rests, default=0.0)

    @cached_property
    def path(self) -> tuple[int, ...]:
        """The nodes of a longest chain, in order."""
        return tuple(heaviest_path(self.dag, self.weights))

    @cached_property
    def work(self) -> float:
        """The weight of all nodes."""
        return sum(self.weights)

    @cached_property
    def slacks(self) -> list[float]:
        """By how much each node may be late without making the whole longer."""
        return [
            max(0.0, self.critical - start - rest)
            for start, rest in zip(self.starts, self.rests, strict=True)
        ]

    @cached_property
    def levels(self) -> list[list[int]]:
        """The nodes by the number of nodes on the longest chain before them."""
        return levels(self.dag)

    @cached_property
    def reach(self) -> list[int]:
        """For each node, all that wait for it, directly or not, as bits of an integer."""
        reach = [0] * len(self.dag)
        for node in reversed(self.order):
            bits = 0
            for after in self.dag.after[node]:
                bits |= reach[after] | (1 << after)
            reach[node] = bits
        return reach

    def is_before(self, first: int, second: int) -> bool:
        """Return whether `second` waits for `first`, directly or not."""
        return bool(self.reach[first] >> second & 1)

    def with_weights(self, changes: Mapping[int, float]) -> Timing:
        """Return the same graph with other weights for some nodes."""
        return Timing(self.dag, [changes.get(node, own) for node, own in enumerate(self.weights)])

    def with_edges(
        self, *, drop: Iterable[tuple[int, int]] = (), add: Iterable[tuple[int, int]] = ()
    ) -> Timing:
        """Return the graph without some edges and with others; they must not close a circle."""
        gone = set(drop)
        pairs = [
            (before, after)
            for after, befores in enumerate(self.dag.before)
            for before in befores
            if (before, after) not in gone
        ]
        return Timing(dag_of(len(self.dag), (*pairs, *add)), self.weights)
