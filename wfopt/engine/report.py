"""The report of a run, folded from its events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from wfopt.dataclass import dataclass, field, replace
from wfopt.errors import Diagnostic
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
from wfopt.graph.order import Dag, heaviest_path
from wfopt.model.history import Alert
from wfopt.model.outcome import CacheUse, Enforcer, LimitHit, RunStatus, StepStatus, Usage
from wfopt.model.samples import Raised
from wfopt.model.workflow import StepId, Workflow


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReport:
    """What became of one step.

    Attributes:
        id: the step.
        status: how it ended.
        reason: in words, why it ran, was cached, was skipped or failed.
        exit_code: its exit status, or None if it has none.
        signal: the signal that ended it, or None.
        attempts: how often it was started.
        started_s: seconds between the start of the run and its first start, or None.
        usage: what the last attempt used, or None if it never ran.
        limit: the limit that ended it, or None.
        allowed: True if it failed where failure is allowed.
        cache: what the cache had to do with it, or None if it is not cached.
    """

    id: StepId
    status: StepStatus
    reason: str
    exit_code: int | None = None
    signal: int | None = None
    attempts: int = 0
    started_s: float | None = None
    usage: Usage | None = None
    limit: LimitHit | None = None
    allowed: bool = False
    cache: CacheUse | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What to write into the workflow instead of what a step asks for.

    Attributes:
        step: which step.
        write: what to write under its `resources`, such as `memory: 512MiB`.
        because: what that rests on, such as `peak 212 MiB over 5 runs`.
    """

    step: StepId
    write: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheTotals:
    """What the cache did for a run.

    Attributes:
        hits: steps that did not run because of it.
        misses: steps that can be cached and ran.
        saved_s: how long the hits ran when their results were made.
        restored_files: how many files came back.
        restored_bytes: how much is in them.
    """

    hits: int
    misses: int
    saved_s: float
    restored_files: int
    restored_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """What became of a run.

    Attributes:
        workflow: what was run.
        run_id: the run's name.
        status: how it ended.
        signal: the signal that stopped it, or None.
        started_at: seconds since the epoch.
        wall_s: seconds from start to end.
        cpus: the cpu capacity that `cpu_utilization` refers to.
        critical_path: the chain of steps that took longest.
        critical_path_s: its seconds.
        lower_bound_s: no schedule of these steps on these cpus can be shorter.
        steps: one for each step, in file order.
        hooks: one for each hook that ran, in that order: rollbacks, on-failure and finally steps.
        notices: messages that came up, in order.
        alerts: what was alarming, in the order in which it became so.
        enforced_by: who saw to each kind of limit that steps had.
        strategy: the name of the strategy that decided who starts when.
        suggestions: what steps should ask for instead, as far as anybody looked.
    """

    workflow: Workflow
    run_id: str
    status: RunStatus
    signal: int | None
    started_at: float
    wall_s: float
    cpus: float
    critical_path: tuple[StepId, ...]
    critical_path_s: float
    lower_bound_s: float
    steps: tuple[StepReport, ...]
    hooks: tuple[StepReport, ...]
    notices: tuple[Diagnostic, ...]
    alerts: tuple[Alert, ...] = ()
    enforced_by: Mapping[str, Enforcer] = field(default_factory=dict)
    strategy: str = ""
    suggestions: tuple[Suggestion, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 if the run succeeded, 1 if a step failed, 128 and the signal if one stopped the run."""
        if self.signal is not None:
            return 128 + self.signal
        return 0 if self.status is RunStatus.SUCCEEDED else 1

    @property
    def cpu_s(self) -> float:
        """User and system seconds of all steps."""
        return sum(step.usage.cpu_s for step in self.steps if step.usage)

    @property
    def failed(self) -> tuple[StepReport, ...]:
        """The steps that failed where that is not allowed."""
        return tuple(step for step in self.steps if step.status is StepStatus.FAILED and not step.allowed)

    @property
    def peak_memory_bytes(self) -> int | None:
        """The most that any step held, or None if nothing ran."""
        return max((step.usage.peak_memory_bytes for step in self.steps if step.usage), default=None)

    @property
    def cpu_utilization(self) -> float | None:
        """The share of the cpus' time that the steps used, 0 to 1, or None for an empty run."""
        return self.cpu_s / (self.wall_s * self.cpus) if self.wall_s > 0 else None

    @property
    def cache(self) -> CacheTotals:
        """What the cache did."""
        uses = [(step.status, step.cache) for step in self.steps if step.cache]
        hits = [use for status, use in uses if status is StepStatus.CACHED]
        return CacheTotals(
            hits=len(hits),
            misses=len(uses) - len(hits),
            saved_s=sum(use.saved_s for use in hits),
            restored_files=sum(use.restored_files for use in hits),
            restored_bytes=sum(use.restored_bytes for use in hits),
        )

    def count(self, status: StepStatus) -> int:
        """Return how many steps ended with `status`."""
        return sum(1 for step in self.steps if step.status is status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a run would do with a step.

    Attributes:
        cached: whether it would not run; None if that depends on what happens before.
        reason: why, in words.
    """

    cached: bool | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReport:
    """What a run would do.

    Attributes:
        workflow: what would be run.
        waves: the steps in rounds; each starts no earlier than the round after all that it needs.
        forecasts: what is known of each step.
        critical_path: the longest chain of steps that wait for each other.
        slots: how many would run at once.
        strategy: the scheduling strategy's name.
    """

    workflow: Workflow
    waves: tuple[tuple[StepId, ...], ...]
    forecasts: Mapping[StepId, Forecast]
    critical_path: tuple[StepId, ...]
    slots: int
    strategy: str


@dataclass(slots=True)
class _Progress:
    """What is known of a step while the run goes on."""

    reason: str = ""
    attempts: int = 0
    started_s: float | None = None


_NEVER_STARTED = _Progress()


@dataclass(slots=True)
class ReportSink:
    """Listens to a run and turns what it heard into a `RunReport`.

    Attributes:
        workflow: what is run.
        dag: its graph, nodes in the order of `workflow.steps`.
        cpus: the cpu capacity of the run.
    """

    workflow: Workflow
    dag: Dag
    cpus: float
    _started: RunStarted | None = None
    _finished: RunFinished | None = None
    _progress: dict[StepId, _Progress] = field(default_factory=dict)
    _steps: dict[StepId, StepReport] = field(default_factory=dict)
    _notices: list[Diagnostic] = field(default_factory=list)
    _alerts: list[Alert] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        match event:
            case StepOutput() | StepRetried() | Sampled():
                pass
            case AlertChanged():
                if isinstance(event.change, Raised):
                    self._alerts.append(event.change.alert)
            case StepStarted():
                progress = self._progress.setdefault(event.step, _Progress(event.reason, 0, event.at))
                progress.attempts = event.attempt
            case StepFinished():
                self._finish(event)
            case StepSkipped() | StepCancelled() | StepUndone():
                self._leave_out(event)
            case Noticed():
                self._notices.append(event.diagnostic)
            case RunStarted():
                self._started = event
            case RunFinished():
                self._finished = event
            case _:
                assert_never(event)

    def _leave_out(self, event: StepSkipped | StepCancelled | StepUndone) -> None:
        """Note that a step did not run, or ran in vain."""
        status = StepStatus.CANCELLED if isinstance(event, StepCancelled) else StepStatus.SKIPPED
        known = self._steps.get(event.step, StepReport(id=event.step, status=status, reason=""))
        self._steps[event.step] = replace(known, status=status, reason=event.reason)

    def _finish(self, event: StepFinished) -> None:
        # What came from the cache was never started.
        progress, outcome = self._progress.pop(event.step, _NEVER_STARTED), event.outcome
        self._steps[event.step] = StepReport(
            id=event.step,
            status=outcome.status,
            reason=outcome.reason or progress.reason,
            exit_code=outcome.exit_code,
            signal=outcome.signal,
            attempts=progress.attempts,
            started_s=progress.started_s,
            usage=outcome.usage,
            limit=outcome.limit,
            allowed=outcome.allowed,
            cache=outcome.cache,
        )

    def report(self) -> RunReport:
        """Return the report; the run must have finished.

        Raises:
            ValueError: the run has not finished.
        """
        if self._started is None or self._finished is None:
            raise ValueError("the run has not finished")
        steps = tuple(self._steps[step.id] for step in self.workflow.steps)
        known = {step.id for step in self.workflow.steps}
        walls = [step.usage.wall_s if step.usage else 0.0 for step in steps]
        # What never ran took no time, and so is no part of what took longest.
        path = [node for node in heaviest_path(self.dag, walls) if steps[node].usage]
        path_s = sum(walls[node] for node in path)
        return RunReport(
            workflow=self.workflow,
            run_id=self._started.run_id,
            status=self._finished.status,
            signal=self._finished.signal,
            started_at=self._started.started_at,
            wall_s=self._finished.at,
            cpus=self.cpus,
            critical_path=tuple(steps[node].id for node in path),
            critical_path_s=path_s,
            lower_bound_s=max(path_s, self._reserved_s(walls) / self.cpus),
            steps=steps,
            hooks=tuple(report for name, report in self._steps.items() if name not in known),
            notices=tuple(self._notices),
            alerts=tuple(self._alerts),
            enforced_by=self._finished.enforced_by,
            strategy=self._started.strategy,
        )

    def _reserved_s(self, walls: list[float]) -> float:
        """Return the cpu seconds that the steps held, each clamped to what there is."""
        return sum(
            wall * min(step.request.cpu_milli / 1000, self.cpus)
            for step, wall in zip(self.workflow.steps, walls, strict=True)
        )
