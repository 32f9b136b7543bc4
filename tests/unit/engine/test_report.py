"""The report of a run, folded from its events."""

import pytest

from tests.support.builders import run_report, step, step_report, workflow
from wfopt import codes
from wfopt.engine.report import ReportSink, StepReport
from wfopt.errors import Diagnostic
from wfopt.events import (
    Noticed,
    RunFinished,
    RunStarted,
    StepCancelled,
    StepFinished,
    StepOutput,
    StepRetried,
    StepSkipped,
    StepStarted,
)
from wfopt.graph.order import dag_of
from wfopt.model.outcome import RunStatus, StepOutcome, StepStatus, Usage
from wfopt.model.workflow import StepId

A, B, C, D = map(StepId, "abcd")
WORKFLOW = workflow(["a", step("b", cpu_milli=9000), "c", "d"], [("a", "b"), ("b", "c")])
STARTED = RunStarted(at=0.0, run_id="r1", started_at=5.0, steps=4, slots=2, strategy="fifo")


def sink() -> ReportSink:
    return ReportSink(WORKFLOW, dag_of(4, [(0, 1), (1, 2)]), cpus=2.0)


def test_events_become_a_report() -> None:
    heard = sink()
    notice = Diagnostic(code=codes.LEFT_BEHIND, message="m")
    used, more = Usage(wall_s=2.0, cpu_s=1.0, peak_memory_bytes=7), Usage(wall_s=3.0, cpu_s=4.0)
    failed = StepOutcome(status=StepStatus.FAILED, reason="exit status 3", exit_code=3, usage=more)
    for event in (
        STARTED,
        StepStarted(at=0.5, step=A, reason="never ran"),
        StepOutput(at=0.6, step=A, data=b"x"),
        Noticed(at=1.0, step=A, diagnostic=notice),
        StepFinished(at=2.5, step=A, outcome=StepOutcome(status=StepStatus.SUCCEEDED, reason="", usage=used)),
        StepStarted(at=2.5, step=B, reason="changed"),
        StepRetried(at=2.8, step=B, attempt=1, outcome=failed, delay_s=0.2),
        StepStarted(at=3.0, step=B, reason="changed", attempt=2),
        StepFinished(at=6.0, step=B, outcome=failed),
        StepSkipped(at=6.0, step=C, reason="`b` failed"),
        StepCancelled(at=6.0, step=D, reason="`b` failed"),
        RunFinished(at=8.0, status=RunStatus.FAILED),
    ):
        heard(event)
    report = heard.report()
    assert report.steps == (
        StepReport(
            id=A, status=StepStatus.SUCCEEDED, reason="never ran", attempts=1, started_s=0.5, usage=used
        ),
        StepReport(
            id=B,
            status=StepStatus.FAILED,
            reason="exit status 3",
            exit_code=3,
            attempts=2,
            started_s=2.5,
            usage=more,
        ),
        StepReport(id=C, status=StepStatus.SKIPPED, reason="`b` failed"),
        StepReport(id=D, status=StepStatus.CANCELLED, reason="`b` failed"),
    )
    assert (report.run_id, report.started_at, report.wall_s, report.status) == (
        "r1",
        5.0,
        8.0,
        RunStatus.FAILED,
    )
    assert (report.critical_path, report.critical_path_s) == ((A, B), 5.0)
    assert report.lower_bound_s == 5.0
    assert report.notices == (notice,)
    assert (report.exit_code, report.cpu_s, report.peak_memory_bytes) == (1, 5.0, 7)
    assert report.cpu_utilization == 5.0 / 16.0
    assert report.count(StepStatus.SKIPPED) == 1


def test_hooks_stand_apart_in_the_order_of_their_ends() -> None:
    rollback, clean, late = map(StepId, ("rollback:a", "finally:clean", "finally:late"))
    only = workflow(["a"])
    heard = ReportSink(only, dag_of(1, []), cpus=1.0)
    used = Usage(wall_s=9.0, cpu_s=5.0, peak_memory_bytes=99)
    good = StepOutcome(status=StepStatus.SUCCEEDED, reason="", exit_code=0, usage=used)
    bad = StepOutcome(status=StepStatus.FAILED, reason="exit status 1", exit_code=1, usage=used)
    heard(STARTED)
    for name, reason, outcome in (
        (rollback, "a later step failed", good),
        (A, "why", StepOutcome(status=StepStatus.SUCCEEDED, reason="", usage=Usage(wall_s=1.0))),
        (clean, "the run ends", bad),
    ):
        heard(StepStarted(at=1.0, step=name, reason=reason))
        heard(StepFinished(at=2.0, step=name, outcome=outcome))
    heard(StepCancelled(at=3.0, step=late, reason="the run was stopped by SIGINT"))
    heard(RunFinished(at=4.0, status=RunStatus.SUCCEEDED))
    report = heard.report()
    assert [(each.id, each.status, each.reason) for each in report.hooks] == [
        (rollback, StepStatus.SUCCEEDED, "a later step failed"),
        (clean, StepStatus.FAILED, "exit status 1"),
        (late, StepStatus.CANCELLED, "the run was stopped by SIGINT"),
    ]
    assert [each.id for each in report.steps] == [A]
    assert (report.critical_path, report.critical_path_s, report.lower_bound_s) == ((A,), 1.0, 1.0)
    assert (report.cpu_s, report.peak_memory_bytes, report.exit_code) == (0.0, 0, 0)
    assert (report.failed, report.count(StepStatus.FAILED)) == ((), 0)


def test_failed_steps_are_those_that_were_not_allowed_to() -> None:
    bad, allowed = step_report("a", StepStatus.FAILED), step_report("b", StepStatus.FAILED, allowed=True)
    hook = step_report("finally:c", StepStatus.FAILED)
    assert run_report([bad, allowed, step_report("c")], hooks=[hook]).failed == (bad,)


def test_lower_bound_counts_reserved_cpus() -> None:
    wide = workflow("abc")
    heard = ReportSink(wide, dag_of(3, []), cpus=2.0)
    heard(STARTED)
    for each in wide.steps:
        heard(StepStarted(at=0.0, step=each.id, reason=""))
        outcome = StepOutcome(status=StepStatus.SUCCEEDED, reason="", usage=Usage(wall_s=2.0))
        heard(StepFinished(at=2.0, step=each.id, outcome=outcome))
    heard(RunFinished(at=4.0, status=RunStatus.SUCCEEDED))
    assert heard.report().lower_bound_s == 3.0


@pytest.mark.parametrize("event", [STARTED, RunFinished(at=1.0, status=RunStatus.SUCCEEDED)])
def test_no_report_before_the_end(event: RunStarted | RunFinished) -> None:
    heard = sink()
    heard(event)
    with pytest.raises(ValueError, match="has not finished"):
        heard.report()


@pytest.mark.parametrize(
    ("status", "signal", "code"),
    [
        (RunStatus.SUCCEEDED, None, 0),
        (RunStatus.FAILED, None, 1),
        (RunStatus.CANCELLED, 2, 130),
    ],
)
def test_exit_code(status: RunStatus, signal: int | None, code: int) -> None:
    assert run_report([step_report("a")], status=status, signal=signal).exit_code == code


def test_empty_run_has_no_figures() -> None:
    report = run_report([], wall_s=0.0)
    assert (report.cpu_s, report.peak_memory_bytes, report.cpu_utilization) == (0, None, None)
