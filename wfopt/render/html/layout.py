"""Where the nodes of a layered graph are drawn.

Columns are given; what is found is the order in each column and the height of each node (the second and
third step of Sugiyama, Tagawa and Toda 1981). Edges over several columns get a bend in each of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from wfopt.dataclass import dataclass

_MOST_BENDS = 2000
_ORDER_SWEEPS = 8
_HEIGHT_SWEEPS = 6
_BEND_ROOM = 0.4
"""How much room a bend takes, in heights of a node."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A drawn graph.

    Attributes:
        heights: for each node, how far down its center lies, in rows from 0.
        routes: for each edge, the heights at which it crosses the columns between its ends.
    """

    heights: tuple[float, ...]
    routes: tuple[tuple[float, ...], ...]


def place(columns: Sequence[int], edges: Sequence[tuple[int, int]]) -> Layout:
    """Return the layout of nodes in the given columns; each edge leads to a later column."""
    items = list(columns)
    chains: list[list[int]] = []
    links: list[tuple[int, int]] = []
    for first, then in edges:
        span = range(columns[first] + 1, columns[then])
        bends: list[int] = []
        if len(items) + len(span) <= len(columns) + _MOST_BENDS:
            bends = list(range(len(items), len(items) + len(span)))
            items.extend(span)
        chains.append(bends)
        path = [first, *bends, then]
        links.extend(pairwise(path))
    layers = _ordered(items, links)
    heights = _heights(layers, links, bends_from=len(columns))
    return Layout(
        heights=tuple(heights[: len(columns)]),
        routes=tuple(tuple(heights[bend] for bend in chain) for chain in chains),
    )


def _neighbors(size: int, links: Sequence[tuple[int, int]]) -> tuple[list[list[int]], list[list[int]]]:
    before: list[list[int]] = [[] for _ in range(size)]
    after: list[list[int]] = [[] for _ in range(size)]
    for first, then in links:
        before[then].append(first)
        after[first].append(then)
    return before, after


def _ordered(items: Sequence[int], links: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Return the items of each column, top to bottom, each near the mean place of its neighbors."""
    layers: list[list[int]] = [[] for _ in range(max(items, default=-1) + 1)]
    for item, column in enumerate(items):
        layers[column].append(item)
    before, after = _neighbors(len(items), links)
    rank = [0.0] * len(items)

    def number(layer: list[int]) -> None:
        for place_, item in enumerate(layer):
            rank[item] = (place_ + 0.5) / len(layer)

    for layer in layers:
        number(layer)
    for sweep in range(_ORDER_SWEEPS):
        near = after if sweep % 2 else before
        for layer in reversed(layers) if sweep % 2 else layers:
            means = {item: _mean([rank[each] for each in near[item]], rank[item]) for item in layer}
            layer.sort(key=means.__getitem__)
            number(layer)
    return layers


def _heights(layers: Sequence[list[int]], links: Sequence[tuple[int, int]], bends_from: int) -> list[float]:
    """Return the height of each item: near its neighbors, in order, with room between them."""
    size = sum(map(len, layers))
    before, after = _neighbors(size, links)
    heights = [0.0] * size
    offsets: list[list[float]] = []
    for layer in layers:
        rooms = [_BEND_ROOM if item >= bends_from else 1.0 for item in layer]
        down = [sum(rooms[:1]) / 2]
        for above, below in pairwise(rooms):
            down.append(down[-1] + (above + below) / 2)
        offsets.append(down)
        for item, offset in zip(layer, down, strict=False):
            heights[item] = offset - sum(rooms) / 2
    for sweep in range(_HEIGHT_SWEEPS):
        near = after if sweep % 2 else before
        order = list(zip(layers, offsets, strict=True))
        for layer, down in reversed(order) if sweep % 2 else order:
            wished = [_mean([heights[each] for each in near[item]], heights[item]) for item in layer]
            for item, height in zip(layer, _spaced(wished, down), strict=True):
                heights[item] = height
    top = min(heights, default=0.0)
    return [round(height - top, 2) for height in heights]


def _spaced(wished: Sequence[float], offsets: Sequence[float]) -> list[float]:
    """Return heights that keep at least the distances of `offsets` and lie near the wished ones.

    Least squares under these distances is isotonic regression of what is left when the offsets are taken
    away, which pooling adjacent violators solves (Ayer et al. 1955).
    """
    pools: list[tuple[float, int]] = []
    for wish, offset in zip(wished, offsets, strict=False):
        total, count = wish - offset, 1
        while pools and pools[-1][0] / pools[-1][1] >= total / count:
            above, more = pools.pop()
            total, count = total + above, count + more
        pools.append((total, count))
    flat = [total / count for total, count in pools for _ in range(count)]
    return [each + offset for each, offset in zip(flat, offsets, strict=False)]


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
