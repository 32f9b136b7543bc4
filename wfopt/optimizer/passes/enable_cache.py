"""Caches steps that only fetch."""

from __future__ import annotations

from wfopt.dataclass import replace
from wfopt.model.workflow import Opaque, Step, Workflow
from wfopt.optimizer.base import Change, Facts, Level, PassResult, Refusal
from wfopt.optimizer.units import Units

HARMLESS = frozenset({"network", "time", "random"})
"""Effects that `cache: true` may override: they change what a step finds, not anything outside."""


class EnableCache:
    """Caches a step whose only effects are that it fetches something, or looks at the clock or at chance.

    Its result is then as old as its inputs are: a step that installs from a lock file need not do so again.
    That the outside makes no other difference is an assumption, so it has to be allowed by name.

    Before:

        deps:
          run: pip install -r requirements.txt --target .deps
          inputs: [requirements.txt]
          outputs: [.deps/]
          effects: [network]

    After:

          cache: true

    Does not apply to steps that do not declare inputs and outputs, that publish, deploy, serve or have
    effects of their own names, nor to those that say themselves whether they are cached.
    """

    name = "enable-cache"
    summary = "cache steps that fetch what their inputs name"
    level = Level.ASSUMED

    def rewrite(self, workflow: Workflow, facts: Facts) -> PassResult:
        """Return the workflow with the cache on for such steps, if that was allowed."""
        units = Units(workflow)
        places = [
            place for place, cells in enumerate(units.cells) if all(map(_fits, cells)) and units.is_own(place)
        ]
        if not places:
            return PassResult(workflow)
        if self.name not in facts.consents:
            return PassResult(workflow, refusals=tuple(self._refusal(units, place) for place in places))
        chosen = {units.names[place] for place in places}
        steps = tuple(
            replace(step, cache=replace(step.cache, enabled=True))
            if (step.definition or str(step.id)) in chosen
            else step
            for step in workflow.steps
        )
        changes = tuple(self._change(units, place, facts) for place in places)
        return PassResult(replace(workflow, steps=steps), changes)

    def _change(self, units: Units, place: int, facts: Facts) -> Change:
        effects = ", ".join(sorted(units.cells[place][0].effects or ()))
        return Change(
            made_by=self.name,
            steps=units.ids([place]),
            what=f"`{units.names[place]}` is cached",
            why=f"its inputs decide what it makes, in spite of its effects: {effects}",
            evidence="assumed, as allowed",
            work=sum(facts.weight(step.id) for step in units.cells[place]),
        )

    def _refusal(self, units: Units, place: int) -> Refusal:
        return Refusal(
            made_by=self.name,
            steps=units.ids([place]),
            what=f"`{units.names[place]}` is not cached",
            why="that only its inputs decide what it makes is an assumption",
            hint=f"allow it with `--level assumed --assume {self.name}`",
        )


def _fits(step: Step) -> bool:
    declared = bool(step.inputs) and bool(step.outputs) and bool(step.effects)
    known = step.effects is not None and step.effects <= HARMLESS
    return declared and known and step.cache.enabled is None and not isinstance(step.run, Opaque)
