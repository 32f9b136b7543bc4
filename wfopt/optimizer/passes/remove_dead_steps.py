"""Removes steps whose results nobody wants."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wfopt.dataclass import replace
from wfopt.model.workflow import EdgeKind, Script, Step, StepId, Workflow
from wfopt.optimizer.base import Change, Facts, Level, PassResult, Refusal
from wfopt.optimizer.freedom import bond_of
from wfopt.optimizer.relinking import relinked
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
    to steps that are not closed or have effects, nor where nothing says what is wanted.
    """

    name = "remove-dead-steps"
    summary = "remove steps whose results nobody wants"
    level = Level.DECLARED

    def rewrite(self, workflow: Workflow, facts: Facts) -> PassResult:
        """Return the workflow without dead steps."""
        units = Units(workflow)
        wanted = facts.wanted if facts.wanted is not None else workflow.targets
        if len(units.order) < len(units):
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
        return PassResult(_without(units, dead), changes, tuple(refusals), gone)

    def _dead(self, units: Units, wanted: set[int], facts: Facts, refusals: list[Refusal]) -> set[int]:
        alive = set(wanted)
        for place in range(len(units)):
            if place in alive:
                continue
            why = _stays(units, place, facts)
            if why:
                alive.add(place)
        todo = list(alive)
        while todo:
            place = todo.pop()
            for before in units.dag.before[place]:
                feeds = any(edge.kind in (EdgeKind.DATA, EdgeKind.REF) for edge in units.edges[before, place])
                if feeds and before not in alive:
                    alive.add(before)
                    todo.append(before)
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
        ends = [place for place in range(len(units)) if not _readers(units, place)]
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
        mentioned = f"needs.{step.definition or step.id}"
        if any(mentioned in hook.references for hook in units.workflow.hooks):
            return "a hook asks for it"
    if not units.is_own(place):
        return "it stands in a file that is included"
    if any(set(step.ahead_of) & set(units.ids([place])) for step in units.workflow.steps):
        return "others may overtake it"
    return _JUDGES if _judges(units, place) else ""


def _judges(units: Units, place: int) -> bool:
    return any(_JUDGING.search(_words(step)) for step in units.cells[place])


def _words(step: Step) -> str:
    texts = (step.run.text,) if isinstance(step.run, Script) else getattr(step.run, "args", ())
    script = " ".join(part for text in texts for part in text.parts if isinstance(part, str))
    return f"{step.id} {script}".lower()


def _readers(units: Units, place: int) -> list[int]:
    return [
        after
        for after in units.dag.after[place]
        if any(edge.kind in (EdgeKind.DATA, EdgeKind.REF) for edge in units.edges[place, after])
    ]


def _without(units: Units, dead: set[int]) -> Workflow:
    """Return the workflow without some units; who waited for them waits for what they waited for."""
    workflow, gone = units.workflow, set(units.ids(sorted(dead)))
    bridged: dict[int, set[int]] = {}
    for place in units.order:
        found = set[int]()
        for before in units.dag.before[place]:
            found |= bridged[before] if before in dead else {before}
        bridged[place] = found
    needs: dict[str, tuple[StepId, ...] | None] = {}
    for place in range(len(units)):
        named = units.needs(place)
        if place in dead or named is None or not gone & set(named):
            continue
        added = units.ids(sorted(bridged[place] - set(units.dag.before[place])))
        needs[units.names[place]] = tuple(
            dict.fromkeys((*(each for each in named if each not in gone), *added))
        )
    steps = tuple(step for step in workflow.steps if step.id not in gone)
    edges = tuple(edge for edge in workflow.edges if edge.before not in gone and edge.after not in gone)
    return relinked(replace(workflow, steps=steps, edges=edges), needs)
