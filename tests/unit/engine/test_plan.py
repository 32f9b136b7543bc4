"""The plan: what becomes of a step depends on what became of those before it."""

import pytest

from tests.support.builders import edge, step, workflow
from wfopt.engine.plan import Changes, Plan, State, Verdict
from wfopt.formats.expressions import parse_condition
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import EdgeKind, MatrixGroup, Origin, Step

SUCCEEDED, FAILED = StepStatus.SUCCEEDED, StepStatus.FAILED
SKIPPED, CANCELLED, CACHED = StepStatus.SKIPPED, StepStatus.CANCELLED, StepStatus.CACHED


def conditional(name: str, condition: str, group: MatrixGroup | None = None) -> Step:
    return step(name, condition=parse_condition(condition), group=group)


def begun(plan: Plan, *nodes: int) -> Plan:
    plan.begin()
    for node in nodes:
        plan.start(node)
    return plan


def test_begins_with_what_waits_for_nothing() -> None:
    plan = Plan(workflow("abc", [("c", "a")]))
    assert plan.begin() == Changes(ready=(1, 2))
    assert plan.states == [State.WAITING, State.READY, State.READY]


def test_a_step_waits_for_all_its_needs() -> None:
    plan = begun(Plan(workflow("abc", [("a", "c"), ("b", "c")])), 0, 1)
    assert plan.finish(1, SUCCEEDED) == Changes()
    assert plan.finish(0, SUCCEEDED) == Changes(ready=(2,))
    assert plan.left == 1


@pytest.mark.parametrize(("status", "allowed"), [(SUCCEEDED, False), (CACHED, False), (FAILED, True)])
def test_what_counts_as_success_frees_the_next(status: StepStatus, allowed: bool) -> None:
    steps = ["a", conditional("b", "success()")]
    plan = begun(Plan(workflow(steps, [("a", "b")])), 0)
    assert plan.finish(0, status, allowed=allowed) == Changes(ready=(1,))
    assert not plan.failed


@pytest.mark.parametrize("kind", list(EdgeKind))
@pytest.mark.parametrize("origin", Origin)
def test_real_failure_skips_over_every_edge(kind: EdgeKind, origin: Origin) -> None:
    edges = [edge("a", "b", kind, origin), ("b", "c")]
    plan = begun(Plan(workflow("abc", edges), keep_going=True), 0)
    changes = plan.finish(0, FAILED)
    assert changes.over == (
        Verdict(1, SKIPPED, "`a` failed"),
        Verdict(2, SKIPPED, "`b` was skipped"),
    )
    assert plan.failed
    assert plan.left == 0


@pytest.mark.parametrize("kind", list(EdgeKind))
def test_skip_passes_over_written_edges(kind: EdgeKind) -> None:
    plan = Plan(workflow([conditional("a", "false"), "b"], [edge("a", "b", kind)]))
    assert plan.begin().over == (
        Verdict(0, SKIPPED, "its condition is false"),
        Verdict(1, SKIPPED, "`a` was skipped"),
    )


def test_skip_stops_at_the_order_of_a_list() -> None:
    plan = Plan(workflow([conditional("a", "false"), "b"], [edge("a", "b", origin=Origin.LIST)]))
    assert plan.begin() == Changes((1,), (Verdict(0, SKIPPED, "its condition is false"),))


def test_true_condition_lets_run() -> None:
    assert Plan(workflow([conditional("a", "true")])).begin() == Changes(ready=(0,))


def test_failure_cancels_the_rest_but_not_what_runs() -> None:
    plan = begun(Plan(workflow("abcd", [("b", "d")])), 0, 1)
    changes = plan.finish(0, FAILED)
    assert changes.over == (Verdict(2, CANCELLED, "`a` failed"), Verdict(3, CANCELLED, "`a` failed"))
    assert plan.states[1] is State.RUNNING
    assert plan.finish(1, FAILED) == Changes()
    assert plan.stopped == "`a` failed"


