"""A workflow on a machine, and what `--what-if` makes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from wfopt.api.prepare import dag_of_workflow
from wfopt.api.what_if import Duration, Edges, Machine, Wish, wrong_part
from wfopt.dataclass import dataclass, field, replace
from wfopt.graph.order import topological
from wfopt.model.quantities import format_size
from wfopt.model.selectors import directory_of
from wfopt.model.workflow import Edge, EdgeKind, StepId, Workflow
from wfopt.resources.pool import Capacity
from wfopt.scheduler.base import Strategy
from wfopt.source import Span, closest_match

Change = Callable[[float], float]
"""Makes another duration of one, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is played through.

    Attributes:
        workflow: the steps and edges.
        capacity: the machine.
        strategy: who starts first.
        changes: what becomes of durations, by step.
        uncached: whether every step runs, whatever the cache has.
        remarks: what is to be known about it.
    """

    workflow: Workflow
    capacity: Capacity
    strategy: Strategy
    changes: Mapping[StepId, Change] = field(default_factory=dict)
    uncached: bool = False
    remarks: tuple[str, ...] = ()


def varied(case: Case, wish: Wish, hits: frozenset[StepId]) -> Case:
    """Return a case with everything different that a wish says; parts are taken in order.

    Args:
        case: as it is.
        wish: what would be different.
        hits: the steps whose results are in the cache.

    Raises:
        UserError: a step or an edge does not exist, a new edge makes a cycle, or a step does not fit.
    """
    for part in wish.parts:
        match part:
            case Machine():
                case = _on_machine(case, part)
            case Duration():
                case = _with_duration(case, part)
            case Edges():
                case = _with_edges(case, part) if part.adds else _without_edges(case, part)
    if not case.uncached:
        idle = [step for step in case.changes if step in hits]
        if idle:
            listed = ", ".join(f"`{step}`" for step in idle[:3]) + (" and others" if len(idle) > 3 else "")
            remark = f"{listed}: in the cache, so another duration changes nothing (`cache=off` runs all)"
            case = replace(case, remarks=(*case.remarks, remark))
    return case


def _on_machine(case: Case, part: Machine) -> Case:
    capacity, value = case.capacity, part.value
    match part.name, value:
        case "cpus", int():
            slots = max(1, value // 1000)
            return replace(case, capacity=replace(capacity, cpu_milli=value, slots=slots))
        case "jobs", int():
            return replace(case, capacity=replace(capacity, slots=value))
        case "memory", int():
            _check_memory(case.workflow, value, part.span)
            return replace(case, capacity=replace(capacity, memory_bytes=value))
        case "cache", _:
            return replace(case, uncached=True)
        case _, _:
            assert value is not None  # noqa: S101 - what is left is a strategy
            assert not isinstance(value, int)  # noqa: S101 - see above
            return replace(case, strategy=value)


def _check_memory(workflow: Workflow, memory: int, span: Span) -> None:
    for step in workflow.steps:
        asked = step.request.memory_bytes or 0
        if asked > memory:
            message = (
                f"step `{step.id}` asks for {format_size(asked)} of memory, so it would never start"
                f" with {format_size(memory)}"
            )
            raise wrong_part(span, message, "give the machine more, or let the step ask for less")


def _with_duration(case: Case, part: Duration) -> Case:
    factor, seconds = part.factor, part.seconds
    changes = dict(case.changes)
    for step in _selected(case.workflow, part.selector, part.span):
        before = changes.get(step)
        changes[step] = _changed(before, factor, seconds)
    return replace(case, changes=changes)


def _changed(before: Change | None, factor: float | None, seconds: float | None) -> Change:
    if factor is None:
        fixed = seconds or 0.0
        return lambda _: fixed
    return lambda usual: factor * (before(usual) if before else usual)


def _without_edges(case: Case, part: Edges) -> Case:
    workflow = case.workflow
    before = frozenset(_selected(workflow, part.before, part.span))
    after = frozenset(_selected(workflow, part.after, part.span))
    left = tuple(each for each in workflow.edges if not (each.before in before and each.after in after))
    if len(left) == len(workflow.edges):
        raise wrong_part(
            part.span,
            f"`{part.after}` does not wait for `{part.before}`: there is no such edge to take away",
            _hint_for_edge(workflow, before, after, part),
        )
    return replace(case, workflow=replace(workflow, edges=left))


def _hint_for_edge(
    workflow: Workflow, before: frozenset[StepId], after: frozenset[StepId], part: Edges
) -> str:
    if any(each.before in after and each.after in before for each in workflow.edges):
        return f"it is the other way round: `-{part.after}:{part.before}`"
    needed = dict.fromkeys(each.before for each in workflow.edges if each.after in after)
    if not needed:
        return f"`{part.after}` waits for no step"
    return f"`{part.after}` waits for {', '.join(f'`{step}`' for step in list(needed)[:6])}"


def _with_edges(case: Case, part: Edges) -> Case:
    workflow = case.workflow
    known = {(each.before, each.after) for each in workflow.edges}
    added = [
        Edge(before, after, EdgeKind.ORDER)
        for before in _selected(workflow, part.before, part.span)
        for after in _selected(workflow, part.after, part.span)
        if (before, after) not in known
    ]
    changed = replace(workflow, edges=(*workflow.edges, *added))
    if len(topological(dag_of_workflow(changed))) < len(workflow.steps):
        message = (
            f"`{part.after}` cannot wait for `{part.before}`: steps would wait for each other in a circle"
        )
        raise wrong_part(part.span, message)
    return replace(case, workflow=changed)


def _selected(workflow: Workflow, selector: str, span: Span) -> Sequence[StepId]:
    """Return the steps that a selector means.

    Raises:
        UserError: it means none.
    """
    directory = directory_of(workflow.steps)
    places = directory.select(selector)
    if not places:
        near = closest_match(selector, directory.by_definition)
        known = ", ".join(f"`{each}`" for each in list(directory.by_definition)[:12])
        hint = f"did you mean `{near}`?" if near else f"there are: {known}"
        raise wrong_part(span, f"there is no step `{selector}`", hint)
    return [workflow.steps[place].id for place in places]
