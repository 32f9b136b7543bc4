"""A step that overtook others stops a run only when these have ended, and counts only if they end well."""

from tests.support.builders import edge, step, workflow
from wfopt.dataclass import replace
from wfopt.engine.plan import Plan
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import Step, StepId

FAILED, SUCCEEDED, SKIPPED, CANCELLED = (
    StepStatus.FAILED,
    StepStatus.SUCCEEDED,
    StepStatus.SKIPPED,
    StepStatus.CANCELLED,
)


def overtaker(name: str, *others: str) -> Step:
    return replace(step(name), ahead_of=tuple(StepId(each) for each in others))


def started(plan: Plan, *nodes: int) -> Plan:
    plan.begin()
    for node in nodes:
        plan.start(node)
    return plan


def test_a_failure_counts_when_what_was_overtaken_has_ended() -> None:
    steps = ["a", "b", overtaker("late", "b"), "other"]
    plan = started(Plan(workflow(steps, [edge("a", "b")])), 0, 2)
    assert plan.finish(2, FAILED).over == ()
    assert plan.finish(0, SUCCEEDED).ready == (1,)
    plan.start(1)
    assert [verdict.node for verdict in plan.finish(1, SUCCEEDED).over] == [3]
    assert plan.undo() == []
    assert plan.statuses == [SUCCEEDED, SUCCEEDED, FAILED, CANCELLED]


def test_a_failure_does_not_count_if_what_was_overtaken_fails() -> None:
    plan = started(Plan(workflow(["a", overtaker("late", "a")])), 0, 1)
    plan.finish(1, FAILED)
    plan.finish(0, FAILED)
    assert [node for node, _ in plan.undo()] == [1]
    assert plan.statuses == [FAILED, SKIPPED]


def test_of_two_that_overtake_each_other_the_one_that_failed_stays() -> None:
    plan = started(Plan(workflow([overtaker("a", "b"), overtaker("b", "a")])), 0)
    plan.finish(0, FAILED)
    assert plan.undo() == []
    assert plan.statuses == [FAILED, SKIPPED]


def test_what_waits_for_a_cancelled_step_waits_for_what_that_waited_for() -> None:
    from wfopt.formats.expressions import parse_condition  # noqa: PLC0415 - by one test only

    clean = replace(step("clean"), condition=parse_condition("always()"))
    plan = started(
        Plan(workflow(["bad", "slow", "next", clean], [edge("slow", "next"), edge("next", "clean")])), 0, 1
    )
    assert plan.finish(0, FAILED).ready == ()
    assert plan.statuses[2] is CANCELLED
    assert plan.finish(1, SUCCEEDED).ready == (3,)
