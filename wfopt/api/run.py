"""The use case behind `wfopt run`: a prepared workflow in, a report out."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from wfopt.api.caching import Outside, open_results
from wfopt.api.emitting import Emitter
from wfopt.api.prepare import Prepared, RunOptions
from wfopt.api.secrets import masker_of
from wfopt.cache.extras import Ask
from wfopt.codes import UNREADABLE_FILE
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
from wfopt.engine.logs import LogSink
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
from wfopt.events import Noticed, RunStarted, Sink
from wfopt.model.selectors import directory_of
from wfopt.model.workflow import Step, Workflow
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
        ask: runs a shell command that `cache.key` names.
    """

    runner: Runner
    clock: Clock
    interrupts: Interrupts
    pause: Callable[[float], None]
    tell: Callable[[Diagnostic], None]
    display: Callable[[LogSink], Sink]
    ask: Ask


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
    if prepared.loaded is not None:
        prepared.loaded.keep(options)
    run_id, zero = os.path.basename(folder), world.clock.now()
    plan = Plan(workflow, keep_going=options.keep_going, groups=groups_of(workflow))
    masker = masker_of(workflow, options.environ)
    logs = LogSink(folder)
    report = ReportSink(workflow, plan.dag, capacity.cpu_milli / 1000)
    emit = Emitter(workflow, MaskedEvents(masker), logs, report, world.display(logs))
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

    def tell(step: Step | None, diagnostic: Diagnostic) -> None:
        at = world.clock.now() - zero
        emit(Noticed(at=at, step=step.id if step else None, diagnostic=diagnostic))

    outputs = OutputFolder(
        options.workspace,
        os.path.join(options.state_folder, "trash", run_id),
        os.path.join(folder, "outputs"),
        os.path.join(options.workspace, STATE_FOLDER, "outputs", run_id),
    )
    outside = Outside(wall=world.clock.wall, ask=world.ask, tell=tell)
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
            outputs=outputs,
            stop=stop,
            chance=_chance,
            printed=emit.printed,
        ),
        weights=(1.0,) * len(workflow.steps),
        reuse=open_results(prepared, options, masker, outputs, outside),
    )
    try:
        Session(graph, capacity).run()
    finally:
        graph.reuse.close()
        logs.close()
    return report.report()


def groups_of(workflow: Workflow) -> dict[str, tuple[int, ...]]:
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


def _make_run_folder(state: str, run_id: str) -> str:
    folder = os.path.join(state, "runs", run_id)
    try:
        _refuse_links(state)
        os.makedirs(folder)
        ignore = os.path.join(state, ".gitignore")
        with suppress(FileExistsError), open(ignore, "x", encoding="utf-8") as file:
            file.write("*\n")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"the state folder `{state}` cannot be written: {reason}"
        hint = "name another one with `--state-dir`"
        raise UserError((Diagnostic(code=UNREADABLE_FILE, message=message, hints=(hint,)),)) from error
    return folder


def _refuse_links(state: str) -> None:
    """Raise an error if what is kept of runs would go, and old runs be deleted, where a link leads."""
    for name in ("runs", "trash"):
        if os.path.islink(os.path.join(state, name)):
            raise OSError(f"`{name}` in it is a link")


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
                    _remove(os.path.join(folder, name))


def _remove(folder: str) -> None:
    try:
        # Most runs print nothing, and leave an empty folder.
        os.rmdir(folder)
    except OSError:
        import shutil  # noqa: PLC0415 - its import costs more than the folders of many runs

        shutil.rmtree(folder, ignore_errors=True)


def _chance() -> float:
    """Return a random number from 0 to 1, without the import of `random`, which every run would pay for."""
    return int.from_bytes(os.urandom(4)) / 2**32
