"""The use case behind `wfopt run`: a prepared workflow in, a report out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache, partial

from wfopt.api.ahead import chores_of, foreseen_from_s, recalling
from wfopt.api.caching import Outside, open_results, workflow_name
from wfopt.api.emitting import Emitter
from wfopt.api.prepare import Prepared, RunOptions
from wfopt.api.recorder import HISTORY, Recorder
from wfopt.api.recording import Storyteller, host_name
from wfopt.api.run_folders import forget_old_runs, run_name
from wfopt.api.secrets import masker_of
from wfopt.api.state import make_state_folder
from wfopt.cache.counting import counted
from wfopt.cache.extras import Ask
from wfopt.cache.sizes import InputSizes
from wfopt.dataclass import dataclass, replace
from wfopt.engine.admission import queue_of
from wfopt.engine.chores import Chore, Chores
from wfopt.engine.clock import Clock
from wfopt.engine.launch import Exchange, Launcher, Wrapper
from wfopt.engine.locking import (
    WorkspaceLock,
    busy,
    hold,
    is_shared,
    this_process,
    unlocked,
    waiting,
    with_held,
)
from wfopt.engine.logs import LogSink
from wfopt.engine.loop import Loop
from wfopt.engine.masked import MaskedEvents
from wfopt.engine.masking import Masker
from wfopt.engine.observing import Eyes, Observer
from wfopt.engine.outputs import STATE_FOLDER, OutputFolder
from wfopt.engine.plan import Plan
from wfopt.engine.report import ReportSink, RunReport
from wfopt.engine.runner import Runner
from wfopt.engine.session import Session
from wfopt.engine.stopping import Interrupts, Stop
from wfopt.engine.world import Collaborators
from wfopt.errors import Diagnostic, SpawnerError, UserError
from wfopt.events import Event, Noticed, RunStarted, Sink
from wfopt.metrics.collect import Collector
from wfopt.metrics.keep import USUAL_KEEP
from wfopt.metrics.revision import revision_of
from wfopt.model.history import Ending, RunStory
from wfopt.model.selectors import directory_of
from wfopt.model.values import Value
from wfopt.model.workflow import Step, StepId, Workflow

PREDICTIVE = "predictive"
"""The strategy that starts from predictions; all others take medians, which are at hand sooner."""

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
        refresh: shows how time goes by, see `Collaborators.refresh`; None if nobody looks.
        remember: takes what is remembered of the run, when it is over.
        witness: takes what expressions know of it then: how steps ended, and the values that they handed on;
            None if nobody asks.
        chores: what else can be done while steps run.
    """

    runner: Runner
    clock: Clock
    interrupts: Interrupts
    pause: Callable[[float], None]
    tell: Callable[[Diagnostic], None]
    display: Callable[[LogSink], Sink]
    ask: Ask
    refresh: Callable[[float], None] | None = None
    remember: Callable[[RunStory], None] = lambda _: None
    witness: Callable[[Mapping[str, Value]], None] | None = None
    chores: Iterable[Chore] = ()


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
    run_id = run_name(started_at, os.urandom(3).hex())
    lock = WorkspaceLock(options.workspace, options.state_folder)
    stop = Stop(world.interrupts)
    in_use, folder = None, ""
    try:
        _acquire(lock, options, world, stop)
        folder = make_state_folder(options.state_folder, os.path.join("runs", run_id))
        in_use = hold(folder)
        # Where nothing can be locked, nobody knows which runs go on.
        if in_use is not None:
            days = options.keep.days if options.keep else USUAL_KEEP.days
            forget_old_runs(options.state_folder, run_id, days, started_at)
        lock.announce(this_process(run_id=run_id, started_at=started_at, command=options.command))
        return _run(prepared, options, world, stop, folder)
    finally:
        world.runner.close()
        if in_use is not None:
            os.close(in_use)
        if folder:
            # Most runs print nothing, and leave nothing in it.
            with suppress(OSError):
                os.rmdir(folder)
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
    keep_loaded = _begin(prepared, options, world)
    run_id, zero = os.path.basename(folder), world.clock.now()
    masker = masker_of(workflow, options.environ)
    plan, jobs = _planned(workflow, options, folder, masker, world.clock.wall())
    logs = LogSink(folder)
    report = ReportSink(workflow, plan.dag, capacity.cpu_milli / 1000)
    started_at = world.clock.wall()
    teller = Storyteller(
        prepared=prepared,
        options=options,
        dag=plan.dag,
        collector=Collector(),
        masker=masker,
        logs=logs,
        run_id=run_id,
        started_at=started_at,
        revision=revision_of(options.workspace),
    )
    recorder = Recorder(
        folder=options.state_folder,
        keep=options.keep,
        clock=world.clock,
        tell=world.tell,
        collector=teller.collector,
        unfinished=teller.unfinished,
    )

    def take_down(event: Event) -> None:
        report(event)
        recorder(event)

    emit = Emitter(
        workflow,
        MaskedEvents(masker),
        logs,
        take_down,
        world.display(logs),
        lambda step: _peaks(options, step),
    )
    emit(
        RunStarted(
            at=0.0,
            run_id=run_id,
            started_at=started_at,
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
    sizes = InputSizes(options.workspace)
    usual = cache(lambda: _usual(prepared, options))
    outside = Outside(wall=world.clock.wall, ask=world.ask, tell=tell, changed=partial(_make_ready, world))
    graph = Loop(
        plan=plan,
        queue=queue_of(plan, capacity, options.strategy, usual),
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
                jobs=jobs,
                tracer=_tracer(prepared, options, folder, masker, world, partial(tell, None)),
            ),
            outputs=outputs,
            stop=stop,
            chance=_chance,
            refresh=world.refresh,
            printed=emit.printed,
            observer=Observer(open_eyes=lambda: _open_eyes(prepared, options, world, usual()), emit=emit),
            measure=lambda step, miss: sizes.of(step.inputs, miss.inputs),
            chores=Chores(
                (
                    *recalling(plan, capacity.slots, usual),
                    *chores_of(prepared, options, keep_loaded, recorder.get_ready),
                    *world.chores,
                )
            ),
            count=lambda step: counted(options.workspace, step.sizes),
        ),
        reuse=open_results(prepared, options, masker, outputs, outside),
    )
    try:
        _run_all(graph, prepared)
    finally:
        keep_loaded()
        graph.reuse.close()
        logs.close()
        _close(jobs)
    made = report.report()
    story = _with_prediction(
        _with_traces(teller.finished(made), graph.world.launcher.tracer, world.tell), prepared, options
    )
    recorder.finish(story)
    _hand_out(world, story, plan)
    return made


