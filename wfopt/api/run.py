"""The use case behind `wfopt run`: load, choose, plan, execute, report."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from wfopt.codes import ABOVE_CAPACITY, CPU_CLAMPED, UNKNOWN_STEP, UNREADABLE_FILE, Code
from wfopt.engine import failures
from wfopt.engine.clock import Clock
from wfopt.engine.launch import Launcher
from wfopt.engine.logs import LogSink
from wfopt.engine.loop import Collaborators, Interrupts, Loop
from wfopt.engine.outputs import OutputFolder
from wfopt.engine.plan import Plan
from wfopt.engine.report import PlanReport, ReportSink, RunReport
from wfopt.engine.runner import Runner
from wfopt.errors import Diagnostic, Label, Severity, UserError
from wfopt.events import Event, Noticed, RunStarted, Sink, StepFinished
from wfopt.formats.native.context import LoadOptions
from wfopt.formats.native.loader import load
from wfopt.formats.native.selectors import directory_of
from wfopt.formats.positions import read_source
from wfopt.graph.order import Dag, dag_of, heaviest_path, levels
from wfopt.model.outcome import StepStatus
from wfopt.model.quantities import format_size
from wfopt.model.workflow import Step, Workflow
from wfopt.resources.pool import Capacity, Pool
from wfopt.scheduler.base import Strategy
from wfopt.source import closest_match

KEPT_RUNS = 20
"""So many runs keep their folder."""

_ALWAYS_RUNS = "nothing is cached"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What a run is asked to do.

    Attributes:
        file: the workflow file, as the user wrote it.
        workspace: the absolute path of the folder that the workflow works in.
        state_folder: the absolute path of the folder for logs and state.
        steps: the steps that are wanted; empty for the file's targets.
        params: values given on the command line.
        environ: the process environment.
        param_twins: whether `WFOPT_PARAM_<NAME>` variables give params.
        capacity: slots, cpu and memory; the file adds the tokens.
        strategy: who starts first.
        keep_going: whether steps that do not depend on a failed one still run.
    """

    file: str
    workspace: str
    state_folder: str
    steps: tuple[str, ...] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    param_twins: bool = True
    capacity: Capacity
    strategy: Strategy
    keep_going: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """A workflow that can be run, and remarks about it."""

    workflow: Workflow
    remarks: tuple[Diagnostic, ...]
    capacity: Capacity


def prepare(options: RunOptions) -> Prepared:
    """Load the workflow and keep the steps that are wanted.

    Raises:
        UserError: the file or the wanted steps are wrong, or a step asks for more than there is.
    """
    source = read_source(options.file)
    workflow, remarks = load(
        source,
        LoadOptions(
            workspace=options.workspace,
            params=options.params,
            environ=options.environ,
            param_twins=options.param_twins,
        ),
    )
    wanted = _wanted(workflow, options.steps)
    if wanted is not None:
        workflow = _only(workflow, wanted)
    capacity = replace(options.capacity, tokens=workflow.tokens)
    return Prepared(workflow, (*remarks, *_check_capacity(workflow, capacity)), capacity)


def _wanted(workflow: Workflow, names: tuple[str, ...]) -> list[int] | None:
    directory = directory_of(workflow.steps)
    if not names:
        return [directory.by_id[name] for name in workflow.targets] if workflow.targets else None
    places: list[int] = []
    problems: list[Diagnostic] = []
    for name in names:
        found = directory.select(name)
        places.extend(found)
        if not found:
            near = closest_match(name, directory.by_definition)
            known = ", ".join(f"`{each}`" for each in list(directory.by_definition)[:12])
            hint = f"did you mean `{near}`?" if near else f"there are: {known}"
            problems.append(
                Diagnostic(
                    code=UNKNOWN_STEP,
                    message=f"there is no step `{name}`",
                    file=workflow.source.name if workflow.source else None,
                    hints=(hint,),
                )
            )
    if problems:
        raise UserError(tuple(problems))
    return places


def _only(workflow: Workflow, wanted: list[int]) -> Workflow:
    """Return the workflow with what the wanted steps need, and nothing else."""
    dag = _dag(workflow)
    keep, todo = set(wanted), list(wanted)
    while todo:
        for before in dag.before[todo.pop()]:
            if before not in keep:
                keep.add(before)
                todo.append(before)
    steps = tuple(step for place, step in enumerate(workflow.steps) if place in keep)
    ids = {step.id for step in steps}
    edges = tuple(edge for edge in workflow.edges if edge.before in ids and edge.after in ids)
    return replace(workflow, steps=steps, edges=edges)


def _check_capacity(workflow: Workflow, capacity: Capacity) -> list[Diagnostic]:
    remarks, problems = [], []
    for step in workflow.steps:
        request = step.request
        if request.cpu_milli > capacity.cpu_milli:
            message = (
                f"step `{step.id}` asks for {request.cpu_milli / 1000:g} cpus, "
                f"but there are {capacity.cpu_milli / 1000:g}: it gets those"
            )
            remarks.append(_about(step, CPU_CLAMPED, message, Severity.WARNING))
        memory = request.memory_bytes
        if memory is not None and capacity.memory_bytes is not None and memory > capacity.memory_bytes:
            message = (
                f"step `{step.id}` asks for {format_size(memory)} of memory, "
                f"but there are {format_size(capacity.memory_bytes)}"
            )
            problems.append(_about(step, ABOVE_CAPACITY, message, Severity.ERROR))
    if problems:
        raise UserError(tuple(problems))
    return remarks


