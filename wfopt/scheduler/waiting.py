"""The nodes that may start, best first, by what they ask for."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Container, Iterator, Sequence
from itertools import chain

Entry = tuple[float, int]
"""A rank and a node."""


class Waiting:
    """Nodes in order of rank, ties in file order, apart for each class.

    The nodes of a class ask for the same: if the best of them does not fit, none does, and so a decision need
    not look at all of them.

    Attributes:
        ranks: of each node; smaller goes first.
        classes: of each node.
    """

    __slots__ = ("_count", "_lines", "classes", "ranks")

    def __init__(self, ranks: Sequence[float], classes: Sequence[int]) -> None:
        self.ranks = ranks
        self.classes = classes
        self._lines: dict[int, list[Entry]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __contains__(self, node: int) -> bool:
        line = self._lines.get(self.classes[node], [])
        place = bisect_left(line, (self.ranks[node], node))
        return place < len(line) and line[place][1] == node

    def __iter__(self) -> Iterator[int]:
        return (node for line in self._lines.values() for _, node in line)

    def add(self, node: int) -> None:
        """Take up a node that waits from now on."""
        insort(self._lines.setdefault(self.classes[node], []), (self.ranks[node], node))
        self._count += 1

    def remove(self, node: int) -> None:
        """Drop a node that waits."""
        each = self.classes[node]
        line = self._lines[each]
        del line[bisect_left(line, (self.ranks[node], node))]
        self._count -= 1
        if not line:
            del self._lines[each]

    def leaders(self) -> dict[int, int]:
        """Return the best node of each class that has one."""
        return {each: line[0][1] for each, line in self._lines.items()}

    def best(self, count: int, blocked: Container[int]) -> list[int]:
        """Return nodes, best first: so many of each class at most, and one only of the blocked classes."""
        lines = [line[: 1 if each in blocked else count] for each, line in self._lines.items()]
        if len(lines) == 1:
            return [node for _, node in lines[0]]
        return [node for _, node in sorted(chain.from_iterable(lines))]

    def rerank(self, ranks: Sequence[float]) -> None:
        """Put all nodes into a new order."""
        nodes = list(self)
        self.ranks = ranks
        self._lines.clear()
        self._count = 0
        for node in nodes:
            self.add(node)
