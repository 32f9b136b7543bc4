"""Small values for tests: steps, workflows and reports in which only what a test is about is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wfopt.engine.report import Forecast, PlanReport, RunReport, StepReport, Suggestion
from wfopt.graph.order import dag_of, levels
from wfopt.model.expressions import Expression, Template
from wfopt.model.outcome import LimitHit, RunStatus, StepStatus, Usage
from wfopt.model.patterns import PathPattern
from wfopt.model.workflow import (
    AUTO_CACHE,
    NO_RETRIES,
    Argv,
    CacheRule,
    Edge,
    EdgeKind,
    MatrixGroup,
    Origin,
    Request,
    Retries,
    Script,
    Step,
    StepId,
    Workflow,
)
from wfopt.source import SourceFile, Span


def step(
    name: str,
    *,
    run: Script | Argv | None = None,
    definition: str | None = None,
    cell: tuple[tuple[str, str], ...] = (),
    group: MatrixGroup | None = None,
    description: str = "",
    cwd: str = "",
    env: Mapping[str, Template | None] | None = None,
    inputs: tuple[PathPattern, ...] | None = None,
    outputs: tuple[PathPattern, ...] | None = None,
    condition: Expression | None = None,
    timeout_s: float | None = None,
    cpu_milli: int = 1000,
    memory_bytes: int | None = None,
    tokens: Mapping[str, int] | None = None,
    allow_failure: bool | frozenset[int] | Expression = False,
    effects: frozenset[str] | None = None,
    priority: int = 0,
    quiet: bool = False,
    keep_on_failure: bool = False,
    retries: Retries = NO_RETRIES,
    cache: CacheRule = AUTO_CACHE,
    capture: str = "",
    interactive: bool = False,
    secrets: tuple[str, ...] = (),
    rollback: Step | None = None,
    expected_s: float | None = None,
    references: frozenset[str] = frozenset(),
    span: Span | None = None,
) -> Step:
    """Return a step; without `run` it runs an empty command, for tests that never start it."""
    return Step(
        id=StepId(name),
        run=run or Argv(()),
        definition=name if definition is None else definition,
        cell=cell,
        group=group,
        description=description,
        cwd=cwd,
        env=env or {},
        inputs=inputs,
        outputs=outputs,
        condition=condition,
        timeout_s=timeout_s,
        request=Request(cpu_milli=cpu_milli, memory_bytes=memory_bytes, tokens=tokens or {}),
        allow_failure=allow_failure,
        effects=effects,
        priority=priority,
        quiet=quiet,
        keep_on_failure=keep_on_failure,
        retries=retries,
        cache=cache,
        capture=capture,
        interactive=interactive,
        secrets=secrets,
        rollback=rollback,
        expected_s=expected_s,
        references=references,
        span=span,
    )


def edge(before: str, after: str, kind: EdgeKind = EdgeKind.ORDER, origin: Origin = Origin.WRITTEN) -> Edge:
    """Return an edge between two steps named by their ids."""
    return Edge(StepId(before), StepId(after), kind, origin)


def workflow(
    steps: Iterable[Step | str],
    edges: Iterable[Edge | tuple[str, str]] = (),
    *,
    name: str = "demo",
    tokens: Mapping[str, int] | None = None,
    targets: Iterable[str] = (),
    listed: bool = False,
    on_failure: Iterable[Step | str] = (),
    finally_steps: Iterable[Step | str] = (),
    secrets: tuple[str, ...] = (),
    source: SourceFile | None = None,
) -> Workflow:
    """Return a workflow; a text stands for `step(text)`, a pair of ids for an `order` edge."""
    return Workflow(
        name=name,
        steps=_steps(steps),
        edges=tuple(each if isinstance(each, Edge) else edge(*each) for each in edges),
        tokens=tokens or {},
        targets=tuple(StepId(each) for each in targets),
        listed=listed,
        on_failure=_steps(on_failure),
        finally_steps=_steps(finally_steps),
        secrets=secrets,
        source=source,
    )


def _steps(steps: Iterable[Step | str]) -> tuple[Step, ...]:
    return tuple(step(each) if isinstance(each, str) else each for each in steps)


def step_report(
    name: str,
    status: StepStatus = StepStatus.SUCCEEDED,
    *,
    reason: str = "",
    usage: Usage | None = None,
    wall_s: float | None = None,
    exit_code: int | None = None,
    signal: int | None = None,
    attempts: int | None = None,
    started_s: float | None = None,
    limit: LimitHit | None = None,
    allowed: bool = False,
) -> StepReport:
    """Return what became of a step; `wall_s` stands for a usage with nothing else in it."""
    if wall_s is not None:
        usage = Usage(wall_s=wall_s)
    if status is StepStatus.SUCCEEDED:
        exit_code = 0
    return StepReport(
        id=StepId(name),
        status=status,
        reason=reason,
        exit_code=exit_code,
        signal=signal,
        attempts=int(usage is not None) if attempts is None else attempts,
        started_s=started_s,
        usage=usage,
        limit=limit,
        allowed=allowed,
    )


def run_report(
    steps: Iterable[StepReport],
    *,
    of: Workflow | None = None,
    status: RunStatus | None = None,
    signal: int | None = None,
    wall_s: float = 1.0,
    cpus: float = 2.0,
    critical_path: Iterable[str] = (),
    critical_path_s: float = 0.0,
    lower_bound_s: float = 0.0,
    hooks: Iterable[StepReport] = (),
    strategy: str = "critical-path",
    suggestions: Iterable[Suggestion] = (),
) -> RunReport:
    """Return the report of a run of `of`, or of a workflow without edges made of the reports' ids.

    Without `status` the run failed if one of its steps failed where that is not allowed.
    """
    reports, around = tuple(steps), tuple(hooks)
    failed = any(each.status is StepStatus.FAILED and not each.allowed for each in reports)
    return RunReport(
        workflow=of or workflow([each.id for each in reports], finally_steps=[each.id for each in around]),
        run_id="20260102-030405-abcd",
        status=status or (RunStatus.FAILED if failed else RunStatus.SUCCEEDED),
        signal=signal,
        started_at=1767322800.0,
        wall_s=wall_s,
        cpus=cpus,
        critical_path=tuple(StepId(each) for each in critical_path),
        critical_path_s=critical_path_s,
        lower_bound_s=lower_bound_s,
        steps=reports,
        hooks=around,
        notices=(),
        strategy=strategy,
        suggestions=tuple(suggestions),
    )


def plan_report(
    of: Workflow,
    *,
    reasons: Mapping[str, str] | None = None,
    critical_path: Iterable[str] = (),
    slots: int = 2,
    strategy: str = "critical-path",
) -> PlanReport:
    """Return the plan of a workflow, its waves computed; all steps would run."""
    ids = [each.id for each in of.steps]
    place = {each: number for number, each in enumerate(ids)}
    dag = dag_of(len(ids), [(place[each.before], place[each.after]) for each in of.edges])
    known = reasons or {}
    return PlanReport(
        workflow=of,
        waves=tuple(tuple(ids[node] for node in wave) for wave in levels(dag)),
        forecasts={each: Forecast(cached=False, reason=known.get(each, "never ran")) for each in ids},
        critical_path=tuple(StepId(each) for each in critical_path),
        slots=slots,
        strategy=strategy,
    )


def span_of(source: SourceFile, text: str) -> Span:
    """Return the first place of `text`, which must not run over a line end, in `source`."""
    for number, line in enumerate(source.text.splitlines(), start=1):
        column = line.find(text) + 1
        if column:
            return Span(source, number, column, number, column + len(text))
    raise ValueError(f"{text!r} does not stand in {source.name}")
