"""The use case behind `wfopt run`: a prepared workflow in, a report out."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass

from wfopt.api.prepare import ALWAYS_RUNS, Prepared, RunOptions
from wfopt.api.secrets import masker_of
from wfopt.codes import MISSING_OUTPUT, UNREADABLE_FILE
from wfopt.engine import failures
from wfopt.engine.clock import Clock
from wfopt.engine.launch import Launcher
from wfopt.engine.locking import (
    WorkspaceLock,
    busy,
    hold,
    is_in_use,
    is_shared,
    this_process,
    unlocked,
    waiting,
    with_held,
)
from wfopt.engine.logs import MOST_BYTES, LogSink
from wfopt.engine.loop import Loop
from wfopt.engine.masked import MaskedEvents
from wfopt.engine.outputs import STATE_FOLDER, OutputFolder
from wfopt.engine.plan import Plan
from wfopt.engine.report import ReportSink, RunReport
from wfopt.engine.runner import Runner
from wfopt.engine.session import Session
from wfopt.engine.stopping import Interrupts, Stop
from wfopt.engine.world import Collaborators
from wfopt.errors import Diagnostic, UserError
from wfopt.events import Event, Noticed, RunStarted, Sink, StepFinished, StepRetried
from wfopt.formats.native.selectors import directory_of
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import Step, StepId, Workflow
from wfopt.resources.pool import Pool

KEPT_RUNS = 20
"""So many runs keep their folder."""

TRY_AGAIN_S = 0.1
"""Seconds between two looks at whether another run has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What a run needs from outside.

    Attributes:
        runner: starts the processes.
        clock: tells the time.
        interrupts: hands out signals that arrived.
        pause: waits for so many seconds, or until a signal arrives.
        tell: shows a message before the run has started.
        display: makes the sink that shows the run, given the run's logs.
    """

    runner: Runner
    clock: Clock
    interrupts: Interrupts
    pause: Callable[[float], None]
    tell: Callable[[Diagnostic], None]
    display: Callable[[LogSink], Sink]


class StoppedError(Exception):
    """A signal came before the run had started.

    Attributes:
        number: which.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def run(prepared: Prepared, options: RunOptions, world: World) -> RunReport:
    """Run the workflow and report.

    Raises:
        UserError: the state folder cannot be written, or the workspace is taken and nobody wants to wait.
        StoppedError: a signal came while it was waited for.
        FaultError: something in wfopt is wrong.
    """
    started_at = world.clock.wall()
    run_id = f"{time.strftime('%Y%m%d-%H%M%S', time.localtime(started_at))}-{os.urandom(3).hex()}"
    lock = WorkspaceLock(options.workspace, options.state_folder)
    stop = Stop(world.interrupts)
    in_use = None
    try:
        _acquire(lock, options, world, stop)
        folder = _make_run_folder(options.state_folder, run_id)
        in_use = hold(folder)
        # Where nothing can be locked, nobody knows which runs go on.
        if in_use is not None:
            _forget_old_runs(options.state_folder, run_id)
        lock.announce(this_process(run_id=run_id, started_at=started_at, command=options.command))
        return _run(prepared, options, world, stop, folder)
    finally:
        world.runner.close()
        if in_use is not None:
            os.close(in_use)
        lock.release()


def _acquire(lock: WorkspaceLock, options: RunOptions, world: World, stop: Stop) -> None:
    """Take the workspace; wait for it if need be."""
    told = False
    while not lock.try_acquire():
        if is_shared(options.workspace, options.held):
            return
        if not options.wait:
            raise UserError((busy(lock.owner(), options.workspace),))
        if not told:
            world.tell(waiting(lock.owner(), options.workspace))
            told = True
        world.pause(TRY_AGAIN_S)
        if stop.listen():
            raise StoppedError(stop.number or 0)
    if lock.trouble:
        world.tell(unlocked(lock.trouble, options.workspace))


