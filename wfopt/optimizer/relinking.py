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


def without(units: Units, gone: Mapping[StepId, StepId | None]) -> Workflow:
    """Return the workflow without some steps; who needs them needs what they waited for.

    Args:
        units: the workflow by its entries.
        gone: for each step that goes, the one that does its work, or None.
    """
    workflow = units.workflow
    # Skipping does not spread over an order that only files ask for.
    spread = _before(workflow, but=Origin.FILES)
    before, ranks = _before(workflow), {step.id: rank for rank, step in enumerate(workflow.steps)}
    waited: dict[StepId, dict[StepId, None]] = {}
    for step in (cell.id for place in units.order for cell in units.cells[place] if cell.id in gone):
        found = waited.setdefault(step, {})
        for each in before.get(step, ()):
            found.update(waited.get(each, {}))
            now = gone.get(each, each)
            if now is not None:
                found[now] = None
    needs: dict[str, tuple[StepId, ...] | None] = {}
    for place, cells in enumerate(units.cells):
        named = units.needs(place) or ()
        lost = [each for each in named if each in gone]
        if not lost or cells[0].id in gone:
            continue
        kept = dict.fromkeys(each for each in named if each not in gone)
        kept |= dict.fromkeys(now for each in lost if (now := gone[each]) is not None)
        sure = set.intersection(*(spread.get(cell.id, set()) for cell in cells))
        missing = {each for one in lost for each in waited[one] if each not in sure}
        kept |= dict.fromkeys(sorted(missing, key=ranks.__getitem__))
        needs[units.names[place]] = tuple(kept)
    steps = tuple(
        replace(step, right_after=None) if step.right_after in gone else step
        for step in workflow.steps
        if step.id not in gone
    )
    edges = tuple(edge for edge in workflow.edges if edge.before not in gone and edge.after not in gone)
    return relinked(replace(workflow, steps=steps, edges=edges), needs)


def _before(workflow: Workflow, but: Origin | None = None) -> dict[StepId, set[StepId]]:
    found: dict[StepId, set[StepId]] = {}
    for edge in workflow.edges:
        if edge.origin is not but:
            found.setdefault(edge.after, set()).add(edge.before)
    return found


def chosen_by_targets(workflow: Workflow) -> set[StepId]:
    """Return the steps that a run of the targets takes: they, and all that these wait for."""
    before, todo = _before(workflow), list(workflow.targets)
    found = set(todo)
    while todo:
        new = before.get(todo.pop(), set()) - found
        found |= new
        todo += new
    return found
