"""Messages about steps that went wrong."""

import shutil

import pytest

from tests.support.builders import span_of, step
from wfopt import codes
from wfopt.engine import failures
from wfopt.errors import Severity
from wfopt.model.outcome import Enforcer, LimitHit, LimitKind, StepOutcome, StepStatus, Usage
from wfopt.model.patterns import PathPattern
from wfopt.model.workflow import StepId
from wfopt.source import SourceFile

SOURCE = SourceFile(name="w.yml", text="steps:\n  a: make\n")
SPAN = span_of(SOURCE, "make")
A = step("a", span=SPAN)
USAGE = Usage(wall_s=2.0)
LIMIT = LimitHit(kind=LimitKind.TIMEOUT, limit=5.0, observed=6.0, enforced_by=Enforcer.WATCHDOG)


@pytest.mark.parametrize(
    ("outcome", "code", "start"),
    [
        (
            StepOutcome(status=StepStatus.FAILED, reason="", exit_code=3, usage=USAGE),
            codes.STEP_FAILED,
            "step `a` failed with exit status 3 after 2",
        ),
        (
            StepOutcome(status=StepStatus.FAILED, reason="", signal=9, usage=USAGE),
            codes.STEP_KILLED,
            "step `a` was ended by SIGKILL after 2",
        ),
        (
            StepOutcome(status=StepStatus.FAILED, reason="", signal=15, usage=USAGE, limit=LIMIT),
            codes.STEP_TIMED_OUT,
            "step `a` ran longer than its timeout of 5",
        ),
        (
            StepOutcome(status=StepStatus.FAILED, reason="no such file"),
            codes.STEP_NOT_STARTED,
            "step `a` could not be started: no such file",
        ),
        (
            StepOutcome(status=StepStatus.FAILED, reason="no output", exit_code=0, usage=USAGE),
            codes.STEP_FAILED,
            "step `a` failed: no output",
        ),
    ],
)
def test_failed(outcome: StepOutcome, code: codes.Code, start: str) -> None:
    told = failures.failed(A, outcome, ("boom",), "a.log")
    assert told.code is code
    assert told.message.startswith(start)
    assert told.severity is Severity.ERROR
    assert told.causes == ("output: boom",)
    assert told.hints == ("the whole output is in `a.log`",)
    assert told.primary is not None
    assert told.primary.span == SPAN


def test_allowed_failure_is_a_warning_and_needs_no_log() -> None:
    outcome = StepOutcome(status=StepStatus.FAILED, reason="", exit_code=3, allowed=True)
    told = failures.failed(step("a"), outcome, (), None)
    assert (told.severity, told.hints, told.primary) == (Severity.WARNING, (), None)


@pytest.mark.parametrize("span", [None, SPAN])
def test_outputs_are_told_at_their_place(span: object) -> None:
    output = PathPattern("o", span=SPAN if span else None)
    missing, empty = failures.missing_output(A, output), failures.empty_glob(A, output)
    assert (missing.code, missing.severity) == (codes.MISSING_OUTPUT, Severity.ERROR)
    assert (empty.code, empty.severity) == (codes.EMPTY_OUTPUT_GLOB, Severity.WARNING)
    for told in (missing, empty):
        assert "`o`" in told.message
        assert (told.primary is None) is (span is None)


@pytest.mark.parametrize(("count", "words"), [(1, "left a process in"), (3, "left 3 processes in")])
def test_left_behind(count: int, words: str) -> None:
    told = failures.left_behind(A, count)
    assert words in told.message
    assert told.severity is Severity.WARNING


def test_output_held() -> None:
    told = failures.output_held(A)
    assert (told.code, told.severity) == (codes.OUTPUT_NOT_CLOSED, Severity.WARNING)


@pytest.mark.parametrize(("hint", "hints"), [(None, ()), ("try", ("try",))])
def test_bad_expression(hint: str | None, hints: tuple[str, ...]) -> None:
    told = failures.bad_expression(A, "no `x`", hint, "if")
    assert (told.message, told.hints) == ("step `a`: no `x`", hints)


@pytest.mark.parametrize(("number", "name"), [(15, "SIGTERM"), (99, "signal 99")])
def test_signal_name(number: int, name: str) -> None:
    assert failures.signal_name(number) == name


def test_service_ended() -> None:
    told = failures.service_ended(StepId("db"))
    assert (told.code, told.severity) == (codes.SERVICE_ENDED, Severity.WARNING)
    assert told.message == "the service that step `db` had started ended before the run did"


def test_log_capped() -> None:
    told = failures.log_capped(A, 32 * 2**20)
    assert (told.code, told.severity) == (codes.LOG_CAPPED, Severity.NOTE)
    assert told.message == "step `a` printed more than 32 MiB: its log holds the beginning only"
    assert told.primary is not None
    assert told.primary.span == SPAN


def test_logs_lost() -> None:
    told = failures.logs_lost("no space left")
    assert (told.code, told.severity) == (codes.LOGS_LOST, Severity.WARNING)
    assert told.message.endswith(": no space left")


def test_outputs_left() -> None:
    told = failures.outputs_left(A, "no space left")
    assert (told.code, told.severity) == (codes.OUTPUTS_LEFT, Severity.ERROR)
    assert told.message.endswith(": no space left")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(30, "Read-only file system", "out/a"), "read-only file system: `out/a`"),
        (OSError(28, "No space left on device"), "no space left on device"),
        (OSError("`out` leads out of the workspace"), "`out` leads out of the workspace"),
        (shutil.Error([("a", "b", "[Errno 28] No space left: 'b/X'")]), "no space left: 'b/X'"),
    ],
)
def test_system_reason(error: OSError, reason: str) -> None:
    assert failures.system_reason(error) == reason