def test_keep_going_runs_what_does_not_depend_on_it() -> None:
    plan = begun(Plan(workflow("abcd", [("a", "b"), ("c", "d")]), keep_going=True), 0, 2)
    assert plan.finish(0, FAILED).over == (Verdict(1, SKIPPED, "`a` failed"),)
    assert plan.finish(2, SUCCEEDED) == Changes(ready=(3,))


@pytest.mark.parametrize("keep_going", [False, True])
@pytest.mark.parametrize("condition", ["always()", "failure()", "always() && true"])
def test_steps_for_failures_start_after_all_ended(condition: str, keep_going: bool) -> None:
    steps = ["a", "b", conditional("c", condition)]
    plan = begun(Plan(workflow(steps, [("a", "c"), ("b", "c")]), keep_going=keep_going), 0, 1)
    assert plan.finish(0, FAILED) == Changes()
    assert plan.finish(1, SUCCEEDED) == Changes(ready=(2,))


@pytest.mark.parametrize(("condition", "runs"), [("failure()", False), ("always()", True)])
def test_steps_for_failures_after_success(condition: str, runs: bool) -> None:
    plan = begun(Plan(workflow(["a", conditional("b", condition)], [("a", "b")])), 0)
    assert bool(plan.finish(0, SUCCEEDED).ready) is runs


def test_what_needs_a_failed_step_is_skipped_before_the_rest_is_cancelled() -> None:
    plan = begun(Plan(workflow("abcd", [("a", "b"), ("c", "d")])), 0)
    assert plan.finish(0, FAILED).over == (
        Verdict(1, SKIPPED, "`a` failed"),
        Verdict(2, CANCELLED, "`a` failed"),
        Verdict(3, CANCELLED, "`a` failed"),
    )


def test_a_condition_without_a_value_fails_the_run() -> None:
    plan = Plan(workflow([conditional("a", "1 < 'x' || success()")]))
    assert plan.begin().over[0].status is SKIPPED
    assert plan.failed


def test_failure_is_seen_past_skipped_steps_in_any_file_order() -> None:
    steps = ["late", "middle", "first", conditional("notify", "failure()")]
    edges = [("first", "middle"), ("middle", "late"), ("late", "notify")]
    plan = begun(Plan(workflow(steps, edges)), 2)
    assert plan.finish(2, FAILED) == Changes(
        (3,), (Verdict(1, SKIPPED, "`first` failed"), Verdict(0, SKIPPED, "`middle` was skipped"))
    )


def test_failure_is_seen_past_skipped_steps() -> None:
    steps = ["a", "b", conditional("c", "failure()")]
    plan = begun(Plan(workflow(steps, [("a", "b"), ("b", "c")]), keep_going=True), 0)
    assert plan.finish(0, FAILED) == Changes((2,), (Verdict(1, SKIPPED, "`a` failed"),))


@pytest.mark.parametrize("fail_fast", [False, True])
def test_fail_fast_cancels_the_cells_left_also_with_keep_going(fail_fast: bool) -> None:
    group = MatrixGroup(definition="t", max_parallel=None, fail_fast=fail_fast)
    other = MatrixGroup(definition="u", max_parallel=None, fail_fast=True)
    steps = [step("t1", group=group), step("t2", group=group), step("u1", group=other), "z"]
    plan = begun(Plan(workflow(steps), keep_going=True), 0)
    expected = (Verdict(1, CANCELLED, "`t1` failed and `fail-fast` is on"),) if fail_fast else ()
    assert plan.finish(0, FAILED).over == expected
    assert plan.states[2:] == [State.READY, State.READY]


def test_dependents_of_cancelled_cells_are_cancelled() -> None:
    group = MatrixGroup(definition="t", max_parallel=None, fail_fast=True)
    steps = [step("t1", group=group), step("t2", group=group), "z"]
    plan = begun(Plan(workflow(steps, [("t2", "z")]), keep_going=True), 0)
    assert plan.finish(0, FAILED).over[-1] == Verdict(2, CANCELLED, "`t2` was cancelled")


def test_stop_cancels_everything_not_started() -> None:
    plan = begun(Plan(workflow(["a", "b", conditional("c", "always()")], [("a", "c")])), 0)
    assert plan.stop("enough").over == (Verdict(1, CANCELLED, "enough"), Verdict(2, CANCELLED, "enough"))
    assert plan.finish(0, CANCELLED) == Changes()
    assert plan.left == 0


