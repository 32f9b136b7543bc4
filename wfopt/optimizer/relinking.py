"""Gives steps other `needs`, with all edges that follow, exactly as the loader would."""

from __future__ import annotations

from collections.abc import Mapping

from wfopt.dataclass import replace
from wfopt.model.workflow import Edge, EdgeKind, Origin, StepId, Workflow
from wfopt.optimizer.units import Units

_Found = dict[tuple[StepId, StepId], tuple[EdgeKind, Origin]]


def relinked(workflow: Workflow, needs: Mapping[str, tuple[StepId, ...] | None]) -> Workflow:
    """Return the workflow with other `needs` for some entries of its file.

    Args:
        workflow: what is changed; data, references and declared files keep their edges.
        needs: what the entries with these names need from now on; None is an absent key.
    """
    steps = tuple(
        replace(step, needs=needs[step.definition or str(step.id)])
        if (step.definition or str(step.id)) in needs
        else step
        for step in workflow.steps
    )
    changed = replace(workflow, steps=steps)
    return replace(changed, edges=_edges(changed, _firm(workflow, set(needs))))


def _firm(workflow: Workflow, rewritten: set[str]) -> _Found:
    """Return the edges that do not come from `needs` of rewritten entries, nor from the order of the list."""
    units = Units(workflow)
    found: _Found = {}
    for edge in workflow.edges:
        origin = edge.origin
        after = units.of[edge.after]
        if workflow.listed and units.is_own(after):
            origin &= ~Origin.LIST
        if edge.kind not in (EdgeKind.DATA, EdgeKind.REF) and units.names[after] in rewritten:
            origin &= ~Origin.WRITTEN
        if origin:
            found[edge.before, edge.after] = (edge.kind, origin)
    return found


def _edges(workflow: Workflow, found: _Found) -> tuple[Edge, ...]:
    for step in workflow.steps:
        for before in step.needs or ():
            _add(found, before, step.id, Origin.WRITTEN)
    if workflow.listed:
        _add_list_order(workflow, found)
    index = {step.id: place for place, step in enumerate(workflow.steps)}
    ordered = sorted(found, key=lambda pair: (index[pair[1]], index[pair[0]]))
    return tuple(Edge(before, after, *found[before, after]) for before, after in ordered)


def _add_list_order(workflow: Workflow, found: _Found) -> None:
    units = Units(workflow)
    above: list[int] = []
    for place in range(len(units)):
        if not units.is_own(place):
            continue
        if units.needs(place) is None:
            for before in units.ids(above):
                for after in units.cells[place]:
                    _add(found, before, after.id, Origin.LIST)
            above = []
        above.append(place)


def _add(found: _Found, before: StepId, after: StepId, origin: Origin) -> None:
    kind, known = found.get((before, after), (EdgeKind.ORDER, origin))
    found[before, after] = (kind, known | origin)
