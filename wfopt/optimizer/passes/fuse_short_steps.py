"""Lets short steps of a chain start one right after another."""

from __future__ import annotations

from collections.abc import Iterator

from wfopt.dataclass import dataclass, replace
from wfopt.model.following import HAND_OVER_S, why_not_right_after
from wfopt.model.workflow import Step, StepId, Workflow
from wfopt.optimizer.base import Change, Facts, Level, PassResult, Refusal
from wfopt.optimizer.units import Units

_WORTH = 0.05
"""The share of a step's time that it must save; below that nobody would notice."""

LONGEST_S = HAND_OVER_S / _WORTH
"""A step that takes longer is not short."""

FEWEST_SAMPLES = 3
"""So often must a step have run before its times say anything about the next one."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """A step, by its unit, and the one that it waits for."""

    first: int
    then: int


class FuseShortSteps:
    """Lets a short step start in the place of the short step before it, without its turn among all others.

    Between two steps of a chain wfopt hears of the end of the first, thinks about what starts next, and has
    it started. For steps of a few milliseconds that is a good part of their time. `right-after` allows the
    process that starts the steps to go on by itself when the first one has ended with status 0 and has left
    nothing behind. Each step keeps its own process, log, status, timeout and history; whenever something else
    happens, and when the run is to stop, the next step waits for its turn as usual.

    Before:

        one: { run: ./tick }                                # takes 3 ms
        two: { run: ./tock, needs: one }                    # takes 3 ms

    After:

        two: { run: ./tock, needs: one, right-after: one }

    Does not apply to steps that usually take longer than 6 ms, that ran fewer than three times, or that wait
    for more than one step; nor where something is to be looked at in between: outputs, results that may be
    cached, conditions, values, retries, limits, secrets, matrices, steps that may overtake others. At most
    one step starts right after another, the first one in the file.
    """

    name = "fuse-short-steps"
    summary = "start short steps of a chain one right after another"
    level = Level.OBSERVED

    def rewrite(self, workflow: Workflow, facts: Facts) -> PassResult:
        """Return the workflow with `right-after` for each short step that may start like that."""
        units = Units(workflow)
        chosen: dict[StepId, StepId] = {}
        taken = {step.right_after for step in workflow.steps}
        changes, refusals = list[Change](), list[Refusal]()
        for pair in _short_pairs(units, facts):
            first, then = units.cells[pair.first][0], units.cells[pair.then][0]
            why = _why_not(units, pair, taken)
            if why:
                refusals.append(self._refusal(units, pair, why))
                continue
            chosen[then.id] = first.id
            taken.add(first.id)
            changes.append(self._change(units, pair, facts))
        if not chosen:
            return PassResult(workflow, refusals=tuple(refusals))
        steps = tuple(
            replace(step, right_after=chosen[step.id]) if step.id in chosen else step
            for step in workflow.steps
        )
        return PassResult(replace(workflow, steps=steps), tuple(changes), tuple(refusals))

    def _change(self, units: Units, pair: _Pair, facts: Facts) -> Change:
        first, then = units.names[pair.first], units.names[pair.then]
        seconds = _usual_s(units.cells[pair.then][0], facts) or 0.0
        return Change(
            made_by=self.name,
            steps=units.ids([pair.first, pair.then]),
            what=f"`{then}` starts right after `{first}`",
            why=f"a turn of {1000 * HAND_OVER_S:g} ms is much for its {1000 * seconds:.2g} ms, "
            "and nothing is to be looked at in between",
            evidence=f"observed in {facts.knowledge.of(units.cells[pair.then][0].id).attempts} attempts",
            work=HAND_OVER_S,
        )

    def _refusal(self, units: Units, pair: _Pair, why: str) -> Refusal:
        return Refusal(
            made_by=self.name,
            steps=units.ids([pair.first, pair.then]),
            what=f"`{units.names[pair.then]}` does not start right after `{units.names[pair.first]}`",
            why=why,
        )


def _short_pairs(units: Units, facts: Facts) -> Iterator[_Pair]:
    """Yield each short step that waits for a short one and nothing else, and does not start like that yet."""
    is_short = [all(_is_short(cell, facts) for cell in cells) for cells in units.cells]
    for place, before in enumerate(units.dag.before):
        if len(before) != 1 or not is_short[place] or not is_short[before[0]]:
            continue
        if units.cells[place][0].right_after is None and units.is_own(place):
            yield _Pair(before[0], place)


def _is_short(step: Step, facts: Facts) -> bool:
    seconds = _usual_s(step, facts)
    return seconds is not None and seconds <= LONGEST_S


def _usual_s(step: Step, facts: Facts) -> float | None:
    """Return how long a step usually takes, or None if too little is known."""
    known = facts.knowledge.of(step.id)
    return None if known.wall is None or known.attempts < FEWEST_SAMPLES else known.wall.expected


def _why_not(units: Units, pair: _Pair, taken: set[StepId | None]) -> str:
    """Return what stands against a pair, or ""."""
    first, then = units.cells[pair.first][0], units.cells[pair.then][0]
    for step in (first, then):
        if _may_be_cached(step):
            return f"the result of `{step.id}` may be cached"
    if units.overtaken:
        return "steps of the workflow may overtake others"
    if units.workflow.secrets:
        return "the workflow has secrets"
    why = why_not_right_after(first, then)
    if not why and first.id in taken:
        return f"another step starts right after `{first.id}`"
    return why


def _may_be_cached(step: Step) -> bool:
    is_declared = step.inputs is not None and step.outputs is not None
    return is_declared and step.cache.enabled is not False and bool(step.cache.enabled or not step.effects)
