"""Orders, levels and longest paths of a graph of steps, on plain lists.

networkx would cost more to import than these take on 10,000 steps, so what a run needs lives here.
Nodes are positions 0 to n-1 in file order; ties are always broken by file order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wfopt.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Dag:
    """A directed graph.

    Attributes:
        before: for each node, the nodes that must end before it starts.
        after: for each node, the nodes that wait for it.
    """

    before: tuple[tuple[int, ...], ...]
    after: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        return len(self.before)


def dag_of(size: int, edges: Iterable[tuple[int, int]]) -> Dag:
    """Return the graph of `size` nodes with the given (before, after) pairs.

    >>> dag_of(3, [(0, 2), (1, 2)]).before
    ((), (), (0, 1))
    """
    before: list[list[int]] = [[] for _ in range(size)]
    after: list[list[int]] = [[] for _ in range(size)]
    for first, then in edges:
        before[then].append(first)
        after[first].append(then)
    return Dag(tuple(map(tuple, before)), tuple(map(tuple, after)))


def topological(dag: Dag) -> list[int]:
    """Return the nodes so that each stands behind all that it waits for (Kahn 1962).

    Nodes on or behind a cycle are left out: the result is shorter than the graph exactly if there is one.

    >>> topological(dag_of(3, [(2, 0)]))
    [1, 2, 0]
    """
    waiting = [len(each) for each in dag.before]
    found = [node for node, count in enumerate(waiting) if not count]
    for node in found:
        for then in dag.after[node]:
            waiting[then] -= 1
            if not waiting[then]:
                found.append(then)
    return found


def find_cycle(dag: Dag) -> list[int]:
    """Return the nodes of one cycle, each followed by one that waits for it; empty if there is none.

    The cycle starts at its smallest node, so that messages about it are always the same.

    >>> find_cycle(dag_of(4, [(0, 1), (1, 2), (2, 1), (2, 3)]))
    [1, 2]
    """
    stuck = set(range(len(dag))).difference(topological(dag))
    if not stuck:
        return []
    # Every node that is stuck waits for another one that is stuck: walking backwards must repeat.
    node = min(stuck)
    seen: dict[int, int] = {}
    walk: list[int] = []
    while node not in seen:
        seen[node] = len(walk)
        walk.append(node)
        node = min(first for first in dag.before[node] if first in stuck)
    loop = walk[seen[node] :][::-1]
    start = loop.index(min(loop))
    return loop[start:] + loop[:start]


def levels(dag: Dag) -> list[list[int]]:
    """Return the waves of an acyclic graph: each node in the first wave that its needs allow.

    >>> levels(dag_of(4, [(0, 2), (1, 2), (2, 3)]))
    [[0, 1], [2], [3]]
    """
    level = [0] * len(dag)
    for node in topological(dag):
        level[node] = 1 + max((level[first] for first in dag.before[node]), default=-1)
    waves: list[list[int]] = [[] for _ in range(max(level, default=-1) + 1)]
    for node, wave in enumerate(level):
        waves[wave].append(node)
    return waves


def remaining(dag: Dag, weights: Sequence[float]) -> list[float]:
    """Return, for each node, the weight of the heaviest path from it to an end, itself included.

    This is the "bottom level" rank of list scheduling (Hu 1961; Graham 1969).

    >>> remaining(dag_of(3, [(0, 1)]), [2.0, 3.0, 4.0])
    [5.0, 3.0, 4.0]
    """
    rank = [0.0] * len(dag)
    for node in reversed(topological(dag)):
        rank[node] = weights[node] + max((rank[then] for then in dag.after[node]), default=0.0)
    return rank


def heaviest_path(dag: Dag, weights: Sequence[float]) -> list[int]:
    """Return the nodes of the heaviest path, first to last: the critical path.

    >>> heaviest_path(dag_of(3, [(0, 1)]), [2.0, 3.0, 4.0])
    [0, 1]
    """
    if not len(dag):
        return []
    rank = remaining(dag, weights)

    def best(nodes: Iterable[int]) -> int:
        return min(nodes, key=lambda node: (-rank[node], node))

    path = [best(range(len(dag)))]
    while dag.after[path[-1]]:
        path.append(best(dag.after[path[-1]]))
    return path
