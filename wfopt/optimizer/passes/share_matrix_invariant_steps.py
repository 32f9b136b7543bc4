"""Runs a step once that is the same in every cell of its matrix."""

from __future__ import annotations

from collections.abc import Mapping

from wfopt.dataclass import replace
from wfopt.model.workflow import Edge, EdgeKind, Step, StepId, Workflow
from wfopt.optimizer.base import Change, Facts, Level, PassResult, Refusal
from wfopt.optimizer.freedom import bond_of
from wfopt.optimizer.relinking import relinked
from wfopt.optimizer.units import Units

_OWN = ("id", "cell", "group", "references", "needs", "ahead_of")


class ShareMatrixInvariantSteps:
    """Runs a step once whose matrix makes no difference to it.

    All cells run the same script in the same environment on the same files, and neither the one nor the
    others change anything else: one of them does for all.

    Before:

        lint:
          matrix: { python: ["3.10", "3.13"] }
          run: ./lint src
          inputs: [src/, lint]
          outputs: []
          effects: []

    After:

        lint:
          run: ./lint src

    Does not apply to cells that differ in anything, to steps that are not closed, nor where single cells are
    named or their status is used.
    """

    name = "share-matrix-invariant-steps"
    summary = "run once what is the same in every cell of a matrix"
    level = Level.DECLARED

    def rewrite(self, workflow: Workflow, facts: Facts) -> PassResult:
        """Return the workflow in which such steps have no matrix."""
        units = Units(workflow)
        if len(units.order) < len(units):
            return PassResult(workflow)
        shared, refusals = [], []
        for place, cells in enumerate(units.cells):
            if len(cells) < 2 or not _are_alike(cells) or bond_of(cells[0], facts.undeclared) is not None:
                continue
            why = _against(units, place)
            if why:
                what = f"`{units.names[place]}` runs in every cell"
                refusals.append(Refusal(made_by=self.name, steps=units.ids([place]), what=what, why=why))
            else:
                shared.append(place)
        if not shared:
            return PassResult(workflow, refusals=tuple(refusals))
        changes = tuple(self._change(units, place, facts) for place in shared)
        gone: dict[StepId, StepId | None] = {
            cell.id: StepId(units.names[place]) for place in shared for cell in units.cells[place]
        }
        return PassResult(_shared(units, shared, gone), changes, tuple(refusals), gone)

    def _change(self, units: Units, place: int, facts: Facts) -> Change:
        cells = units.cells[place]
        return Change(
            made_by=self.name,
            steps=units.ids([place]),
            what=f"`{units.names[place]}` runs once instead of {len(cells)} times",
            why="all cells run the same on the same files",
            work=sum(facts.weight(cell.id) for cell in cells[1:]),
        )


def _are_alike(cells: list[Step]) -> bool:
    first = {
        name: getattr(cells[0], name) for name in Step.__slots__ if name not in (*_OWN, "span", "places")
    }
    return all(
        all(getattr(cell, name) == value for name, value in first.items()) and cell.needs == cells[0].needs
        for cell in cells
    )


def _against(units: Units, place: int) -> str:
    ids = set(units.ids([place]))
    if not units.is_own(place):
        return "it stands in a file that is included"
    if any(edge.kind is EdgeKind.REF and edge.before in ids for edge in units.workflow.edges):
        return "its status or values are used"
    if ids & set(units.workflow.targets):
        return "it is a target"
    for others in range(len(units)):
        named = ids & set(units.needs(others) or ())
        if named and named != ids:
            return f"`{units.names[others]}` needs single cells of it"
    if any(step.ahead_of and (step.id in ids or ids & set(step.ahead_of)) for step in units.workflow.steps):
        return "it takes part in overtaking"
    return ""


def _shared(units: Units, places: list[int], gone: Mapping[StepId, StepId | None]) -> Workflow:
    workflow, first = units.workflow, {units.cells[place][0].id for place in places}
    steps = []
    for step in workflow.steps:
        if step.id not in gone:
            steps.append(step)
        elif step.id in first:
            name = gone[step.id] or step.id
            steps.append(replace(step, id=name, cell=(), group=None))
    edges = {
        (gone.get(edge.before) or edge.before, gone.get(edge.after) or edge.after): edge
        for edge in workflow.edges
    }
    joined = tuple(
        Edge(before, after, edge.kind, edge.origin)
        for (before, after), edge in edges.items()
        if before != after
    )
    renamed = tuple(_renamed(step, gone) for step in steps)
    return relinked(replace(workflow, steps=renamed, edges=joined), {})


def _renamed(step: Step, gone: Mapping[StepId, StepId | None]) -> Step:
    if step.right_after in gone:
        # Only after all the cells could it start, and so never after one.
        step = replace(step, right_after=None)
    if step.needs is None:
        return step
    return replace(step, needs=tuple(dict.fromkeys(gone.get(each) or each for each in step.needs)))