def _run(prepared: Prepared, options: RunOptions, world: World, stop: Stop, folder: str) -> RunReport:
    workflow, capacity = prepared.workflow, prepared.capacity
    run_id, zero = os.path.basename(folder), world.clock.now()
    plan = Plan(workflow, keep_going=options.keep_going, groups=_groups(workflow))
    masker = masker_of(workflow, options.environ)
    logs = LogSink(folder)
    report = ReportSink(workflow, plan.dag, capacity.cpu_milli / 1000)
    emit = _Emitter(workflow, MaskedEvents(masker), logs, report, world.display(logs))
    emit(
        RunStarted(
            at=0.0,
            run_id=run_id,
            started_at=world.clock.wall(),
            steps=len(workflow.steps),
            slots=capacity.slots,
            strategy=options.strategy.name,
        )
    )
    graph = Loop(
        plan=plan,
        strategy=options.strategy,
        pool=Pool(workflow.steps, capacity),
        world=Collaborators(
            runner=world.runner,
            clock=world.clock,
            zero=zero,
            emit=emit,
            launcher=Launcher(
                workspace=options.workspace,
                run_folder=folder,
                run_id=run_id,
                cpu_milli=capacity.cpu_milli,
                masker=masker,
                secrets=workflow.secrets,
                held=with_held(options.workspace, options.held),
            ),
            outputs=OutputFolder(
                options.workspace,
                os.path.join(options.state_folder, "trash", run_id),
                os.path.join(folder, "outputs"),
                os.path.join(options.workspace, STATE_FOLDER, "outputs", run_id),
            ),
            stop=stop,
            chance=random.random,
        ),
        weights=(1.0,) * len(workflow.steps),
        reason=lambda _: ALWAYS_RUNS,
    )
    try:
        Session(graph, capacity).run()
    finally:
        logs.close()
    return report.report()


def _groups(workflow: Workflow) -> dict[str, tuple[int, ...]]:
    """Return the steps of every name in an expression that means several."""
    mentions = {
        mention.removeprefix("needs.")
        for step in (*workflow.steps, *workflow.hooks)
        for mention in step.references
        if mention.startswith("needs.")
    }
    if not mentions:
        return {}
    directory = directory_of(workflow.steps)
    return {name: directory.select(name) for name in mentions if name not in directory.by_id}


class _Emitter:
    """Hands events on, without secrets, to logs, report and display; adds a message to each failure."""

    def __init__(
        self, workflow: Workflow, masked: MaskedEvents, logs: LogSink, report: Sink, display: Sink
    ) -> None:
        self._steps: dict[StepId, Step] = {step.id: step for step in (*workflow.steps, *workflow.hooks)}
        self._masked = masked
        self._logs = logs
        self._report = report
        self._display = display
        self._lost_told = False
        self._explained: set[StepId | None] = set()

    def __call__(self, event: Event) -> None:
        for shown in self._masked.of(event):
            self._logs(shown)
            if isinstance(shown, StepFinished):
                self._explain(shown)
            elif isinstance(shown, Noticed) and shown.diagnostic.code is MISSING_OUTPUT:
                self._explained.add(shown.step)
            elif isinstance(shown, StepRetried):
                self._explained.discard(shown.step)
                # The end of its output would stand under the failure of a later attempt.
                self._logs.forget(shown.step)
            self._report(shown)
            self._display(shown)

    def _explain(self, event: StepFinished) -> None:
        step, logs = self._steps[event.step], self._logs
        found: list[Diagnostic] = []
        if event.outcome.status is StepStatus.FAILED and step.id not in self._explained:
            tail = logs.tail(step.id).decode("utf-8", "replace").splitlines()[-8:]
            path = logs.path(step.id)
            found.append(failures.failed(step, event.outcome, tuple(tail), path and os.path.relpath(path)))
        if step.id in logs.capped:
            found.append(failures.log_capped(step, MOST_BYTES))
        if logs.trouble and not self._lost_told:
            self._lost_told = True
            found.append(failures.logs_lost(logs.trouble))
        logs.forget(step.id)
        for diagnostic in found:
            notice = Noticed(at=event.at, step=step.id, diagnostic=diagnostic)
            self._report(notice)
            self._display(notice)


def _make_run_folder(state: str, run_id: str) -> str:
    folder = os.path.join(state, "runs", run_id)
    try:
        os.makedirs(folder)
        ignore = os.path.join(state, ".gitignore")
        if not os.path.exists(ignore):
            with open(ignore, "w", encoding="utf-8") as file:
                file.write("*\n")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"the state folder `{state}` cannot be written: {reason}"
        hint = "name another one with `--state-dir`"
        raise UserError((Diagnostic(code=UNREADABLE_FILE, message=message, hints=(hint,)),)) from error
    return folder


def _forget_old_runs(state: str, own: str) -> None:
    """Remove the folders of all but the newest runs; their names sort by time, if no clock was set back.

    The runs around a nested one, and those of other workspaces with the same state folder, may go on still.
    """
    for kind in ("runs", "trash"):
        folder = os.path.join(state, kind)
        if os.path.isdir(folder):
            others = sorted(name for name in os.listdir(folder) if name != own)
            for name in others[: -(KEPT_RUNS - 1)]:
                if not is_in_use(os.path.join(state, "runs", name)):
                    shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
