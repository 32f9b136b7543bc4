"""Drops orders that hand nothing over."""

from __future__ import annotations

from collections.abc import Iterable

from wfopt.dataclass import replace
from wfopt.model.workflow import StepId, Workflow
from wfopt.optimizer.base import Change, Facts, Level, PassResult, Refusal
from wfopt.optimizer.freedom import Bond
from wfopt.optimizer.loosening import NOTHING_SEEN, Loosened, Loosening, Seen
from wfopt.optimizer.relinking import chosen_by_targets, relinked
from wfopt.optimizer.sightings import (
    Spill,
    may_spill,
    order_bond_of,
    order_meetings_of,
    runs_behind,
    spill_of,
)
from wfopt.optimizer.units import Units


class DropOrderOnlyNeeds:
    """Lets steps start before others that they have nothing to do with.

    A sequential script becomes a graph: a step waits only for what feeds it, for what shares files with it,
    and for steps of which not everything is known. All pairs that may now run at once are looked at, not only
    those with an edge between them; an order that a dropped one had bridged is written down.

    Before:

        steps:
          - id: lint
            run: ruff check src
            inputs: [src/]
            outputs: []
            effects: []
          - id: test
            run: pytest tests
            inputs: [src/, tests/]
            outputs: []
            effects: []

    After:

          - id: test
            needs: []
            ahead-of: [lint]
            run: pytest tests

    `ahead-of` keeps failures as they were: if `lint` fails, what `test` has written by then is removed, and
    it counts as skipped.

    At level `observed`, what traced runs of the same script touched stands in for what is not declared:
    files read, written, listed, and looked for in vain. Such a step overtakes others only if all that it was
    seen to leave behind is among its outputs, since nothing else is removed if one of them fails.

    Does not apply to steps that do not declare `inputs`, `outputs` and `effects`, that have effects or a
    condition, or whose script names files that they do not declare: those keep their order to all others.
    """

    name = "drop-order-only-needs"
    summary = "let steps run at once that share no files"
    level = Level.DECLARED

    def rewrite(self, workflow: Workflow, facts: Facts) -> PassResult:
        """Return the workflow with the loosest order that is safe."""
        units = Units(workflow)
        if len(units.order) < len(units):
            return PassResult(workflow, refusals=(self._tangled(workflow),))
        bonds = [_bond(units, place, facts) for place in range(len(units))]
        loosening = Loosening(units, bonds, _seen(units, facts))
        refusals = (*self._ties(units, bonds), *self._held(units, loosening))
        if not any(each.count for each in loosening.loosened):
            return PassResult(workflow, refusals=refusals)
        if loosening.trouble:
            return PassResult(workflow, refusals=(*refusals, self._unwritable(workflow, loosening.trouble)))
        ahead = {units.names[each.place]: each.ahead for each in loosening.loosened}
        changed = relinked(workflow, {units.names[each.place]: each.needs for each in loosening.loosened})
        left_out = chosen_by_targets(workflow) - chosen_by_targets(changed)
        if left_out:
            why = f"`{min(left_out)}` would not run any more: only the order before a target asks for it"
            return PassResult(workflow, refusals=(*refusals, self._unwritable(workflow, why)))
        steps = tuple(
            replace(step, ahead_of=(*step.ahead_of, *(each for each in new if each not in step.ahead_of)))
            if (new := ahead.get(step.definition or str(step.id)))
            else step
            for step in changed.steps
        )
        changes = tuple(self._change(units, each, facts) for each in loosening.loosened if each.count)
        return PassResult(replace(changed, steps=steps), changes, refusals)

    def _change(self, units: Units, each: Loosened, facts: Facts) -> Change:
        overtaken = list(dict.fromkeys(units.of[step] for step in each.ahead))
        names = " and ".join(f"`{units.names[place]}`" for place in overtaken[:3])
        earlier = each.count - len(overtaken[:3])
        more = f" and {earlier} more" if earlier else ""
        why = "they share no files, and neither changes anything else"
        if any(spill_of(cell, facts) for cell in units.cells[each.place]):
            why += "; none of them ever failed: if one does, what it wrote stays"
        return Change(
            made_by=self.name,
            steps=units.ids([each.place]),
            what=f"`{units.names[each.place]}` no longer waits for {names}{more}",
            why=why,
            evidence=_evidence(units, each, facts),
            edge=(units.cells[overtaken[-1]][0].id, units.cells[each.place][0].id),
        )

    def _ties(self, units: Units, bonds: list[Bond | None]) -> list[Refusal]:
        found = []
        for place, bond in enumerate(bonds):
            alone = not units.dag.before[place] and not units.dag.after[place]
            if bond is not None and not alone:
                name = units.names[place]
                found.append(
                    Refusal(
                        made_by=self.name,
                        steps=units.ids([place]),
                        what=f"`{name}` keeps its order to all other steps",
                        why=f"it {bond.why}",
                        hint=bond.hint,
                    )
                )
        return found

    def _held(self, units: Units, loosening: Loosening) -> list[Refusal]:
        return [
            Refusal(
                made_by=self.name,
                steps=units.ids([each.place]),
                what=f"`{units.names[each.place]}` keeps what it waits for",
                why=each.why,
                hint=each.hint,
            )
            for each in loosening.held
        ]

    def _tangled(self, workflow: Workflow) -> Refusal:
        why = "cells of different matrices wait for each other in both directions"
        steps = tuple(step.id for step in workflow.steps)
        return Refusal(made_by=self.name, steps=steps, what="no order was dropped", why=why)

    def _unwritable(self, workflow: Workflow, why: str) -> Refusal:
        steps = tuple(step.id for step in workflow.steps)
        return Refusal(made_by=self.name, steps=steps, what="no order was dropped", why=why)


def _bond(units: Units, place: int, facts: Facts) -> Bond | None:
    found = (order_bond_of(step, facts) for step in units.cells[place])
    return next((bond for bond in found if bond is not None), None)


def _seen(units: Units, facts: Facts) -> Seen:
    """Return what traces tell of the entries of a workflow."""
    if not facts.sightings:
        return NOTHING_SEEN
    steps = units.workflow.steps
    conflicts: dict[int, set[int]] = {}
    for step, bits in zip(steps, order_meetings_of(steps, facts), strict=True):
        others = {units.of[other.id] for place, other in enumerate(steps) if bits >> place & 1}
        conflicts.setdefault(units.of[step.id], set()).update(others - {units.of[step.id]})

    def spill(place: int, overtaken: Iterable[StepId]) -> Spill | None:
        found = (spill_of(cell, facts) for cell in units.cells[place])
        first = next((each for each in found if each is not None), None)
        if first is None:
            return None
        is_allowed = may_spill([units.step(each) for each in overtaken], facts, DropOrderOnlyNeeds.name)
        return None if is_allowed else first

    return Seen({place: sorted(others) for place, others in conflicts.items()}, spill)


def _evidence(units: Units, each: Loosened, facts: Facts) -> str:
    """Return what a change rests on: the weakest evidence for the steps that it is about."""
    steps = (*units.cells[each.place], *(units.step(other) for other in each.ahead))
    runs = [known for step in steps if (known := runs_behind(step, facts)) is not None]
    if not runs:
        return "declared"
    return f"observed in {min(runs)} run{'s' * (min(runs) != 1)}"
