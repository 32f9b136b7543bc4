"""Lets steps that often fail go first."""

from __future__ import annotations

from wfopt.dataclass import replace
from wfopt.model.workflow import Workflow
from wfopt.optimizer.base import Change, Facts, Level, PassResult
from wfopt.optimizer.units import Units

FEWEST_FAILURES = 2
"""So many failures must be known before one counts on more of them."""

_SPAN = 1000


class FailFastOrder:
    """Gives steps a `priority` by how likely they fail for each second that they take.

    A run that will fail should fail early: with no order between two steps, the one with the higher chance of
    failure a second goes first, which makes the expected time until the first failure least (Smith's rule).
    Runs that succeed give the same results. The priorities count for the strategy `priority`.

    Before:

        lint: { run: ./lint }        # fails 1 time in 4, takes 3 s
        build: { run: make }         # never fails, takes 80 s

    After:

        lint: { run: ./lint, priority: 1000 }

    Does not apply if no step has failed twice, nor to a workflow that sets a `priority` of its own.
    """

    name = "fail-fast-order"
    summary = "let steps that often fail go first"
    level = Level.OBSERVED

    def rewrite(self, workflow: Workflow, facts: Facts) -> PassResult:
        """Return the workflow with priorities."""
        if any(step.priority for step in workflow.steps):
            return PassResult(workflow)
        units = Units(workflow)
        rates: dict[int, float] = {}
        for place, cells in enumerate(units.cells):
            known = [facts.knowledge.of(step.id) for step in cells]
            walls = [each.wall.expected for each in known if each.wall is not None]
            failures = sum(each.failures for each in known)
            if failures >= FEWEST_FAILURES and len(walls) == len(cells) and units.is_own(place):
                chance = sum(each.failure_probability for each in known) / len(known)
                rates[place] = chance / max(sum(walls) / len(walls), 1e-3)
        if not rates or len(units) == 1:
            return PassResult(workflow)
        ranked = sorted(rates, key=lambda place: (-rates[place], place))
        chosen = {
            units.names[place]: max(1, round(_SPAN * (1 - rank / len(ranked))))
            for rank, place in enumerate(ranked)
        }
        steps = tuple(
            replace(step, priority=chosen.get(step.definition or str(step.id), 0)) for step in workflow.steps
        )
        changes = tuple(self._change(units, place, rates[place], facts) for place in ranked)
        return PassResult(replace(workflow, steps=steps), changes)

    def _change(self, units: Units, place: int, rate: float, facts: Facts) -> Change:
        known = [facts.knowledge.of(step.id) for step in units.cells[place]]
        failures, attempts = sum(each.failures for each in known), sum(each.attempts for each in known)
        return Change(
            made_by=self.name,
            steps=units.ids([place]),
            what=f"`{units.names[place]}` goes before what it could wait for",
            why=f"it failed {failures} of {attempts} times, {rate:.2g} times a second",
            evidence=f"observed in {attempts} attempts",
        )
