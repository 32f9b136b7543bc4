"""The plan of steps that other formats have: who is left out, who goes on, which jobs began."""

import pytest

from tests.support.builders import edge, step, workflow
from wfopt.dataclass import replace
from wfopt.engine.plan import Plan
from wfopt.model.expressions import Call, Expression, Reference, Template
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import Argv, Edge, EdgeKind, Opaque, Origin, Step

ALWAYS = Call("always")


def opaque(name: str, session: str = "job") -> Step:
    return replace(step(name, run=None), run=Opaque(what="a/b@v1", why="an action"), session=session)


def of_job(name: str, condition: Expression | None = None, session: str = "job") -> Step:
    return replace(step(name, condition=condition), session=session)


def listed(before: str, after: str, kind: EdgeKind = EdgeKind.ORDER) -> Edge:
    return edge(before, after, kind, Origin.LIST)


def reasons(plan: Plan) -> dict[str, str]:
    changes = plan.begin()
    steps = plan.workflow.steps
    found = {steps[verdict.node].id: verdict.reason for verdict in changes.over}
    return {str(name): reason for name, reason in found.items()}


def test_a_step_without_a_command_is_left_out_and_the_list_goes_on() -> None:
    plan = Plan(workflow([opaque("a"), of_job("b")], [listed("a", "b")]))
    changes = plan.begin()
    assert [(each.node, each.status, each.reason) for each in changes.over] == [
        (0, StepStatus.SKIPPED, "not run here: an action, a/b@v1")
    ]
    assert changes.ready == (1,)


@pytest.mark.parametrize("kind", [EdgeKind.DATA, EdgeKind.REF])
def test_who_takes_something_of_it_is_left_out_as_well(kind: EdgeKind) -> None:
    steps = [opaque("a"), of_job("b"), of_job("c"), of_job("d")]
    plan = Plan(workflow(steps, [listed("a", "b", kind), listed("b", "c", kind), listed("c", "d")]))
    assert reasons(plan) == {
        "a": "not run here: an action, a/b@v1",
        "b": "it needs what `a` would hand on, which is not run here",
        "c": "it needs what `b` would hand on, which is not run here",
    }


def test_who_asks_for_a_value_of_it_is_left_out_even_if_it_always_runs() -> None:
    text = Template((Reference("needs", ("a", "out", "x")),))
    asking = replace(of_job("b", ALWAYS), env={"X": text})
    plan = Plan(workflow([opaque("a"), asking], [listed("a", "b")]))
    assert reasons(plan)["b"] == "it needs what `a` would hand on, which is not run here"


def test_only_jobs_of_a_service_go_on_after_a_need_that_is_left_out() -> None:
    plan = Plan(workflow([opaque("a"), of_job("b"), of_job("c", session="")], [("a", "b"), ("a", "c")]))
    assert reasons(plan) == {"a": "not run here: an action, a/b@v1", "c": "`a` was skipped"}


def test_a_stand_in_runs() -> None:
    run = Opaque(what="a/b", why="an action", stand_in=Argv((Template.plain("true"),)))
    assert Plan(workflow([replace(step("a"), run=run)])).begin().ready == (0,)


def test_no_step_of_a_job_runs_that_did_not_start() -> None:
    steps = [of_job("a", session="one"), of_job("b", session="two"), of_job("c", ALWAYS, "two")]
    plan = Plan(workflow(steps, [("a", "b"), listed("b", "c")]), keep_going=True)
    plan.begin()
    plan.start(0)
    changes = plan.finish(0, StepStatus.FAILED)
    assert [each.reason for each in changes.over] == ["`a` failed", "its job did not start"]


def test_a_job_that_runs_always_starts_after_a_failure() -> None:
    steps = [of_job("a", session="one"), of_job("b", ALWAYS, "two")]
    plan = Plan(workflow(steps, [("a", "b")]))
    plan.begin()
    plan.start(0)
    assert plan.finish(0, StepStatus.FAILED).ready == (1,)


def test_a_step_that_was_skipped_is_no_failure_to_a_job() -> None:
    steps = [opaque("a"), of_job("b", Call("success"))]
    assert Plan(workflow(steps, [listed("a", "b")])).begin().ready == (1,)


def test_conditions_know_what_the_job_knows() -> None:
    plan = Plan(workflow([of_job("a", Reference("env", ("X",)))]))
    plan.contexts_of = lambda _: {"env": {"X": "yes"}}
    assert plan.begin().ready == (0,)


def test_what_is_told_of_steps_and_of_several_under_one_name() -> None:
    plan = Plan(workflow(["a", "b"], [("a", "b")]), groups={"both": (0, 1)})
    assert plan.told_of("a") is None
    plan.begin()
    plan.start(0)
    plan.finish(0, StepStatus.SUCCEEDED, values={"x": "1"})
    assert plan.told_of("a") == {"status": "succeeded", "out": {"x": "1"}}
    assert plan.told_of("both") == {"status": "succeeded"}
    assert plan.told_of("other") is None
