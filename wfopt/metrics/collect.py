"""Listens to a run and keeps what history remembers of its steps."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import assert_never

from wfopt.dataclass import dataclass, field
from wfopt.events import (
    AlertChanged,
    Event,
    Noticed,
    RunFinished,
    RunStarted,
    Sampled,
    StepCancelled,
    StepFinished,
    StepOutput,
    StepRetried,
    StepSkipped,
    StepStarted,
    StepUndone,
)
from wfopt.metrics.thinning import Thinning, sample_of
from wfopt.model.history import PastAttempt, Sample
from wfopt.model.outcome import StepOutcome, StepStatus, Usage
from wfopt.model.workflow import Request, Step, StepId

_UNUSED = Usage()

_Ended = StepRetried | StepFinished | StepSkipped | StepCancelled | StepUndone


@dataclass(slots=True)
class Collector:
    """A sink; what it heard is put together only when it is asked for."""

    _started: dict[StepId, StepStarted] = field(default_factory=dict)
    _ended: list[tuple[StepStarted | None, _Ended]] = field(default_factory=list)
    _thinned: Thinning = field(default_factory=Thinning)

    def __call__(self, event: Event) -> None:
        match event:
            case StepStarted():
                self._started[event.step] = event
            case StepRetried() | StepFinished() | StepSkipped() | StepCancelled() | StepUndone():
                self._ended.append((self._started.pop(event.step, None), event))
            case Sampled():
                self._thinned.add(sample_of(event.tick))
            case RunStarted() | StepOutput() | Noticed() | AlertChanged() | RunFinished():
                pass
            case _:
                assert_never(event)

    @property
    def nothing_ran(self) -> bool:
        """Whether no step was started so far."""
        return not self._started and all(started is None for started, _ in self._ended)

    def samples(self) -> tuple[Sample, ...]:
        """Return what was measured, thinned, in order of time."""
        return self._thinned.samples()

    def attempts(self, steps: Iterable[Step], critical: Collection[StepId]) -> tuple[PastAttempt, ...]:
        """Return all attempts that have ended, in that order.

        Args:
            steps: all steps and hooks of the run.
            critical: the ids of the chain of steps that took longest.
        """
        requests = {step.id: step.request for step in steps}
        chain = frozenset(critical)
        return tuple(
            _attempt(started, ended, requests[ended.step], is_critical=ended.step in chain)
            for started, ended in self._ended
        )


def _attempt(
    started: StepStarted | None, ended: _Ended, request: Request, *, is_critical: bool
) -> PastAttempt:
    match ended:
        case StepSkipped() | StepUndone():
            return PastAttempt(step=ended.step, attempt=0, status=StepStatus.SKIPPED, reason=ended.reason)
        case StepCancelled():
            return PastAttempt(step=ended.step, attempt=0, status=StepStatus.CANCELLED, reason=ended.reason)
        case StepRetried() | StepFinished():
            outcome = ended.outcome
    if started is None:
        return PastAttempt(
            step=ended.step,
            attempt=0,
            status=outcome.status,
            reason=outcome.reason,
            key=outcome.cache.key if outcome.cache else "",
            exit_code=outcome.exit_code,
            critical=is_critical,
        )
    return _ran(started, outcome, request, is_critical=is_critical)


def _ran(started: StepStarted, outcome: StepOutcome, request: Request, *, is_critical: bool) -> PastAttempt:
    usage = outcome.usage
    known = usage or _UNUSED
    return PastAttempt(
        step=started.step,
        attempt=started.attempt,
        status=outcome.status,
        reason=started.reason if outcome.status is StepStatus.SUCCEEDED else outcome.reason,
        allowed=outcome.allowed,
        key=outcome.cache.key if outcome.cache else "",
        started_s=started.at,
        waited_s=started.waited_s,
        wall_s=known.wall_s,
        cpu_s=usage.cpu_s if usage else None,
        peak_memory_bytes=usage.peak_memory_bytes if usage else None,
        read_bytes=known.read_bytes,
        written_bytes=known.written_bytes,
        input_bytes=started.input_bytes,
        sizes=started.sizes,
        exit_code=outcome.exit_code,
        signal=outcome.signal,
        limit=outcome.limit,
        cpu_milli=request.cpu_milli,
        memory_bytes=request.memory_bytes,
        critical=is_critical,
    )
