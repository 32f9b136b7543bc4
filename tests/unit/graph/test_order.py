"""Orders, levels and longest paths."""

import pytest

from wfopt.graph.order import dag_of, find_cycle, heaviest_path, levels, remaining, topological

DIAMOND = dag_of(4, [(0, 1), (0, 2), (1, 3), (2, 3)])


def test_edges_both_ways() -> None:
    assert DIAMOND.before == ((), (0,), (0,), (1, 2))
    assert DIAMOND.after == ((1, 2), (3,), (3,), ())
    assert len(DIAMOND) == 4


@pytest.mark.parametrize(
    ("size", "edges", "order"),
    [
        (0, [], []),
        (3, [], [0, 1, 2]),
        (3, [(2, 0)], [1, 2, 0]),
        (3, [(0, 1), (1, 0)], [2]),
        (1, [(0, 0)], []),
    ],
)
def test_topological(size: int, edges: list[tuple[int, int]], order: list[int]) -> None:
    assert topological(dag_of(size, edges)) == order


@pytest.mark.parametrize(
    ("size", "edges", "cycle"),
    [
        (4, [(0, 1), (1, 2), (2, 3)], []),
        (1, [(0, 0)], [0]),
        (4, [(2, 1), (1, 3), (3, 2), (2, 0)], [1, 3, 2]),
        (5, [(3, 4), (4, 3), (4, 0)], [3, 4]),
    ],
)
def test_find_cycle(size: int, edges: list[tuple[int, int]], cycle: list[int]) -> None:
    assert find_cycle(dag_of(size, edges)) == cycle


def test_levels() -> None:
    assert levels(DIAMOND) == [[0], [1, 2], [3]]
    assert levels(dag_of(3, [(2, 0)])) == [[1, 2], [0]]
    assert levels(dag_of(0, [])) == []


def test_remaining() -> None:
    assert remaining(DIAMOND, [1.0, 5.0, 2.0, 1.0]) == [7.0, 6.0, 3.0, 1.0]


@pytest.mark.parametrize(
    ("weights", "path"),
    [([1.0, 5.0, 2.0, 1.0], [0, 1, 3]), ([1.0, 2.0, 5.0, 1.0], [0, 2, 3]), ([1.0] * 4, [0, 1, 3])],
)
def test_heaviest_path(weights: list[float], path: list[int]) -> None:
    assert heaviest_path(DIAMOND, weights) == path


def test_heaviest_path_of_nothing() -> None:
    assert heaviest_path(dag_of(0, []), []) == []
