"""What a run does while its steps run."""

import pytest

from wfopt.engine.chores import Chore, Chores


def test_they_are_done_in_the_order_in_which_they_are_due() -> None:
    done: list[str] = []
    chores = Chores(
        Chore(due, lambda name=name: done.append(name))  # type: ignore[misc]
        for due, name in ((0.5, "later"), (0.0, "first"), (0.0, "second"))
    )
    seen = []
    while (due := chores.next_due()) is not None:
        seen.append(due)
        chores.do_next()
    assert seen == [0.0, 0.0, 0.5]
    assert done == ["first", "second", "later"]


def test_one_that_fails_is_not_done_again() -> None:
    chores = Chores([Chore(0.0, lambda: 1 // 0)])
    with pytest.raises(ZeroDivisionError):
        chores.do_next()
    assert chores.next_due() is None


def test_nothing_is_due_when_nothing_is_left() -> None:
    chores = Chores()
    assert chores.next_due() is None
    with pytest.raises(IndexError):
        chores.do_next()