def _run_all(graph: Loop, prepared: Prepared) -> None:
    """Run all steps and hooks; what ran them takes its time to end, and there is more to do meanwhile."""
    Session(graph, prepared.capacity).run()
    graph.world.runner.wind_down()


def _begin(prepared: Prepared, options: RunOptions, world: World) -> Callable[[], None]:
    """Begin what takes its time if the workflow was read from its file: it has changed, so steps will run.

    Returns:
        Keeps the workflow for later loads, when it is called for the first time.
    """
    loaded = prepared.loaded
    if loaded is None or loaded.fresh is None:
        return lambda: None
    _make_ready(world)
    return cache(partial(loaded.keep, options))


def _make_ready(world: World) -> None:
    """Make the runner ready; if that is not possible, the first step says so."""
    with suppress(SpawnerError):
        world.runner.make_ready()


def _tracer(
    prepared: Prepared,
    options: RunOptions,
    folder: str,
    masker: Masker,
    world: World,
    tell: Callable[[Diagnostic], None],
) -> Wrapper | None:
    if not options.trace:
        return None
    from wfopt.api.tracing import tracer_for  # noqa: PLC0415 - few runs are traced

    return tracer_for(prepared, options, folder, masker, world.ask, tell)


def _with_traces(story: RunStory, tracer: Wrapper | None, tell: Callable[[Diagnostic], None]) -> RunStory:
    """Return the story with what was seen of steps, and say of which nothing was."""
    if tracer is None:
        return story
    from wfopt.api.tracing import tell_untraced  # noqa: PLC0415 - as above

    tell_untraced(tracer.untraced, tell)
    return replace(story, traces=tuple(tracer.found.values()))


