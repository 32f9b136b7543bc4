"""The loop of a run: start what may start, reap what ended, repeat."""

from __future__ import annotations

import bisect
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from wfopt.engine import failures
from wfopt.engine.clock import Clock
from wfopt.engine.failures import signal_name
from wfopt.engine.launch import Launcher
from wfopt.engine.outputs import OutputFolder
from wfopt.engine.plan import Changes, Plan, State
from wfopt.engine.runner import Ended, Output, Runner
from wfopt.errors import Diagnostic, FaultError, StrategyError
from wfopt.events import (
    Noticed,
    RunFinished,
    Sink,
    StepCancelled,
    StepFinished,
    StepOutput,
    StepSkipped,
    StepStarted,
)
from wfopt.model.expressions import ExpressionError, Value
from wfopt.model.outcome import Enforcer, LimitHit, LimitKind, RunStatus, StepOutcome, StepStatus, Usage
from wfopt.model.workflow import Step, StepId
from wfopt.resources.pool import Pool
from wfopt.scheduler.base import Facts, Strategy, View

GRACE_S = 10.0
"""Seconds between asking a process tree to end and ending it."""


class Interrupts(Protocol):
    """Signals that arrived, oldest first; each is handed out once."""

    def next(self) -> int | None:
        """Return the number of a signal that arrived, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collaborators:
    """What a run works with."""

    runner: Runner
    clock: Clock
    emit: Sink
    launcher: Launcher
    outputs: OutputFolder
    interrupts: Interrupts


@dataclass(slots=True)
class _Running:
    """A step that runs.

    Attributes:
        started_at: on the clock.
        deadline: when something must happen to it: its timeout, or the end of the grace; None: never.
        timed_out: whether its timeout passed.
        stopping: whether it was asked to end.
    """

    started_at: float
    deadline: float | None
    timed_out: bool = False
    stopping: bool = False


@dataclass(slots=True)
class Loop:
    """One run.

    Attributes:
        plan: which steps wait, run, or are over.
        strategy: decides who starts first.
        pool: what is free.
        world: everything outside.
        weights: the expected duration of each node.
        reason: why a step runs, in words.
    """

    plan: Plan
    strategy: Strategy
    pool: Pool
    world: Collaborators
    weights: tuple[float, ...]
    reason: Callable[[Step], str]
    _ready: list[tuple[float, int]] = field(default_factory=list)
    _running: dict[StepId, _Running] = field(default_factory=dict)
    _nodes: dict[StepId, int] = field(default_factory=dict)
    _ranks: tuple[float, ...] = ()
    _zero: float = 0.0
    _signal: int | None = None

    def run(self, zero: float) -> None:
        """Run everything; `zero` is the moment of the run's start on the clock.

        Raises:
            StrategyError: the strategy picked what may not start.
            FaultError: steps are left that can never start.
            SpawnerError: the runner's process is gone.
        """
        self._zero = zero
        facts = Facts(dag=self.plan.dag, weights=self.weights)
        self._ranks = tuple(self.strategy.ranks(facts))
        self._nodes = {step.id: node for node, step in enumerate(self.plan.workflow.steps)}
        self._apply(self.plan.begin())
        while self.plan.left:
            self._start_what_fits()
            if not self.plan.left:
                break
            if not self._running:
                raise FaultError("steps are left, but none runs and none may start")
            for news in self.world.runner.wait(self._patience()):
                if isinstance(news, Output):
                    self.world.emit(StepOutput(at=self._at(), step=news.step, data=news.data))
                else:
                    self._reap(news)
            self._hear_signals()
            self._enforce_deadlines()
        self.world.emit(RunFinished(at=self._at(), status=self._status(), signal=self._signal))

    def _status(self) -> RunStatus:
        if self._signal is not None:
            return RunStatus.CANCELLED
        return RunStatus.FAILED if self.plan.failed else RunStatus.SUCCEEDED

    def _at(self) -> float:
        return self.world.clock.now() - self._zero

    def _apply(self, changes: Changes) -> None:
        """Take over what follows from an event: who is ready, who will not run."""
        for node in changes.ready:
            bisect.insort(self._ready, (self._ranks[node], node))
        for verdict in changes.over:
            step = self.plan.workflow.steps[verdict.node].id
            kind = StepSkipped if verdict.status is StepStatus.SKIPPED else StepCancelled
            self.world.emit(kind(at=self._at(), step=step, reason=verdict.reason))
        if any(verdict.status is StepStatus.CANCELLED for verdict in changes.over):
            gone = {verdict.node for verdict in changes.over}
            self._ready = [entry for entry in self._ready if entry[1] not in gone]

    def _start_what_fits(self) -> None:
        while self._ready and not self.pool.full:
            view = View([node for _, node in self._ready[:_WINDOW]], self.pool.copy())
            picked = self.strategy.pick(view)
            if not picked and len(self._ready) > _WINDOW:
                picked = self.strategy.pick(View([node for _, node in self._ready], self.pool.copy()))
            if not picked:
                return
            for node in picked:
                self._take(node)
            for node in picked:
                self._start(node)

    def _take(self, node: int) -> None:
        entry = (self._ranks[node], node)
        place = bisect.bisect_left(self._ready, entry)
        if place == len(self._ready) or self._ready[place] != entry or not self.pool.take(node):
            name = self.plan.workflow.steps[node].id
            raise StrategyError(f"strategy `{self.strategy.name}` picked `{name}`, which may not start now")
        del self._ready[place]

    def _start(self, node: int) -> None:
        step = self.plan.workflow.steps[node]
        if self.plan.states[node] is not State.READY:
            # One picked together with it could not be started, which cancelled this one.
            self.pool.release(node)
            return
        now = self.world.clock.now()
        self.plan.start(node)
        deadline = None if step.timeout_s is None else now + step.timeout_s
        self._running[step.id] = _Running(now, deadline)
        self.world.emit(StepStarted(at=now - self._zero, step=step.id, reason=self.reason(step)))
        try:
            self.world.outputs.make_room(step)
            launch = self.world.launcher.launch(step, self._contexts(step))
        except ExpressionError as error:
            self._notice(step, failures.bad_expression(step, error.message, error.hint))
            self._end(step, _not_started(step, error.message))
        except OSError as error:
            self._end(step, _not_started(step, str(error)))
        else:
            self.world.runner.start(launch)

    def _contexts(self, step: Step) -> Mapping[str, Value]:
        """Return what the step's expressions may ask for; putting it together costs, so only if one does."""
        late = any(mention.startswith(("needs.", "failed.")) for mention in step.references)
        return self.plan.contexts() if late else {}

    def _patience(self) -> float | None:
        """Return the seconds until the next deadline, or None."""
        nearest = min(
            (running.deadline for running in self._running.values() if running.deadline is not None),
            default=None,
        )
        return None if nearest is None else max(0.0, nearest - self.world.clock.now())

    def _reap(self, ended: Ended) -> None:
        step = self.plan.workflow.steps[self._nodes[ended.step]]
        if ended.left_behind:
            self._notice(step, failures.left_behind(step, ended.left_behind))
        if ended.output_held:
            self._notice(step, failures.output_held(step))
        self._end(step, self._outcome(step, ended))

    def _outcome(self, step: Step, ended: Ended) -> StepOutcome:
        running = self._running[step.id]
        if ended.error is not None:
            return _not_started(step, ended.error)
        usage = Usage(
            wall_s=max(0.0, ended.ended_at - ended.started_at),
            cpu_s=ended.cpu_s,
            peak_memory_bytes=ended.peak_memory_bytes,
            read_bytes=ended.read_bytes,
            written_bytes=ended.written_bytes,
        )
        if running.stopping and not running.timed_out:
            reason = "the run was stopped"
            return StepOutcome(
                status=StepStatus.CANCELLED,
                reason=reason,
                exit_code=ended.exit_code,
                signal=ended.signal,
                usage=usage,
            )
        limit = None
        reason = "" if ended.exit_code == 0 else f"exit status {ended.exit_code}"
        if ended.signal is not None:
            reason = f"ended by {signal_name(ended.signal)}"
        if running.timed_out and step.timeout_s is not None:
            reason = "timed out"
            limit = LimitHit(
                kind=LimitKind.TIMEOUT,
                limit=step.timeout_s,
                observed=usage.wall_s,
                enforced_by=Enforcer.WATCHDOG,
            )
        if not reason:
            reason = self._check_outputs(step)
        return StepOutcome(
            status=StepStatus.FAILED if reason else StepStatus.SUCCEEDED,
            reason=reason,
            exit_code=ended.exit_code,
            signal=ended.signal,
            usage=usage,
            limit=limit,
            allowed=bool(reason) and _allowed(step, ended.exit_code),
        )

    def _check_outputs(self, step: Step) -> str:
        """Return why a step that ended well has failed all the same, or ""."""
        if not step.outputs:
            return ""
        absent, empty = self.world.outputs.missing(step)
        for output in empty:
            self._notice(step, failures.empty_glob(step, output))
        for output in absent:
            self._notice(step, failures.missing_output(step, output))
        return f"its output `{absent[0].text}` is missing" if absent else ""

    def _end(self, step: Step, outcome: StepOutcome) -> None:
        """Note the end of a step that was started, and go on from there."""
        node = self._nodes[step.id]
        del self._running[step.id]
        self.pool.release(node)
        unfinished = outcome.status is StepStatus.CANCELLED or (
            outcome.status is StepStatus.FAILED and not outcome.allowed
        )
        if unfinished and not step.keep_on_failure and outcome.usage is not None:
            try:
                self.world.outputs.set_aside(step)
            except OSError as error:
                self._notice(step, failures.outputs_left(step, str(error)))
        self.world.emit(StepFinished(at=self._at(), step=step.id, outcome=outcome))
        self._apply(self.plan.finish(node, outcome.status, allowed=outcome.allowed))

    def _notice(self, step: Step, diagnostic: Diagnostic) -> None:
        self.world.emit(Noticed(at=self._at(), step=step.id, diagnostic=diagnostic))

    def _hear_signals(self) -> None:
        while (number := self.world.interrupts.next()) is not None:
            again = self._signal is not None
            if not again:
                self._signal = number
                self._apply(self.plan.stop(f"the run was stopped by {signal.Signals(number).name}"))
            now = self.world.clock.now()
            for name, running in self._running.items():
                self.world.runner.stop(name, force=again)
                running.stopping = True
                running.deadline = None if again else now + GRACE_S

    def _enforce_deadlines(self) -> None:
        now = self.world.clock.now()
        for name, running in self._running.items():
            if running.deadline is None or now < running.deadline:
                continue
            force = running.stopping
            if not force:
                running.timed_out = running.stopping = True
            running.deadline = None if force else now + GRACE_S
            self.world.runner.stop(name, force=force)


_WINDOW = 64
"""So many of the best ready steps are offered first: with thousands ready, offering all costs too much."""


def _not_started(step: Step, reason: str) -> StepOutcome:
    return StepOutcome(status=StepStatus.FAILED, reason=reason, allowed=_allowed(step, None))


def _allowed(step: Step, exit_code: int | None) -> bool:
    if isinstance(step.allow_failure, bool):
        return step.allow_failure
    return exit_code in step.allow_failure
