"""What a run does while its first steps run."""

from collections.abc import Iterable

from tests.support.builders import workflow
from wfopt.api.ahead import recalling
from wfopt.engine.chores import Chores
from wfopt.engine.plan import Plan


def recalled(slots: int, ended: int, edges: Iterable[tuple[str, str]] = ()) -> int:
    """Return how often the past of three steps is read, after so many of them have ended."""
    plan, asked = Plan(workflow("abc", edges)), list[int]()
    chores = Chores(recalling(plan, slots, lambda: asked.append(1)))
    plan.left -= ended
    while chores.next_due() is not None:
        chores.do_next()
    return len(asked)


def test_the_past_is_read_early_if_steps_will_have_to_wait() -> None:
    assert recalled(slots=2, ended=0) == 1


def test_the_past_is_not_read_if_there_is_room_for_all_that_are_left() -> None:
    assert recalled(slots=3, ended=0) == 0
    assert recalled(slots=2, ended=1) == 0


def test_the_past_of_a_chain_is_not_read() -> None:
    assert recalled(slots=1, ended=0, edges=[("a", "b"), ("b", "c")]) == 0
    assert recalled(slots=1, ended=0, edges=[("a", "b"), ("a", "c")]) == 1
    assert recalled(slots=1, ended=0, edges=[("a", "c"), ("b", "c")]) == 1
