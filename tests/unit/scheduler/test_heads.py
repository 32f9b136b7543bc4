"""How early a node can start, and how much must follow it."""

from wfopt.graph.order import dag_of
from wfopt.scheduler.heads import heads_of, tails_of

DIAMOND = dag_of(5, [(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4)])
SECONDS = (1.0, 6.0, 6.0, 6.0, 2.0)


def test_longest_chains() -> None:
    assert heads_of(DIAMOND, SECONDS) == [0.0, 1.0, 1.0, 1.0, 7.0]
    assert tails_of(DIAMOND, SECONDS) == [8.0, 2.0, 2.0, 2.0, 0.0]


def test_all_that_is_before_a_join_must_have_found_room() -> None:
    halves = [seconds / 2 for seconds in SECONDS]
    assert heads_of(DIAMOND, SECONDS, [halves]) == [0.0, 1.0, 1.0, 1.0, 10.0]
    assert tails_of(DIAMOND, SECONDS, [halves]) == [11.0, 2.0, 2.0, 2.0, 0.0]


def test_the_scarcest_resource_counts() -> None:
    loads = [[0.0] * 5, [seconds / 2 for seconds in SECONDS], [seconds / 9 for seconds in SECONDS]]
    assert heads_of(DIAMOND, SECONDS, loads)[4] == 10.0


def test_what_is_learnt_at_a_join_is_handed_on() -> None:
    dag = dag_of(6, [(0, 2), (1, 2), (2, 3), (3, 5), (4, 5)])
    seconds = (4.0, 4.0, 1.0, 1.0, 1.0, 1.0)
    assert heads_of(dag, seconds, [seconds]) == [0.0, 0.0, 8.0, 9.0, 0.0, 11.0]


def test_nothing() -> None:
    assert heads_of(dag_of(0, []), (), [()]) == []
