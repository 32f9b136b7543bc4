"""Nodes keep their distance, and edges are short and cross little."""

import random
from itertools import pairwise

import pytest

from wfopt.render.html.layout import place

Edges = list[tuple[int, int]]


def crossings(columns: list[int], heights: tuple[float, ...], edges: Edges) -> int:
    short = [(first, then) for first, then in edges if columns[then] == columns[first] + 1]
    return sum(
        columns[a] == columns[c] and (heights[a] - heights[c]) * (heights[b] - heights[d]) < 0
        for number, (a, b) in enumerate(short)
        for c, d in short[:number]
    )


@pytest.mark.parametrize(
    ("columns", "edges", "heights", "routes"),
    [
        ([], [], (), ()),
        ([0], [], (0,), ()),
        ([0, 0], [], (0, 1), ()),
        ([0, 1, 2], [(0, 1), (1, 2)], (0, 0, 0), ((), ())),
        # One above two stands between them.
        ([0, 1, 1], [(0, 1), (0, 2)], (0.5, 0, 1), ((), ())),
        # Two chains that the file lists crosswise are drawn side by side.
        ([0, 0, 1, 1], [(0, 3), (1, 2)], (0, 1, 1, 0), ((), ())),
    ],
)
def test_small_graphs(
    columns: list[int], edges: Edges, heights: tuple[float, ...], routes: tuple[tuple[float, ...], ...]
) -> None:
    layout = place(columns, edges)
    assert layout.heights == pytest.approx(heights)
    assert layout.routes == routes


def test_a_long_edge_goes_around_the_nodes_between_its_ends() -> None:
    layout = place([0, 1, 2, 3], [(0, 1), (1, 2), (2, 3), (0, 3)])
    route = layout.routes[3]
    assert len(route) == 2
    assert abs(route[0] - layout.heights[1]) >= 0.7
    assert abs(route[1] - layout.heights[2]) >= 0.7


def test_too_many_bends_are_left_out() -> None:
    size = 60
    edges = [(first, then) for first in range(size) for then in range(first + 1, size)]
    routes = place(list(range(size)), edges).routes
    assert sum(map(len, routes)) <= 2000
    assert len(routes) == len(edges)


@pytest.mark.parametrize("seed", range(6))
def test_nodes_of_a_column_never_overlap_and_order_untangles(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - reproducible graphs
    columns = [column for column in range(5) for _ in range(8)]
    edges = sorted({(8 * (number // 8 - 1) + chance.randrange(8), number) for number in range(8, 40)})
    layout = place(columns, edges)
    for column in range(5):
        own = sorted(layout.heights[node] for node in range(40) if columns[node] == column)
        assert all(below - above >= 0.98 for above, below in pairwise(own))
    listed = tuple(float(node % 8) for node in range(40))
    assert crossings(columns, layout.heights, edges) < crossings(columns, listed, edges) / 2
    assert min(layout.heights) == 0
