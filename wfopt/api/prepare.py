"""What happens before a run: load the workflow, keep what is wanted, check what it asks for."""

from __future__ import annotations

import os
from collections.abc import Mapping

from wfopt.api.loading import NATIVE, Loaded, load_workflow
from wfopt.api.secrets import masker_of, refuse_secret_ids
from wfopt.cache.policy import USUAL_POLICY, CachePolicy
from wfopt.codes import ABOVE_CAPACITY, CPU_CLAMPED, SHELL_NOT_FOUND, UNKNOWN_STEP, Code
from wfopt.dataclass import dataclass, field, replace
from wfopt.engine.report import Forecast, PlanReport
from wfopt.engine.spawning.launching import StartError, find_program
from wfopt.errors import Diagnostic, Label, Severity, UserError
from wfopt.graph.order import Dag, dag_of, heaviest_path, levels
from wfopt.metrics.keep import USUAL_KEEP, Keep
from wfopt.model.quantities import format_size
from wfopt.model.selectors import Directory, directory_of
from wfopt.model.workflow import Script, Step, StepId, Workflow
from wfopt.resources.pool import Capacity
from wfopt.scheduler.base import Strategy
from wfopt.source import closest_match


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
        wait: whether to wait for another run of the workspace to end, instead of giving up.
        held: the workspaces that the runs around this one hold, separated as in `PATH`.
        lenient: whether the workflow is only looked at: params may lack values, and shells may be missing.
        command: how it was started, for people who wait for it.
        cache: how the cache is used.
        keep: what the history keeps, or None if the run is not to be remembered.
        host: the name of this machine in the history; "" for the one that it has.
        format: the name of the file's format, or "" to detect it.
        actions: commands for actions of GitHub, by name in lower case.
        alerts: what to warn of, by the names of rules, where that is not the usual.
        optimized: the level at which the workflow was optimized before the run; "" if it was not.
        trace: whether it is found out what steps touch.
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
    wait: bool = True
    held: str = ""
    lenient: bool = False
    command: str = "wfopt run"
    cache: CachePolicy = USUAL_POLICY
    keep: Keep | None = USUAL_KEEP
    host: str = ""
    format: str = ""
    actions: Mapping[str, str] = field(default_factory=dict)
    alerts: Mapping[str, object] = field(default_factory=dict)
    optimized: str = ""
    trace: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """A workflow that can be run, and remarks about it.

    Attributes:
        workflow: the steps that are wanted and what they need.
        remarks: warnings and notes.
        capacity: what the steps share.
        forced: the steps that run in any case.
        loaded: the whole workflow as it was loaded, which may be kept for later loads, or None.
        content: the hash under which its runs stand in the history, if it was optimized; else "".
    """

    workflow: Workflow
    remarks: tuple[Diagnostic, ...]
    capacity: Capacity
    forced: frozenset[StepId] = frozenset()
    loaded: Loaded | None = field(default=None, compare=False, repr=False)
    content: str = ""

    @property
    def is_native(self) -> bool:
        """Whether the file is of the native format."""
        return self.loaded is None or self.loaded.format == NATIVE


def prepare(options: RunOptions) -> Prepared:
    """Load the workflow and keep the steps that are wanted.

    Raises:
        UserError: the file or the wanted steps are wrong, or a step asks for more than there is.
    """
    loaded = load_workflow(options)
    workflow = loaded.workflow
    refuse_secret_ids(workflow, masker_of(workflow, options.environ))
    wanted = _wanted(workflow, options.steps)
    forced = _forced(workflow, options.cache.forced)
    if wanted is not None:
        workflow = _only(workflow, wanted)
    if loaded.format != NATIVE and not options.lenient:
        from wfopt.api.foreign import check_runnable  # noqa: PLC0415 - native files do without

        check_runnable(loaded.format, workflow, options)
    capacity = replace(options.capacity, tokens=workflow.tokens)
    if not options.lenient:
        _check_shells(workflow, options.environ)
    remarks = (*loaded.remarks, *_check_capacity(workflow, capacity))
    return Prepared(workflow, remarks, capacity, forced, loaded)


def _wanted(workflow: Workflow, names: tuple[str, ...]) -> list[int] | None:
    directory = directory_of(workflow.steps)
    if not names:
        return [directory.by_id[name] for name in workflow.targets] if workflow.targets else None
    return _selected(workflow, names, directory)


def _forced(workflow: Workflow, names: tuple[str, ...]) -> frozenset[StepId]:
    if not names:
        return frozenset()
    places = _selected(workflow, names, directory_of(workflow.steps))
    return frozenset(workflow.steps[place].id for place in places)


def _selected(workflow: Workflow, names: tuple[str, ...], directory: Directory) -> list[int]:
    """Return the places of the steps that names stand for.

    Raises:
        UserError: a name stands for none.
    """
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
    dag = dag_of_workflow(workflow)
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
    for step in (*workflow.steps, *workflow.hooks):
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


def _check_shells(workflow: Workflow, environ: Mapping[str, str]) -> None:
    """Refuse a workflow if a shell is missing that some step is sure to need.

    Steps that have a PATH of their own, or a condition, are not looked at: what they need may come in time.
    """
    problems, known = [], set[str]()
    for step in workflow.steps:
        if not isinstance(step.run, Script) or step.condition is not None or "PATH" in step.env:
            continue
        program = step.run.shell.argv[0]
        if "/" in program or program in known:
            continue
        known.add(program)
        if not _is_on_path(program, environ):
            message = f"step `{step.id}` needs the shell `{program}`, which is not on the PATH"
            span = step.places.get("shell") or step.span
            problems.append(
                Diagnostic(
                    code=SHELL_NOT_FOUND,
                    message=message,
                    primary=Label(span) if span else None,
                    hints=("install it, or set another `shell`",),
                )
            )
    if problems:
        raise UserError(tuple(problems))


def _is_on_path(program: str, environ: Mapping[str, str]) -> bool:
    try:
        find_program(os.fsencode(program), os.fsencode(environ.get("PATH", os.defpath)))
    except (StartError, ValueError):
        # No program has a name with a NUL character in it, or with one that cannot be encoded.
        return False
    return True


def _about(step: Step, code: Code, message: str, severity: Severity) -> Diagnostic:
    span = step.places.get("resources") or step.span
    return Diagnostic(
        code=code,
        message=message,
        severity=severity,
        primary=Label(span) if span else None,
    )


def dag_of_workflow(workflow: Workflow) -> Dag:
    """Return the graph of a workflow, nodes in the order of its steps."""
    index = {step.id: place for place, step in enumerate(workflow.steps)}
    pairs = [(index[edge.before], index[edge.after]) for edge in workflow.edges]
    return dag_of(len(workflow.steps), pairs)


def plan(
    prepared: Prepared, strategy: Strategy, forecasts: Mapping[StepId, Forecast] | None = None
) -> PlanReport:
    """Return what a run would do; `forecasts` say it of each step, as far as that is known."""
    workflow = prepared.workflow
    dag, ids = dag_of_workflow(workflow), [step.id for step in workflow.steps]
    return PlanReport(
        workflow=workflow,
        waves=tuple(tuple(ids[place] for place in wave) for wave in levels(dag)),
        forecasts=forecasts or {},
        critical_path=tuple(ids[place] for place in heaviest_path(dag, [1.0] * len(ids))),
        slots=prepared.capacity.slots,
        strategy=strategy.name,
    )