def test_contexts_tell_what_is_over() -> None:
    plan = begun(Plan(workflow("abc"), keep_going=True), 0, 1)
    plan.finish(0, CACHED)
    plan.finish(1, FAILED)
    assert plan.contexts() == {
        "needs": {"a": {"status": "succeeded", "out": {}}, "b": {"status": "failed", "out": {}}},
        "failed": {"ids": ("b",)},
    }


def test_contexts_tell_what_steps_hand_on() -> None:
    plan = begun(Plan(workflow("ab")), 0, 1)
    plan.finish(0, SUCCEEDED, values={"X": "1"})
    plan.finish(1, FAILED, allowed=True, values={"Y": "2"})
    assert plan.contexts() == {
        "needs": {
            "a": {"status": "succeeded", "out": {"X": "1"}},
            "b": {"status": "failed", "out": {"Y": "2"}},
        },
        "failed": {"ids": ()},
    }


@pytest.mark.parametrize(
    ("statuses", "word"),
    [
        ([SUCCEEDED, SUCCEEDED, FAILED], "failed"),
        ([SUCCEEDED, CANCELLED, SUCCEEDED], "cancelled"),
        ([CANCELLED, FAILED, SUCCEEDED], "failed"),
        ([SUCCEEDED, CACHED, SKIPPED], "succeeded"),
        ([CACHED, CACHED, CACHED], "succeeded"),
        ([SKIPPED, SKIPPED, SKIPPED], "skipped"),
        ([SKIPPED, SKIPPED, CANCELLED], "cancelled"),
        ([SUCCEEDED], "succeeded"),
        ([], ""),
    ],
)
def test_steps_with_one_name_have_one_status(statuses: list[StepStatus], word: str) -> None:
    cells = [f"t{number}" for number in range(3)]
    plan = Plan(workflow([*cells, "z"]), keep_going=True, groups={"t": (0, 1, 2), "none": ()})
    begun(plan, *range(len(statuses)))
    for node, status in enumerate(statuses):
        plan.finish(node, status, allowed=status is FAILED)
    needs = plan.contexts()["needs"]
    assert isinstance(needs, dict)
    assert needs["t"] == {"status": word}
    assert needs["none"] == {"status": "skipped"}
    assert "z" not in needs


def test_condition_reads_the_status_of_a_group() -> None:
    steps = ["t1", "t2", conditional("b", "needs.t.status == 'failed' && always()")]
    plan = begun(Plan(workflow(steps, [("t1", "b"), ("t2", "b")]), groups={"t": (0, 1)}), 0, 1)
    plan.finish(0, SUCCEEDED)
    assert plan.finish(1, FAILED) == Changes(ready=(2,))


def test_condition_reads_a_value() -> None:
    steps = ["a", conditional("b", "needs.a.out.X == '1'"), conditional("c", "needs.a.out.X == '2'")]
    plan = begun(Plan(workflow(steps, [("a", "b"), ("a", "c")])), 0)
    changes = plan.finish(0, SUCCEEDED, values={"X": "1"})
    assert changes == Changes((1,), (Verdict(2, SKIPPED, "its condition is false"),))


def test_steps_that_ran_and_ended_well_are_kept_in_the_order_of_their_ends() -> None:
    plan = begun(Plan(workflow("abcde"), keep_going=True), 0, 1, 2, 3, 4)
    plan.finish(2, SUCCEEDED)
    plan.finish(1, CACHED)
    plan.finish(3, FAILED)
    plan.finish(4, FAILED, allowed=True)
    plan.finish(0, SUCCEEDED)
    assert plan.succeeded == [2, 0]


def test_condition_reads_the_status_of_needs() -> None:
    steps = ["a", conditional("b", "needs.a.status == 'succeeded'")]
    plan = begun(Plan(workflow(steps, [("a", "b")])), 0)
    assert plan.finish(0, CACHED) == Changes(ready=(1,))
