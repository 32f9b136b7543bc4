"""Which steps are left out of a run, and how that is told."""

from tests.support.builders import step
from wfopt.dataclass import replace
from wfopt.model.left_out import Share, is_left_out, share_of, why_left_out
from wfopt.model.workflow import Argv, Opaque, Step

ACTION = Opaque(what="actions/labeler@v5", why="an action")
SCRIPT = Opaque(what="docker build .\ndocker push", why="uses secrets.TOKEN")


def opaque(name: str, run: Opaque) -> Step:
    return replace(step(name), run=run)


def test_only_steps_with_nothing_to_run_in_their_place_are_left_out() -> None:
    assert not is_left_out(step("a"))
    assert is_left_out(opaque("a", ACTION))
    assert not is_left_out(opaque("a", replace(ACTION, stand_in=Argv(()))))


def test_actions_are_counted_by_name_and_scripts_by_reason() -> None:
    steps = [step("a"), opaque("b", SCRIPT), opaque("c", ACTION), opaque("d", ACTION)]
    share = share_of(steps)
    assert (share.steps, share.runnable) == (4, 1)
    words = "1 of 4 steps runnable here; left out: actions/labeler (2), uses secrets.TOKEN (1)"
    assert share.words == words


def test_only_the_most_frequent_kinds_are_named() -> None:
    share = Share(steps=20, left_out=tuple((name, 2) for name in "abcdefg"))
    assert share.words.endswith("left out: a (2), b (2), c (2), d (2), e (2) and 4 more")


def test_why() -> None:
    assert why_left_out(SCRIPT) == "not run here: uses secrets.TOKEN"
    long = Opaque(what="x" * 61, why="an action")
    assert why_left_out(long) == "not run here: an action"