def _with_prediction(story: RunStory, prepared: Prepared, options: RunOptions) -> RunStory:
    """Return the story with what was to be expected of the run, if it went well and was long enough."""
    is_wanted = options.keep is not None and story.run.ending is Ending.SUCCEEDED
    ran = any(each.wall_s is not None for each in story.attempts)
    # Predicting takes about a hundredth of the time of the shortest such run.
    if not (is_wanted and ran and story.run.wall_s >= foreseen_from_s(prepared)):
        return story
    from wfopt.api.foreseeing import foreseen  # noqa: PLC0415 - short runs do without

    found = foreseen(prepared, options, story.run.run_id, story.attempts)
    return story if found is None else replace(story, run=replace(story.run, foreseen=found))


def _hand_out(world: World, story: RunStory, plan: Plan) -> None:
    world.remember(story)
    if world.witness is not None:
        world.witness(plan.contexts())


def _planned(
    workflow: Workflow, options: RunOptions, folder: str, masker: Masker, started_at: float
) -> tuple[Plan, Exchange | None]:
    """Return the plan, and what the steps of jobs of a CI service tell each other, if there are any."""
    plan = Plan(workflow, keep_going=options.keep_going, groups=groups_of(workflow))
    if not any(step.session for step in workflow.steps):
        return plan, None
    from wfopt.api.emulation import jobs_of  # noqa: PLC0415 - a native workflow does without

    jobs = jobs_of(plan, options, folder, masker, started_at)
    plan.contexts_of = jobs.contexts
    return plan, jobs


def _close(jobs: Exchange | None) -> None:
    if jobs is not None:
        jobs.close()


def _open_eyes(prepared: Prepared, options: RunOptions, world: World, usual: Mapping[StepId, float]) -> Eyes:
    # A run that is over before the first look needs nothing of this.
    from wfopt.api.watching import open_eyes  # noqa: PLC0415 - see above
    from wfopt.resources.alerts.settings import rules_of  # noqa: PLC0415 - see above

    capacity = prepared.capacity.cpu_milli / 1000
    steps = (*prepared.workflow.steps, *prepared.workflow.hooks)
    eyes = open_eyes(options.workspace, world.clock, steps, capacity, usual, rules_of(options.alerts))
    eyes.longest = lambda: _longest(prepared, options)
    return eyes


def _longest(prepared: Prepared, options: RunOptions) -> Mapping[StepId, float]:
    """Return how many seconds steps take at most, 99 times in 100."""
    from wfopt.api.foreseeing import longest_walls  # noqa: PLC0415 - only long steps need it

    return longest_walls(prepared, options)


def _usual(prepared: Prepared, options: RunOptions) -> Mapping[StepId, float]:
    """Return how many seconds steps usually take on this machine."""
    if options.strategy.name == PREDICTIVE:
        from wfopt.api.foreseeing import expected_walls, seconds_of  # noqa: PLC0415 - as below

        return seconds_of(expected_walls(prepared, options))
    if not os.path.lexists(os.path.join(options.state_folder, HISTORY)):
        return {}
    # A run in which nothing has to wait does not ask.
    from wfopt.api.usual import usual_durations  # noqa: PLC0415 - see above

    return usual_durations(options.state_folder, workflow_name(options), host_name(options))


def _peaks(options: RunOptions, step: StepId) -> Sequence[int]:
    """Return how many bytes a step held in earlier runs on this machine."""
    from wfopt.api.usual import usual_peaks  # noqa: PLC0415 - see above

    return usual_peaks(options.state_folder, workflow_name(options), host_name(options), step)


def groups_of(workflow: Workflow) -> dict[str, tuple[int, ...]]:
    """Return the steps of every name in an expression that means several."""
    mentions = {
        mention.removeprefix("needs.")
        for step in (*workflow.steps, *workflow.hooks)
        for mention in step.references
        if mention.startswith("needs.")
    }
    foreign = [step for step in workflow.steps if step.session]
    if foreign:
        from wfopt.model.asking import asked_by  # noqa: PLC0415 - a native workflow does without

        asked = (each for step in foreign for each in asked_by(step) if each.root == "needs" and each.path)
        mentions.update(str(each.path[0]) for each in asked)
    if not mentions:
        return {}
    directory = directory_of(workflow.steps)
    return {name: directory.select(name) for name in mentions if name not in directory.by_id}


def _chance() -> float:
    """Return a random number from 0 to 1, without the import of `random`, which every run would pay for."""
    return int.from_bytes(os.urandom(4)) / 2**32
