"""One attempt at a step: what is known while it runs, how its end is judged, whether another one follows.

Backoff with jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ ("equal
jitter": half of the wait is fixed, the other half is random).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from wfopt.dataclass import dataclass, field
from wfopt.engine.exceeding import over_limit_words
from wfopt.engine.failures import signal_name
from wfopt.engine.limits import ran_out_of_memory
from wfopt.engine.outputs import Known
from wfopt.engine.reuse import Miss
from wfopt.engine.runner import Ended
from wfopt.model.expressions import Expression, ExpressionError, Value, evaluate
from wfopt.model.outcome import Enforcer, LimitHit, LimitKind, StepOutcome, StepStatus, Usage
from wfopt.model.values import is_true
from wfopt.model.workflow import Retries, Step

MOST_CAPTURED_BYTES = 1 << 20
"""What a step may print to a captured stdout; later steps get it through an expression."""


@dataclass(slots=True)
class Attempt:
    """An attempt that goes on.

    Attributes:
        number: 1 for the first.
        deadline: when something must happen to it: its timeout, or the end of the grace; None: never.
        timed_out: whether its timeout passed.
        stopping: whether it was asked to end.
        captured: what it printed to a captured stdout, or None if nothing is captured.
        flooded: whether it printed more than can be captured.
        flaw: why its result cannot be kept although it ended well, or "".
        known: what the patterns of its outputs matched before it started.
        miss: why the step runs, and what is needed to keep its result.
        started_s: when it started, in seconds since the start of the run.
    """

    number: int
    deadline: float | None
    timed_out: bool = False
    stopping: bool = False
    captured: bytearray | None = None
    flooded: bool = False
    flaw: str = ""
    known: Known = field(default_factory=dict)
    miss: Miss = field(kw_only=True)
    started_s: float = field(default=0.0, kw_only=True)

    def capture(self, data: bytes) -> None:
        """Keep what was printed, up to `MOST_CAPTURED_BYTES`."""
        if self.captured is None:
            return
        room = MOST_CAPTURED_BYTES - len(self.captured)
        self.flooded |= len(data) > room
        self.captured += data[:room]


def usage_of(ended: Ended) -> Usage:
    """Return what a process tree used."""
    return Usage(
        wall_s=max(0.0, ended.ended_at - ended.started_at),
        cpu_s=ended.cpu_s,
        peak_memory_bytes=ended.peak_memory_bytes,
        read_bytes=ended.read_bytes,
        written_bytes=ended.written_bytes,
        peak_memory_source=ended.peak_memory_source,
    )


def judge(step: Step, attempt: Attempt, ended: Ended, check: Callable[[], str]) -> StepOutcome:
    """Return how an attempt ended; `check` says why one that ended well has failed all the same, or ""."""
    if ended.error is not None:
        return StepOutcome(status=StepStatus.FAILED, reason=ended.error)
    usage, limit = usage_of(ended), None
    status = StepStatus.FAILED
    if attempt.stopping and not attempt.timed_out:
        status, reason = StepStatus.CANCELLED, "the run was stopped"
    elif attempt.timed_out and step.timeout_s is not None:
        reason = "timed out"
        limit = LimitHit(
            kind=LimitKind.TIMEOUT,
            limit=step.timeout_s,
            observed=usage.wall_s,
            enforced_by=Enforcer.WATCHDOG,
        )
    elif ended.limit is not None:
        # Its own exit status may say that all is well: a shell does not care who ended its children.
        limit, reason = ended.limit, over_limit_words(ended.limit)
    elif ended.signal is not None:
        reason = f"ended by {signal_name(ended.signal)}"
    elif ended.exit_code:
        reason = f"exit status {ended.exit_code}"
    elif not (reason := check()):
        status = StepStatus.SUCCEEDED
    return StepOutcome(
        status=status,
        reason=reason,
        exit_code=ended.exit_code,
        signal=ended.signal,
        usage=usage,
        limit=limit,
    )


def is_allowed(step: Step, outcome: StepOutcome, contexts: Callable[[], Mapping[str, Value]]) -> bool:
    """Return whether a failure leaves the run a success.

    Raises:
        ExpressionError: the expression of `allow-failure` has no value.
    """
    rule = step.allow_failure
    if isinstance(rule, bool):
        return rule
    if isinstance(rule, frozenset):
        return outcome.exit_code in rule
    return _holds(rule, contexts())


def _holds(rule: Expression, contexts: Mapping[str, Value]) -> bool:
    # It is asked only about a failure, and of this step nothing else is known.
    status = {"success": False, "failure": True, "always": True, "cancelled": False}
    value = evaluate(rule, contexts, status)
    if isinstance(value, str) and value not in ("", "true", "false"):
        raise ExpressionError(f"`allow-failure` comes to `{value}`, which is neither true nor false", 0)
    return value != "false" and is_true(value)


def is_worth_another(retries: Retries, attempt: int, outcome: StepOutcome) -> bool:
    """Return whether another attempt follows the one with this number, counted from 1."""
    if outcome.status is not StepStatus.FAILED or outcome.usage is None or attempt > retries.max:
        return False
    if "any" in retries.when:
        return True
    if ran_out_of_memory(outcome) and retries.memory_factor > 1:
        return True
    if outcome.limit is not None:
        return outcome.limit.kind is LimitKind.TIMEOUT and "timeout" in retries.when
    return outcome.exit_code in retries.when and outcome.signal is None


def wait_before_next(retries: Retries, attempt: int, chance: Callable[[], float]) -> float:
    """Return the seconds to wait after the attempt with this number; `chance` gives numbers from 0 to 1."""
    # There are ten retries at most, so that with a bounded factor no float overflows.
    growth = min(retries.backoff, 1e12) ** (attempt - 1)
    wait = min(retries.max_delay_s, retries.delay_s * growth)
    return wait * (0.5 + chance() / 2) if retries.jitter else wait
