"""Runs of the past for tests, and a history that holds them in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from wfopt.model.effects import Traced
from wfopt.model.history import (
    Alert,
    Ending,
    Foreseen,
    Host,
    PastAttempt,
    PastRun,
    Point,
    Revision,
    Rewrite,
    RunStory,
    Sample,
    Scope,
    Shape,
    StepTotals,
)
from wfopt.model.outcome import LimitHit, LimitKind, StepStatus
from wfopt.model.workflow import StepId

STARTED_AT = 1_767_322_800.0
"""When the first run of a test started, in seconds since the epoch: 2026-01-02."""

HOST = Host(name="north", cpus=4, memory_bytes=8 << 30)

_ENDED = (StepStatus.SUCCEEDED, StepStatus.FAILED)
_ON_TIME = (LimitKind.TIMEOUT, LimitKind.CPU_TIME)


def past_run(
    run_id: str = "20260102-030405-abcd",
    *,
    workflow: str = "wfopt.yml",
    content: str = "c0ffee",
    branch: str = "main",
    commit: str = "0123456789abcdef0123456789abcdef01234567",
    host: Host = HOST,
    cpus: float = 4.0,
    memory_bytes: int | None = None,
    slots: int = 4,
    strategy: str = "critical-path",
    options: Mapping[str, str] | None = None,
    versions: Mapping[str, str] | None = None,
    origin: str = "run",
    ending: Ending = Ending.SUCCEEDED,
    exit_code: int | None = 0,
    started_at: float = STARTED_AT,
    wall_s: float = 10.0,
    cpu_s: float = 20.0,
    peak_memory_bytes: int | None = 64 << 20,
    reserved_cpu_s: float = 30.0,
    reserved_memory_byte_s: float = 0.0,
    used_memory_byte_s: float = 0.0,
    critical_path_s: float = 8.0,
    lower_bound_s: float = 7.0,
    hits: int = 0,
    misses: int = 0,
    saved_s: float = 0.0,
    restored_bytes: int = 0,
    alerts: tuple[Alert, ...] = (),
    foreseen: Foreseen | None = None,
) -> PastRun:
    """Return a run that ended well."""
    return PastRun(
        run_id=run_id,
        workflow=workflow,
        content=content,
        revision=Revision(commit=commit, branch=branch),
        host=host,
        cpus=cpus,
        memory_bytes=memory_bytes,
        slots=slots,
        strategy=strategy,
        options=options or {},
        versions=versions or {},
        origin=origin,
        ending=ending,
        exit_code=exit_code,
        started_at=started_at,
        wall_s=wall_s,
        cpu_s=cpu_s,
        peak_memory_bytes=peak_memory_bytes,
        reserved_cpu_s=reserved_cpu_s,
        reserved_memory_byte_s=reserved_memory_byte_s,
        used_memory_byte_s=used_memory_byte_s,
        critical_path_s=critical_path_s,
        lower_bound_s=lower_bound_s,
        hits=hits,
        misses=misses,
        saved_s=saved_s,
        restored_bytes=restored_bytes,
        alerts=alerts,
        foreseen=foreseen,
    )


def past_attempt(
    step: str,
    wall_s: float = 1.0,
    *,
    attempt: int = 1,
    status: StepStatus = StepStatus.SUCCEEDED,
    reason: str = "never ran",
    allowed: bool = False,
    key: str = "",
    started_s: float = 0.0,
    waited_s: float = 0.0,
    cpu_s: float | None = None,
    peak_memory_bytes: int | None = None,
    read_bytes: int = 0,
    written_bytes: int = 0,
    input_bytes: int | None = None,
    exit_code: int | None = None,
    signal: int | None = None,
    limit: LimitHit | None = None,
    cpu_milli: int = 1000,
    memory_bytes: int | None = None,
    critical: bool = False,
) -> PastAttempt:
    """Return an attempt that was started; it kept half a cpu busy and exited as its status says."""
    if exit_code is None and signal is None and limit is None and status in _ENDED:
        exit_code = int(status is StepStatus.FAILED)
    return PastAttempt(
        step=StepId(step),
        attempt=attempt,
        status=status,
        reason=reason,
        allowed=allowed,
        key=key,
        started_s=started_s,
        waited_s=waited_s,
        wall_s=wall_s,
        cpu_s=wall_s / 2 if cpu_s is None else cpu_s,
        peak_memory_bytes=peak_memory_bytes,
        read_bytes=read_bytes,
        written_bytes=written_bytes,
        input_bytes=input_bytes,
        exit_code=exit_code,
        signal=signal,
        limit=limit,
        cpu_milli=cpu_milli,
        memory_bytes=memory_bytes,
        critical=critical,
    )


def not_started(
    step: str, status: StepStatus = StepStatus.CACHED, reason: str = "up to date", *, allowed: bool = False
) -> PastAttempt:
    """Return what became of a step that was not started."""
    return PastAttempt(step=StepId(step), attempt=0, status=status, reason=reason, allowed=allowed)


def story(
    run: PastRun | str = "20260102-030405-abcd",
    attempts: Iterable[PastAttempt] = (),
    *,
    steps: Sequence[str] | None = None,
    edges: Iterable[tuple[int, int]] = (),
    samples: Iterable[Sample] = (),
    printed: Mapping[str, str] | None = None,
) -> RunStory:
    """Return a story; without `steps` the graph has those of the attempts, but hooks such as `finally:a`."""
    all_attempts = tuple(attempts)
    if steps is None:
        steps = list(dict.fromkeys(each.step for each in all_attempts if ":" not in each.step))
    return RunStory(
        run=past_run(run) if isinstance(run, str) else run,
        shape=Shape(tuple(StepId(each) for each in steps), tuple(edges)),
        attempts=all_attempts,
        samples=tuple(samples),
        printed={StepId(each): text for each, text in (printed or {}).items()},
    )


def stories(
    count: int,
    walls: Mapping[str, Sequence[float]] | None = None,
    *,
    every_s: float = 3600.0,
    template: PastRun | None = None,
) -> list[RunStory]:
    """Return runs one after the other, `run-0000` first, whose steps take these seconds in turn."""
    steps = walls or {"build": [1.0], "test": [2.0]}
    base = template or past_run()
    made = []
    for number in range(count):
        attempts = [past_attempt(step, series[number % len(series)]) for step, series in steps.items()]
        run = replace(
            base,
            run_id=f"run-{number:04}",
            started_at=base.started_at + number * every_s,
            wall_s=sum(each.wall_s or 0.0 for each in attempts),
        )
        made.append(story(run, attempts))
    return made


def rewrite(
    at: float = STARTED_AT,
    *,
    workflow: str = "wfopt.yml",
    before: str = "c0ffee",
    after: str = "decade",
    passes: tuple[str, ...] = ("drop-order",),
    predicted_saving_s: float | None = 2.5,
) -> Rewrite:
    """Return an optimization that was written."""
    return Rewrite(
        at=at,
        workflow=workflow,
        before=before,
        after=after,
        passes=passes,
        predicted_saving_s=predicted_saving_s,
    )


class FakeHistory:
    """A history in memory: the stories in the order in which they were written, the newest last."""

    def __init__(self, stories: Iterable[RunStory] = (), rewrites: Iterable[Rewrite] = ()) -> None:
        self.stories = list(stories)
        self.kept_rewrites = list(rewrites)

    def workflows(self) -> Sequence[str]:
        return sorted({each.run.workflow for each in self.stories})

    def steps(self, workflow: str | None) -> Sequence[StepId]:
        return list(
            dict.fromkeys(step for each in self._in_scope(Scope(workflow=workflow)) for step in _cast(each))
        )

    def count(self, scope: Scope) -> int:
        return len(self._in_scope(scope))

    def runs(self, scope: Scope) -> Sequence[PastRun]:
        return [each.run for each in self._in_scope(scope)]

    def run_points(self, scope: Scope) -> Sequence[Point]:
        return [_run_point(each.run) for each in self._in_scope(scope)]

    def step_points(self, scope: Scope, step: StepId) -> Sequence[Point]:
        points = [_step_point(each, step) for each in self._in_scope(scope)]
        return [each for each in points if each is not None]

    def step_totals(self, scope: Scope) -> Sequence[StepTotals]:
        found = self._in_scope(scope)
        steps = dict.fromkeys(step for each in found for step in _cast(each))
        return [_totals(step, [each for each in found if step in _cast(each)]) for step in steps]

    def attempts_of(self, scope: Scope, step: StepId) -> Sequence[tuple[PastRun, PastAttempt]]:
        return [
            (each.run, attempt)
            for each in self._in_scope(scope)
            for attempt in each.attempts
            if attempt.step == step
        ]

    def measured(self, scope: Scope) -> Sequence[tuple[PastRun, Sequence[PastAttempt]]]:
        return [
            (
                each.run,
                [
                    attempt
                    for attempt in each.attempts
                    if attempt.wall_s is not None or attempt.status is StepStatus.CACHED
                ],
            )
            for each in self._in_scope(scope)
        ]

    def find(self, name: str, workflow: str | None) -> PastRun | None:
        runs = self.runs(Scope(workflow=workflow))
        exact = [run for run in runs if run.run_id == name]
        alike = exact or [run for run in runs if name and run.run_id.startswith(name)]
        return alike[0] if len(alike) == 1 else None

    def story(self, run_id: str) -> RunStory | None:
        return next((each for each in self.stories if each.run.run_id == run_id), None)

    def traces(self, workflow: str, limit: int) -> Sequence[Traced]:
        traced = [each for each in self.stories if each.run.workflow == workflow and each.traces]
        return [trace for each in traced[max(0, len(traced) - limit) :] for trace in each.traces]

    def rewrites(self, workflow: str | None) -> Sequence[Rewrite]:
        return [each for each in self.kept_rewrites if workflow in (None, each.workflow)]

    def _in_scope(self, scope: Scope) -> list[RunStory]:
        found = [each for each in self.stories if _is_in(scope, each.run)]
        return found if scope.limit is None else found[max(0, len(found) - scope.limit) :]


def _is_in(scope: Scope, run: PastRun) -> bool:
    return (
        scope.workflow in (None, run.workflow)
        and (scope.since is None or run.started_at >= scope.since)
        and scope.branch in (None, run.revision.branch)
        and scope.host in (None, run.host.name)
    )


def _cast(of: RunStory) -> list[StepId]:
    """Return the steps of a run, then its hooks."""
    return list(dict.fromkeys([*of.shape.steps, *(each.step for each in of.attempts)]))


def _run_point(run: PastRun) -> Point:
    return Point(
        run.run_id,
        run.started_at,
        run.ending.value,
        run.wall_s,
        run.cpu_s,
        run.peak_memory_bytes,
        None,
        run.host.name,
        run.host.cpus,
    )


def _step_point(of: RunStory, step: StepId) -> Point | None:
    ran = [each for each in of.attempts if each.step == step and each.wall_s is not None]
    if not ran or ran[-1].status not in _ENDED:
        return None
    last = ran[-1]
    return Point(
        of.run.run_id,
        of.run.started_at + (last.started_s or 0.0),
        last.status.value,
        last.wall_s or 0.0,
        last.cpu_s,
        last.peak_memory_bytes,
        last.input_bytes,
        of.run.host.name,
        of.run.host.cpus,
        last.limit is not None and last.limit.kind in _ON_TIME,
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """What one run had to do with a step."""

    attempts: tuple[PastAttempt, ...]

    @property
    def ending(self) -> StepStatus | None:
        return self.attempts[-1].status if self.attempts else None

    @property
    def is_flaky(self) -> bool:
        failed = any(each.status is StepStatus.FAILED for each in self.attempts)
        return failed and self.ending is StepStatus.SUCCEEDED


def _totals(step: StepId, found: Sequence[RunStory]) -> StepTotals:
    parts = [_Part(tuple(each for each in one.attempts if each.step == step)) for one in found]
    all_attempts = [each for part in parts for each in part.attempts]
    ran = [each for each in all_attempts if each.wall_s is not None]
    ended = [part.ending for part in parts]
    return StepTotals(
        step=step,
        runs=len(parts),
        succeeded=ended.count(StepStatus.SUCCEEDED),
        failed=ended.count(StepStatus.FAILED),
        cached=ended.count(StepStatus.CACHED),
        skipped=ended.count(StepStatus.SKIPPED),
        cancelled=ended.count(StepStatus.CANCELLED),
        flaky=sum(part.is_flaky for part in parts),
        attempts=len(ran),
        wall_s=sum(each.wall_s or 0.0 for each in ran),
        cpu_s=sum(each.cpu_s or 0.0 for each in ran),
        critical=sum(any(each.critical for each in part.attempts) for part in parts),
        critical_s=sum(each.wall_s or 0.0 for each in ran if each.critical),
        waited_s=sum(each.waited_s for each in ran),
    )
