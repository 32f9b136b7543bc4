"""Which steps may start right after another one, by the plan alone."""

from dataclasses import replace

import pytest

from tests.support.builders import step, workflow
from wfopt.engine.following import candidates
from wfopt.engine.plan import Plan, State, Verdict
from wfopt.model.following import why_not_right_after
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import Opaque, Step, StepId


def _after(name: str, first: str) -> Step:
    return replace(step(name), right_after=StepId(first))


def test_only_steps_that_are_asked_for_are_candidates() -> None:
    steps = ["a", _after("b", "a"), step("c"), _after("d", "a"), _after("e", "b")]
    plan = Plan(workflow(steps, [("a", "b"), ("b", "c"), ("c", "d"), ("b", "e")]))
    assert candidates(plan) == {0: 1, 1: 4}
    assert candidates(Plan(workflow("ab", [("a", "b")]))) == {}


@pytest.mark.parametrize("changed", [{"run": Opaque(what="x", why="y")}, {"session": "job"}])
def test_steps_of_other_tools_wait_for_their_turn(changed: dict[str, object]) -> None:
    other = replace(step("b"), **changed)  # type: ignore[arg-type]
    assert why_not_right_after(step("a"), other) == "`b` belongs to another tool"
    assert why_not_right_after(other, step("a")) == "`b` belongs to another tool"
    assert why_not_right_after(step("a"), step("b")) == ""


def _promised() -> Plan:
    plan = Plan(workflow("abcd", [("a", "b"), ("b", "c")]))
    plan.begin()
    plan.start(0)
    plan.start(3)
    for node in (1, 2):
        plan.promise(node)
    return plan


def test_what_is_promised_is_not_cancelled_until_it_is_withdrawn() -> None:
    plan = _promised()
    assert plan.finish(3, StepStatus.FAILED).over == ()
    over = plan.withdraw([1, 2]).over
    assert over == tuple(Verdict(node, StepStatus.CANCELLED, "`d` failed") for node in (1, 2))
    assert plan.left == 1


def test_what_is_withdrawn_waits_again() -> None:
    plan = _promised()
    assert plan.withdraw([1, 2]).over == ()
    assert plan.states[1:3] == [State.WAITING, State.WAITING]
    assert plan.finish(0, StepStatus.SUCCEEDED).ready == (1,)


def test_what_is_promised_may_run_before_the_end_of_the_other_is_known() -> None:
    plan = _promised()
    plan.start(1)
    assert plan.finish(0, StepStatus.SUCCEEDED).ready == ()
    assert plan.finish(1, StepStatus.SUCCEEDED).ready == ()
    plan.start(2)
    plan.finish(2, StepStatus.SUCCEEDED)
    assert plan.left == 1


def test_after_a_stop_nothing_withdrawn_stays() -> None:
    plan = _promised()
    plan.stop("the end")
    assert plan.withdraw([]).over == ()
    assert [each.reason for each in plan.withdraw([1, 2]).over] == ["the end", "the end"]


def test_what_runs_after_a_failure_is_not_followed_in_a_list() -> None:
    plan = Plan(workflow("abcd", [("a", "b")]), keep_going=True)
    plan.begin()
    assert plan.may_be_followed(0)
    plan.finish(0, StepStatus.FAILED)
    assert not plan.may_be_followed(1)
    assert plan.may_be_followed(2)
    plan.stop("the end")
    assert not plan.may_be_followed(2)
