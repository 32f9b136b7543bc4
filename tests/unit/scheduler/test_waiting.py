"""Who waits is offered best first, class by class."""

from wfopt.scheduler.waiting import Waiting

RANKS = (3.0, 1.0, 2.0, 1.0, 0.0)
CLASSES = (0, 0, 1, 1, 0)


def waiting(*nodes: int) -> Waiting:
    made = Waiting(RANKS, CLASSES)
    for node in nodes:
        made.add(node)
    return made


def test_best_first_and_ties_in_file_order() -> None:
    assert waiting(0, 1, 2, 3, 4).best(9, ()) == [4, 1, 3, 2, 0]
    assert waiting(0, 4, 1).best(9, ()) == [4, 1, 0]


def test_so_many_of_each_class_and_one_of_a_blocked_one() -> None:
    line = waiting(0, 1, 2, 3, 4)
    assert line.best(1, ()) == [4, 3]
    assert line.best(2, {0}) == [4, 3, 2]
    assert waiting().best(2, ()) == []


def test_leaders() -> None:
    assert waiting(0, 1, 2).leaders() == {0: 1, 1: 2}
    assert waiting().leaders() == {}


def test_members() -> None:
    line = waiting(0, 1)
    line.remove(0)
    assert (len(line), sorted(line)) == (1, [1])
    assert [node in line for node in range(4)] == [False, True, False, False]
    line.remove(1)
    assert not line
    assert line.leaders() == {}


def test_new_ranks_make_a_new_order() -> None:
    line = waiting(0, 1, 2)
    line.rerank((1.0, 2.0, 0.0, 0.0, 0.0))
    assert line.best(9, ()) == [2, 0, 1]
    line.remove(1)
    assert len(line) == 2
