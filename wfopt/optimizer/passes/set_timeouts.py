"""Ends steps that hang."""

from __future__ import annotations

import math

from wfopt.dataclass import replace
from wfopt.model.workflow import Workflow
from wfopt.optimizer.base import Change, Facts, Level, PassResult
from wfopt.optimizer.units import Units

FEWEST_ATTEMPTS = 5
"""So often must a step have run before its times say anything about the next one."""

_FACTOR, _SHORTEST_S = 3, 300


class SetTimeouts:
    """Gives a step a `timeout` of three times the longest that it ever took, of five minutes at least.

    A step that hangs then ends its run instead of blocking it. A step that is merely slow is not near that.

    Before:

        test: { run: pytest }        # 12 runs, 4 min at most

    After:

        test: { run: pytest, timeout: 12m }

    Does not apply to steps with a timeout, to services and interactive steps, nor to those with fewer than
    five attempts in the history.
    """

    name = "set-timeouts"
    summary = "end steps that hang, by how long they took so far"
    level = Level.OBSERVED

    def rewrite(self, workflow: Workflow, facts: Facts) -> PassResult:
        """Return the workflow with a timeout for each step of which enough is known."""
        units = Units(workflow)
        chosen: dict[str, float] = {}
        changes = []
        for place, cells in enumerate(units.cells):
            known = [facts.knowledge.of(step.id) for step in cells]
            slowest = max((each.slowest_s or 0.0 for each in known), default=0.0)
            attempts = min(each.attempts for each in known)
            tied = any(step.interactive or "service" in (step.effects or ()) for step in cells)
            if tied or cells[0].timeout_s is not None or not slowest or attempts < FEWEST_ATTEMPTS:
                continue
            if not units.is_own(place):
                continue
            seconds = 60.0 * math.ceil(max(_SHORTEST_S, _FACTOR * slowest) / 60)
            chosen[units.names[place]] = seconds
            changes.append(
                Change(
                    made_by=self.name,
                    steps=units.ids([place]),
                    what=f"`{units.names[place]}` may take {seconds / 60:g} minutes",
                    why=f"it never took more than {slowest:.3g} s",
                    evidence=f"observed in {attempts} attempts",
                )
            )
        if not chosen:
            return PassResult(workflow)
        steps = tuple(
            replace(step, timeout_s=chosen[step.definition or str(step.id)])
            if (step.definition or str(step.id)) in chosen
            else step
            for step in workflow.steps
        )
        return PassResult(replace(workflow, steps=steps), tuple(changes))
