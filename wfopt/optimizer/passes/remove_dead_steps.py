"""Removes steps whose results nobody wants."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wfopt.model.workflow import Origin, Script, Step, StepId, Workflow
from wfopt.optimizer.base import Change, Facts, Level, PassResult, Refusal
from wfopt.optimizer.freedom import bond_of, reads_anything
from wfopt.optimizer.relinking import without
from wfopt.optimizer.skipping import skip_flags
from wfopt.optimizer.units import Units

_JUDGING = re.compile(
    r"\b(?:py|g|c|x)?tests?\b|\btox\b|\bnox\b|lint|\bcheck\b|verify|validate|assert|\bmypy\b|\bruff\b|\btsc\b|audit"
)
"""Words of commands whose exit status is what people run them for."""

_JUDGES = "its exit status may be what it is run for"


class RemoveDeadSteps:
    """Removes a step that makes only what nobody wants.

    What is wanted are the `targets` of the file, or `--targets`. A step is dead if it is closed, has no
    effects, writes something, and nothing wanted reads that, directly or not. Whoever only waited for it
    waits for what it waited for.

    Before:

        targets: [app]
        steps:
          docs: { run: make docs, inputs: [doc/], outputs: [html/], effects: [] }
          app: { run: make, inputs: [src/], outputs: [app.bin], effects: [] }

    After:

        targets: [app]
        steps:
          app: { run: make, inputs: [src/], outputs: [app.bin], effects: [] }

    Does not apply to tests, linters and other steps that write nothing or whose exit status is their product,
    to steps that are not closed or have effects, nor where nothing says what is wanted, or where hooks run,
    which may read anything. A step that may run before one that does not declare what it reads stays as well.
    """

    name = "remove-dead-steps"
    summary = "remove steps whose results nobody wants"
    level = Level.DECLARED

    def rewrite(self, workflow: Workflow, facts: Facts) -> PassResult:
        """Return the workflow without dead steps."""
        units = Units(workflow)
        wanted = facts.wanted if facts.wanted is not None else workflow.targets
        # Hooks declare nothing: they may read whatever is there.
        if workflow.hooks or len(units.order) < len(units):
            return PassResult(workflow)
        if not wanted:
            return PassResult(workflow, refusals=tuple(self._candidates(units, facts)))
        refusals = list[Refusal]()
        dead = self._dead(units, {units.of[each] for each in wanted if each in units.of}, facts, refusals)
        if not dead:
            return PassResult(workflow, refusals=tuple(refusals))
        changes = tuple(
            Change(
                made_by=self.name,
                steps=units.ids([place]),
                what=f"`{units.names[place]}` is left out",
                why="it only writes files that nothing wanted reads",
                work=sum(facts.weight(step.id) for step in units.cells[place]),
            )
            for place in sorted(dead)
        )
        gone: dict[StepId, StepId | None] = dict.fromkeys(units.ids(sorted(dead)))
        return PassResult(without(units, gone), changes, tuple(refusals), gone)

    def _dead(self, units: Units, wanted: set[int], facts: Facts, refusals: list[Refusal]) -> set[int]:
        stays = {place for place in range(len(units)) if _stays(units, place, facts)}
        alive = wanted | stays
        alive |= _seen_by_others(units, alive, facts)
        new, skips = set(alive), skip_flags(units)
        while new:
            todo = list(new)
            while todo:
                place = todo.pop()
                for before in units.dag.before[place]:
                    if before not in alive and units.feeds(before, place):
                        alive.add(before)
                        todo.append(before)
            dead = set(range(len(units))) - alive
            new = {place for place in dead if _bends_order(units, place, alive, skips)}
            alive |= new
        refusals.extend(
            Refusal(
                made_by=self.name,
                steps=units.ids([place]),
                what=f"`{units.names[place]}` stays, though nothing wanted reads what it writes",
                why=_JUDGES,
            )
            for place in sorted(alive - wanted)
            if _stays(units, place, facts) == _JUDGES
        )
        return set(range(len(units))) - alive

    def _candidates(self, units: Units, facts: Facts) -> Iterator[Refusal]:
        """Yield the steps that would be dead if something else were wanted."""
        ends = [place for place in range(len(units)) if not _is_read(units, place)]
        for place in ends:
            if len(ends) > 1 and not _stays(units, place, facts):
                yield Refusal(
                    made_by=self.name,
                    steps=units.ids([place]),
                    what=f"`{units.names[place]}` stays, though nothing reads what it writes",
                    why="nothing says what is wanted",
                    hint="name what is wanted in `targets`, or with `--targets`",
                )


def _stays(units: Units, place: int, facts: Facts) -> str:
    """Return why a unit is not dead whatever is wanted, or ""."""
    for step in units.cells[place]:
        bond = bond_of(step, facts.undeclared)
        if bond is not None:
            return bond.why
        if not any(not output.negated for output in step.outputs or ()):
            return "it writes nothing"
    if not units.is_own(place):
        return "it stands in a file that is included"
    if units.overtaken & set(units.ids([place])):
        return "others may overtake it"
    return _JUDGES if _judges(units, place) else ""


def _seen_by_others(units: Units, alive: set[int], facts: Facts) -> set[int]:
    """Return the units whose files others may read of which nobody knows what they read.

    Only what surely runs later is hidden from them, cell by cell.
    """
    unknown = {
        place: _bits(units, place)
        for place in alive
        if any(reads_anything(cell, facts.undeclared) for cell in units.cells[place])
    }
    readers = sum(unknown.values())
    return {
        place
        for place, cells in enumerate(units.cells)
        if any(
            readers & ~units.step_ancestors[units.ranks[cell.id]] & ~unknown.get(place, 0) for cell in cells
        )
    }


def _bits(units: Units, place: int) -> int:
    return sum(1 << units.ranks[cell.id] for cell in units.cells[place])


def _bends_order(units: Units, place: int, alive: set[int], skips: list[bool]) -> bool:
    """Return whether what waits for a unit cannot wait for what that waits for, or would be skipped then."""
    if not units.dag.after[place] or not units.dag.before[place]:
        return False
    own = set(units.ids([place]))
    for after in alive.intersection(units.dag.after[place]):
        named = units.needs(after)
        if not (units.workflow.listed and units.is_own(after)) if named is None else own.isdisjoint(named):
            return True
    return any(
        skips[before] or any(edge.origin is Origin.FILES for edge in units.edges[before, place])
        for before in units.dag.before[place]
    )


def _judges(units: Units, place: int) -> bool:
    return any(_JUDGING.search(_words(step)) for step in units.cells[place])


def _words(step: Step) -> str:
    texts = (step.run.text,) if isinstance(step.run, Script) else getattr(step.run, "args", ())
    script = " ".join(part for text in texts for part in text.parts if isinstance(part, str))
    return f"{step.id} {script}".lower()


def _is_read(units: Units, place: int) -> bool:
    return any(units.feeds(place, after) for after in units.dag.after[place])