def _about(step: Step, code: Code, message: str, severity: Severity) -> Diagnostic:
    span = step.places.get("resources") or step.span
    return Diagnostic(
        code=code,
        message=message,
        severity=severity,
        primary=Label(span) if span else None,
    )


def _dag(workflow: Workflow) -> Dag:
    index = {step.id: place for place, step in enumerate(workflow.steps)}
    pairs = [(index[edge.before], index[edge.after]) for edge in workflow.edges]
    return dag_of(len(workflow.steps), pairs)


def plan(prepared: Prepared, strategy: Strategy) -> PlanReport:
    """Return what a run would do."""
    workflow = prepared.workflow
    dag, ids = _dag(workflow), [step.id for step in workflow.steps]
    return PlanReport(
        workflow=workflow,
        waves=tuple(tuple(ids[place] for place in wave) for wave in levels(dag)),
        reasons={
            step.id: "its condition decides when it is due" if step.condition else _ALWAYS_RUNS
            for step in workflow.steps
        },
        critical_path=tuple(ids[place] for place in heaviest_path(dag, [1.0] * len(ids))),
        slots=prepared.capacity.slots,
        strategy=strategy.name,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What a run needs from outside.

    Attributes:
        runner: starts the processes.
        clock: tells the time.
        interrupts: hands out signals that arrived.
        display: makes the sink that shows the run, given the run's logs.
    """

    runner: Runner
    clock: Clock
    interrupts: Interrupts
    display: Callable[[LogSink], Sink]


def run(prepared: Prepared, options: RunOptions, world: World) -> RunReport:
    """Run the workflow and report.

    Raises:
        UserError: the state folder cannot be written.
        FaultError: something in wfopt is wrong.
    """
    workflow, capacity = prepared.workflow, prepared.capacity
    started_at, zero = world.clock.wall(), world.clock.now()
    run_id = f"{time.strftime('%Y%m%d-%H%M%S', time.localtime(started_at))}-{os.urandom(3).hex()}"
    folder = _make_run_folder(options.state_folder, run_id)
    plan_ = Plan(workflow, keep_going=options.keep_going)
    logs = LogSink(folder)
    report = ReportSink(workflow, plan_.dag, capacity.cpu_milli / 1000)
    display = world.display(logs)
    steps = {step.id: step for step in workflow.steps}

    def emit(event: Event) -> None:
        logs(event)
        if isinstance(event, StepFinished):
            if event.outcome.status is StepStatus.FAILED:
                why = _explain(steps[event.step], event, logs)
                emit(Noticed(at=event.at, step=event.step, diagnostic=why))
            logs.forget(event.step)
        report(event)
        display(event)

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
    loop = Loop(
        plan=plan_,
        strategy=options.strategy,
        pool=Pool(workflow.steps, capacity),
        world=Collaborators(
            runner=world.runner,
            clock=world.clock,
            emit=emit,
            launcher=Launcher(
                workspace=options.workspace, run_folder=folder, run_id=run_id, cpu_milli=capacity.cpu_milli
            ),
            outputs=OutputFolder(
                options.workspace,
                os.path.join(options.state_folder, "trash", run_id),
                os.path.join(folder, "outputs"),
            ),
            interrupts=world.interrupts,
        ),
        weights=(1.0,) * len(workflow.steps),
        reason=lambda _: _ALWAYS_RUNS,
    )
    try:
        loop.run(zero)
    finally:
        world.runner.close()
    return report.report()


def _explain(step: Step, event: StepFinished, logs: LogSink) -> Diagnostic:
    tail = logs.tail(step.id).decode("utf-8", "replace").splitlines()[-8:]
    path = logs.path(step.id)
    return failures.failed(step, event.outcome, tuple(tail), path and os.path.relpath(path))


def _make_run_folder(state: str, run_id: str) -> str:
    folder = os.path.join(state, "runs", run_id)
    try:
        os.makedirs(folder)
        ignore = os.path.join(state, ".gitignore")
        if not os.path.exists(ignore):
            with open(ignore, "w", encoding="utf-8") as file:
                file.write("*\n")
        _forget_old_runs(state)
    except OSError as error:
        message = f"the state folder `{state}` cannot be written: {error.strerror}"
        hint = "name another one with `--state-dir`"
        raise UserError((Diagnostic(code=UNREADABLE_FILE, message=message, hints=(hint,)),)) from error
    return folder


def _forget_old_runs(state: str) -> None:
    """Remove the folders of all but the newest runs; their names sort by time."""
    for kind in ("runs", "trash"):
        folder = os.path.join(state, kind)
        if os.path.isdir(folder):
            for name in sorted(os.listdir(folder))[:-KEPT_RUNS]:
                shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
