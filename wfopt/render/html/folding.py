"""What of a graph is drawn: every step of a small one, of a large one the steps that matter most."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from wfopt.dataclass import dataclass
from wfopt.graph.order import Dag, levels

MOST_DRAWN = 300
"""A graph with more steps than this is folded, and so is a level with more than `_WIDEST`."""

_PICKED = 60
_WIDEST = 40


@dataclass(frozen=True, slots=True)
class Folded:
    """A graph as it is drawn.

    Attributes:
        members: for each node, the steps that it stands for; more than one is a fold.
        columns: for each node, its column from the left, from 0; none is empty.
        edges: pairs of nodes; the second stands in a later column. Edges that follow from others
            are left out.
    """

    members: tuple[tuple[int, ...], ...]
    columns: tuple[int, ...]
    edges: tuple[tuple[int, int], ...]


def fold(dag: Dag, importance: Sequence[int], path: Sequence[int] = ()) -> Folded:
    """Return what is drawn of an acyclic graph; `importance` orders its steps, the most important one first.

    In a graph that is too large or too wide only the most important steps keep nodes of their own. Others are
    folded with those of their level; levels without an important step are folded together. Edges from a step
    of `path` to the next are drawn even where they follow from others.
    """
    waves = levels(dag)
    level = [0] * len(dag)
    for number, wave in enumerate(waves):
        for step in wave:
            level[step] = number
    alone: set[int] = set()
    room = [_WIDEST] * len(waves)
    for step in importance if len(dag) <= MOST_DRAWN else importance[:_PICKED]:
        if room[level[step]]:
            room[level[step]] -= 1
            alone.add(step)
    marked = sorted({level[step] for step in alone})

    def column(step: int) -> int:
        place = bisect_left(marked, level[step])
        return 2 * place + (place < len(marked) and marked[place] == level[step])

    groups: dict[tuple[int, int], list[int]] = {}
    for step in range(len(dag)):
        groups.setdefault((column(step), step if step in alone else -1), []).append(step)
    # In the order of columns, and in each in file order, the fold last.
    keys = sorted(groups, key=lambda key: (key[0], key[1] < 0, key[1]))
    dense = {number: place for place, number in enumerate(sorted({key[0] for key in keys}))}
    node_of = {step: node for node, key in enumerate(keys) for step in groups[key]}
    edges = {(node_of[first], node_of[then]) for then, all_ in enumerate(dag.before) for first in all_}
    edges = {(first, then) for first, then in edges if first != then}
    along = {(node_of[first], node_of[then]) for first, then in pairwise(path)}
    return Folded(
        members=tuple(tuple(groups[key]) for key in keys),
        columns=tuple(dense[key[0]] for key in keys),
        edges=tuple(sorted({*_reduced(len(keys), edges), *(along & edges)})),
    )


def _reduced(size: int, edges: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the edges without those that a longer path implies; every edge goes to a higher node."""
    after: list[list[int]] = [[] for _ in range(size)]
    for first, then in sorted(edges):
        after[first].append(then)
    kept: list[tuple[int, int]] = []
    # A set of nodes is an integer with one bit a node: unions of large sets are one operation.
    reached = [0] * size
    for first in reversed(range(size)):
        for then in after[first]:
            if not reached[first] >> then & 1:
                kept.append((first, then))
            reached[first] |= reached[then] | 1 << then
    return kept
