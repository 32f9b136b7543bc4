"""Which nodes and edges of a graph are drawn."""

import pytest

from wfopt.graph.order import dag_of
from wfopt.render.html.folding import MOST_DRAWN, Folded, fold

Edges = list[tuple[int, int]]


def assert_sound(folded: Folded, size: int) -> None:
    assert sorted(step for members in folded.members for step in members) == list(range(size))
    assert sorted(set(folded.columns)) == list(range(max(folded.columns, default=-1) + 1))
    assert all(folded.columns[first] < folded.columns[then] for first, then in folded.edges)


@pytest.mark.parametrize(
    ("size", "edges", "columns", "drawn"),
    [
        (0, [], (), ()),
        (1, [], (0,), ()),
        (3, [(0, 1), (1, 2)], (0, 1, 2), ((0, 1), (1, 2))),
        # What follows from other edges is left out.
        (3, [(0, 1), (1, 2), (0, 2)], (0, 1, 2), ((0, 1), (1, 2))),
        (4, [(0, 2), (1, 2), (2, 3), (0, 3), (1, 3)], (0, 0, 1, 2), ((0, 2), (1, 2), (2, 3))),
        (2, [(0, 1), (0, 1)], (0, 1), ((0, 1),)),
    ],
)
def test_a_small_graph_is_drawn_whole(
    size: int, edges: Edges, columns: tuple[int, ...], drawn: Edges
) -> None:
    folded = fold(dag_of(size, edges), list(range(size)))
    assert_sound(folded, size)
    assert all(len(members) == 1 for members in folded.members)
    assert (folded.columns, folded.edges) == (columns, drawn)


def test_edges_along_the_critical_path_are_drawn_even_where_they_follow_from_others() -> None:
    dag = dag_of(4, [(0, 1), (1, 2), (0, 2), (2, 3), (0, 3)])
    assert fold(dag, range(4), [0, 2, 3]).edges == ((0, 1), (0, 2), (1, 2), (2, 3))
    # A path names no edge that the graph has not.
    assert fold(dag, range(4), [1, 3]).edges == ((0, 1), (1, 2), (2, 3))


def test_nodes_stand_in_the_order_of_columns_whatever_the_order_of_the_file() -> None:
    folded = fold(dag_of(3, [(2, 0), (0, 1)]), [0, 1, 2])
    assert (folded.members, folded.columns) == (((2,), (0,), (1,)), (0, 1, 2))
    assert folded.edges == ((0, 1), (1, 2))


def test_a_wide_graph_keeps_its_important_steps_and_folds_the_rest_of_each_level() -> None:
    size = 1001
    folded = fold(dag_of(size, [(0, step) for step in range(1, size)]), [500, *range(1, 400)])
    assert_sound(folded, size)
    # The root is alone on its level, so it needs no fold.
    assert folded.members[:3] == ((0,), (1,), (2,))
    assert (500,) in folded.members
    assert [len(members) for members in folded.members if len(members) > 1] == [size - 1 - 40]
    assert len(folded.edges) == 41


def test_a_long_chain_folds_what_lies_between_its_important_steps() -> None:
    size = 1000
    important = list(range(100, 160))
    chain = dag_of(size, [(step, step + 1) for step in range(size - 1)])
    folded = fold(chain, [*important, 3, 4])
    assert_sound(folded, size)
    assert folded.members == (
        tuple(range(100)),
        *((step,) for step in important),
        tuple(range(160, size)),
    )
    assert folded.edges == tuple((node, node + 1) for node in range(61))


def test_a_graph_is_folded_only_above_the_limit() -> None:
    def pairs(size: int) -> Folded:
        return fold(dag_of(size, [(step, step + 30) for step in range(size - 30)]), list(range(size)))

    assert len(pairs(MOST_DRAWN).members) == MOST_DRAWN
    folded = pairs(MOST_DRAWN + 1)
    assert_sound(folded, MOST_DRAWN + 1)
    assert len(folded.members) == 61


def test_a_level_is_folded_only_above_its_limit() -> None:
    assert len(fold(dag_of(40, []), list(range(40))).members) == 40
    folded = fold(dag_of(42, [(0, 41)]), [40, *range(40), 41])
    assert_sound(folded, 42)
    # The 41 of the first level are one too many: the least important of them makes no fold of more.
    assert [members for members in folded.members if len(members) > 1] == []
    assert [len(members) for members in fold(dag_of(45, []), list(range(45))).members] == [*[1] * 40, 5]
