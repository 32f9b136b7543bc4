"""What is kept of the steps of a run."""

from tests.support.builders import step
from wfopt.codes import CACHE_TROUBLE
from wfopt.errors import Diagnostic
from wfopt.events import (
    Event,
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
from wfopt.metrics.collect import Collector
from wfopt.model.history import PastAttempt
from wfopt.model.outcome import (
    CacheUse,
    Enforcer,
    LimitHit,
    LimitKind,
    RunStatus,
    StepOutcome,
    StepStatus,
    Usage,
)
from wfopt.model.workflow import StepId

A, B, C, D = (StepId(name) for name in "abcd")
USED = Usage(wall_s=2.0, cpu_s=1.5, peak_memory_bytes=1000, read_bytes=20, written_bytes=30)
LIMIT = LimitHit(kind=LimitKind.TIMEOUT, limit=1.0, observed=2.0, enforced_by=Enforcer.WATCHDOG)
STEPS = (step("a", cpu_milli=500, memory_bytes=4096), step("b"), step("c"), step("d"))


def collected(*events: Event, critical: tuple[StepId, ...] = ()) -> tuple[PastAttempt, ...]:
    collector = Collector()
    for event in events:
        collector(event)
    return collector.attempts(STEPS, critical)


def test_a_step_that_ran() -> None:
    done = StepOutcome(
        status=StepStatus.SUCCEEDED, reason="", exit_code=0, usage=USED, cache=CacheUse(key="k")
    )
    assert collected(
        StepStarted(at=1.0, step=A, reason="input changed", waited_s=0.5, input_bytes=77),
        StepFinished(at=3.0, step=A, outcome=done),
        critical=(A,),
    ) == (
        PastAttempt(
            step=A,
            attempt=1,
            status=StepStatus.SUCCEEDED,
            reason="input changed",
            key="k",
            started_s=1.0,
            waited_s=0.5,
            wall_s=2.0,
            cpu_s=1.5,
            peak_memory_bytes=1000,
            read_bytes=20,
            written_bytes=30,
            input_bytes=77,
            exit_code=0,
            cpu_milli=500,
            memory_bytes=4096,
            critical=True,
        ),
    )


def test_each_attempt_is_kept() -> None:
    late = StepOutcome(status=StepStatus.FAILED, reason="timed out", signal=9, usage=USED, limit=LIMIT)
    bad = StepOutcome(status=StepStatus.FAILED, reason="exit status 2", exit_code=2, usage=USED, allowed=True)
    first, second = collected(
        StepStarted(at=1.0, step=B, reason="never ran"),
        StepRetried(at=3.0, step=B, attempt=1, outcome=late, delay_s=1.0),
        StepStarted(at=4.0, step=B, reason="never ran", attempt=2),
        StepFinished(at=6.0, step=B, outcome=bad),
    )
    assert (first.attempt, first.status, first.reason, first.signal, first.limit, first.allowed) == (
        1,
        StepStatus.FAILED,
        "timed out",
        9,
        LIMIT,
        False,
    )
    assert (second.attempt, second.reason, second.exit_code, second.limit, second.allowed) == (
        2,
        "exit status 2",
        2,
        None,
        True,
    )


def test_what_did_not_run() -> None:
    cached = StepOutcome(
        status=StepStatus.CACHED, reason="up to date", exit_code=0, cache=CacheUse(key="k", saved_s=3.0)
    )
    assert collected(
        StepFinished(at=0.1, step=A, outcome=cached),
        StepSkipped(at=0.2, step=B, reason="its condition is false"),
        StepCancelled(at=0.3, step=C, reason="the run stops"),
    ) == (
        PastAttempt(step=A, attempt=0, status=StepStatus.CACHED, reason="up to date", key="k", exit_code=0),
        PastAttempt(step=B, attempt=0, status=StepStatus.SKIPPED, reason="its condition is false"),
        PastAttempt(step=C, attempt=0, status=StepStatus.CANCELLED, reason="the run stops"),
    )


def test_a_step_that_could_not_be_started() -> None:
    bad = StepOutcome(status=StepStatus.FAILED, reason="no such file or directory: `x`")
    (only,) = collected(
        StepStarted(at=1.0, step=A, reason="never ran"), StepFinished(at=1.0, step=A, outcome=bad)
    )
    assert (only.started_s, only.wall_s, only.cpu_s, only.peak_memory_bytes) == (1.0, 0.0, None, None)


def test_whether_anything_ran() -> None:
    collector = Collector()
    collector(RunStarted(at=0.0, run_id="r", started_at=1.0, steps=4, slots=2, strategy="fifo"))
    collector(StepSkipped(at=0.2, step=B, reason="its condition is false"))
    collector(Noticed(at=0.2, step=None, diagnostic=Diagnostic(code=CACHE_TROUBLE, message="odd")))
    assert collector.nothing_ran
    collector(StepStarted(at=1.0, step=A, reason="never ran"))
    assert not collector.nothing_ran
    collector(StepOutput(at=1.5, step=A, data=b"x"))
    done = StepOutcome(status=StepStatus.SUCCEEDED, reason="", exit_code=0, usage=USED)
    collector(StepFinished(at=3.0, step=A, outcome=done))
    collector(RunFinished(at=3.0, status=RunStatus.SUCCEEDED))
    assert not collector.nothing_ran
