"""Merges steps that do the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wfopt.dataclass import replace
from wfopt.model.relations import Relation, relate
from wfopt.model.workflow import EdgeKind, Step, StepId, Workflow
from wfopt.optimizer.base import Change, Facts, Level, PassResult, Refusal
from wfopt.optimizer.freedom import bond_of
from wfopt.optimizer.relinking import relinked
from wfopt.optimizer.units import Units

_SAME = (
    "run",
    "cwd",
    "env",
    "inputs",
    "outputs",
    "effects",
    "timeout_s",
    "request",
    "limits",
    "allow_failure",
    "retries",
    "secrets",
    "capture",
)
"""In what two steps must agree to be one."""


class MergeDuplicateSteps:
    """Runs a step once that the file has twice.

    Two steps are the same if they run the same script in the same folder and environment, read the same
    files, and nothing changes these in between. Both must be closed and without effects, so the second one
    could only do again what the first has done. Whoever needed the second waits for the first and for what
    the second waited for.

    Before:

        steps:
          check-a: { run: ./check.sh, inputs: [src/, check.sh], outputs: [], effects: [] }
          build: { run: make, needs: check-a }
          check-b: { run: ./check.sh, inputs: [src/, check.sh], outputs: [], effects: [] }
          pack: { run: make dist, needs: [build, check-b] }

    After:

          pack: { run: make dist, needs: [build, check-a] }

    Does not apply to cells of a matrix, to targets, to steps whose status or values an expression uses, nor
    if a step in between may write what they read, or keeps its order to all others.
    """

    name = "merge-duplicate-steps"
    summary = "run a step once that the file has twice"
    level = Level.DECLARED

    def rewrite(self, workflow: Workflow, facts: Facts) -> PassResult:
        """Return the workflow with the first two that are the same made one, again and again."""
        now, changes, gone = workflow, list[Change](), dict[StepId, StepId | None]()
        refusals: list[Refusal] = []
        while True:
            units = Units(now)
            refusals = []
            pair = next(self._pairs(units, facts, refusals), None) if len(units.order) == len(units) else None
            if pair is None:
                return PassResult(now, tuple(changes), tuple(refusals), gone)
            first, second = (units.cells[place][0] for place in pair)
            now = _merged(units, *pair)
            gone[second.id] = first.id
            changes.append(
                Change(
                    made_by=self.name,
                    steps=(first.id, second.id),
                    what=f"`{second.id}` is done by `{first.id}`",
                    why="they run the same on the same files, and neither changes anything else",
                    work=facts.weight(second.id),
                )
            )

    def _pairs(self, units: Units, facts: Facts, refusals: list[Refusal]) -> Iterator[tuple[int, int]]:
        alike: dict[object, list[int]] = {}
        for place, cells in enumerate(units.cells):
            step = cells[0]
            if len(cells) == 1 and not step.cell and bond_of(step, facts.undeclared) is None:
                alike.setdefault((_text(step), step.inputs, step.outputs), []).append(place)
        for places in alike.values():
            for second in places[1:]:
                first = next((each for each in places if _agree(units, each, second)), second)
                if first == second:
                    continue
                why = _against(units, second) or _in_between(units, first, second, facts)
                if not why:
                    yield first, second
                else:
                    refusals.append(self._refusal(units, first, second, why))

    def _refusal(self, units: Units, first: int, second: int, why: str) -> Refusal:
        names = units.names[first], units.names[second]
        return Refusal(
            made_by=self.name,
            steps=units.ids([first, second]),
            what=f"`{names[0]}` and `{names[1]}` stay two, though they do the same",
            why=why,
        )


def _text(step: Step) -> str:
    return repr(step.run)


def _agree(units: Units, first: int, second: int) -> bool:
    one, other = units.cells[first][0], units.cells[second][0]
    return all(getattr(one, name) == getattr(other, name) for name in _SAME)


def _against(units: Units, second: int) -> str:
    """Return what stands against leaving a unit out, or ""."""
    step = units.cells[second][0]
    if not units.is_own(second):
        return "the second one stands in a file that is included"
    if step.id in units.workflow.targets:
        return "the second one is a target"
    if step.ahead_of or any(step.id in each.ahead_of for each in units.workflow.steps):
        return "the second one takes part in overtaking"
    used = [edge for edge in units.workflow.edges if edge.before == step.id and edge.kind is EdgeKind.REF]
    if used:
        return f"`{used[0].after}` uses the status or values of the second one"
    return ""


def _in_between(units: Units, first: int, second: int, facts: Facts) -> str:
    """Return which unit between two stands against making them one, or ""."""
    step, bits = units.cells[second][0], units.ancestors
    if bits[first] >> second & 1:
        return "the first one waits for the second"
    for place, cells in enumerate(units.cells):
        if place in (first, second):
            continue
        name = units.names[place]
        both_after = bits[first] >> place & 1 and bits[second] >> place & 1
        both_before = bits[place] >> first & 1 and bits[place] >> second & 1
        if not both_after and not both_before and any(_touches(cell, step) for cell in cells):
            return f"`{name}` may change what they read in between"
        waited = bits[second] >> place & 1 and not bits[first] >> place & 1
        if waited and any(bond_of(cell, facts.undeclared) for cell in cells):
            return f"`{name}` keeps its order to the second one"
    return ""


def _touches(writer: Step, reader: Step) -> bool:
    reads = reader.inputs or ()
    if writer.outputs is None:
        # What is not known may write anything.
        return bool(reads)
    return any(relate(output, reads) is not Relation.NONE for output in writer.outputs)


def _merged(units: Units, first: int, second: int) -> Workflow:
    """Return the workflow without the second unit; who waited for it waits for what it stood for."""
    workflow = units.workflow
    removed, kept = units.cells[second][0].id, units.cells[first][0].id
    waited = [each for each in units.dag.before[second] if each != first]
    needs: dict[str, tuple[StepId, ...] | None] = {}
    for place in units.dag.after[second]:
        named = units.needs(place)
        if named is None:
            continue
        others = [each for each in named if each != removed]
        added = [kept, *units.ids(_missing(units, place, waited))]
        needs[units.names[place]] = tuple(dict.fromkeys((*others, *added)))
    steps = tuple(step for step in workflow.steps if step.id != removed)
    edges = tuple(edge for edge in workflow.edges if removed not in (edge.before, edge.after))
    return relinked(replace(workflow, steps=steps, edges=edges), needs)


def _missing(units: Units, place: int, waited: Sequence[int]) -> list[int]:
    """Return what a unit would no longer wait for without the way that goes."""
    return [each for each in waited if each not in units.dag.before[place]]
