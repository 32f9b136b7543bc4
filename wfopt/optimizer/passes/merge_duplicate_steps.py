"""Merges steps that do the same."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from wfopt.graph.order import dag_of, topological
from wfopt.model.workflow import EdgeKind, Origin, Step, StepId, Workflow
from wfopt.optimizer.base import Change, Facts, Level, PassResult, Refusal
from wfopt.optimizer.freedom import bond_of
from wfopt.optimizer.meetings import OutputIndex
from wfopt.optimizer.relinking import without
from wfopt.optimizer.skipping import failure_bits, skip_flags
from wfopt.optimizer.units import Units

_SAME = (
    "run",
    "cwd",
    "env",
    "inputs",
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

    Does not apply to cells of a matrix, to steps that write files, to targets, to steps whose status or
    values an expression uses, nor if a step in between may write what they read, or keeps its order to all
    others, nor if the first one may be skipped where the second one runs.
    """

    name = "merge-duplicate-steps"
    summary = "run a step once that the file has twice"
    level = Level.DECLARED

    def rewrite(self, workflow: Workflow, facts: Facts) -> PassResult:
        """Return the workflow in which all steps that are the same are one."""
        units = Units(workflow)
        groups = _alike(units, facts)
        if not groups or len(units.order) < len(units):
            return PassResult(workflow)
        between = _Between(units, facts)
        merged, refusals = dict[int, int](), list[Refusal]()
        for group in groups:
            self._merge(between, group, merged, refusals)
        if not merged:
            return PassResult(workflow, refusals=tuple(refusals))
        pairs = [(units.cells[first][0].id, units.cells[second][0].id) for second, first in merged.items()]
        changes = tuple(
            Change(
                made_by=self.name,
                steps=(first, second),
                what=f"`{second}` is done by `{first}`",
                why="they run the same on the same files, and neither changes anything else",
                work=facts.weight(second),
            )
            for first, second in pairs
        )
        gone: dict[StepId, StepId | None] = {second: first for first, second in pairs}
        return PassResult(without(units, gone), changes, tuple(refusals), gone)

    def _merge(
        self, between: _Between, group: list[int], merged: dict[int, int], refusals: list[Refusal]
    ) -> None:
        """Note for each unit of some that are the same the first one that can stand for it."""
        units, kept = between.units, group[:1]
        touching = between.touching(units.cells[group[0]][0])
        for second in group[1:]:
            against = _against(units, second, between.overtaking)
            tried = {each: against or between.why(each, second, touching) for each in kept}
            first = next((each for each, why in tried.items() if not why), None)
            if first is not None:
                merged[second] = first
                continue
            refusals.append(self._refusal(units, group[0], second, tried[group[0]]))
            kept.append(second)

    def _refusal(self, units: Units, first: int, second: int, why: str) -> Refusal:
        names = units.names[first], units.names[second]
        return Refusal(
            made_by=self.name,
            steps=units.ids([first, second]),
            what=f"`{names[0]}` and `{names[1]}` stay two, though they do the same",
            why=why,
        )


def _alike(units: Units, facts: Facts) -> list[list[int]]:
    """Return the units that do the same, wherever there are several; each of one step that writes nothing."""
    found: dict[object, list[list[int]]] = {}
    for place, cells in enumerate(units.cells):
        step = cells[0]
        if len(cells) > 1 or step.cell or step.outputs or bond_of(step, facts.undeclared) is not None:
            continue
        near = found.setdefault((repr(step.run), step.inputs, step.cwd), [])
        group = next((group for group in near if _agree(units.cells[group[0]][0], step)), None)
        if group is None:
            near.append([place])
        else:
            group.append(place)
    return [group for near in found.values() for group in near if len(group) > 1]


def _agree(one: Step, other: Step) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in _SAME)


def _against(units: Units, second: int, overtaking: AbstractSet[StepId]) -> str:
    """Return what stands against leaving a unit out, or ""."""
    step = units.cells[second][0]
    if not units.is_own(second):
        return "the second one stands in a file that is included"
    if step.id in units.workflow.targets:
        return "the second one is a target"
    if step.id in overtaking:
        return "the second one takes part in overtaking"
    for after in units.dag.after[second]:
        if any(edge.kind is EdgeKind.REF for edge in units.edges[second, after]):
            return f"`{units.names[after]}` uses the status or values of the second one"
    return ""


class _Between:
    """Tells what lies between two units.

    Attributes:
        units: the units.
        overtaking: the steps that overtake others, or are overtaken.
    """

    def __init__(self, units: Units, facts: Facts) -> None:
        self.units = units
        steps = self._steps = units.workflow.steps
        self.overtaking = {each for step in steps if step.ahead_of for each in (step.id, *step.ahead_of)}
        self._rank = {step.id: rank for rank, step in enumerate(steps)}
        self._outputs = OutputIndex(steps)
        pairs = [(self._rank[edge.before], self._rank[edge.after]) for edge in units.workflow.edges]
        dag = dag_of(len(steps), pairs)
        order = topological(dag)
        self._before = _reach(order, dag.before)
        self._after = _reach(order[::-1], dag.after)
        self._skipping = failure_bits(units)
        self._skips = skip_flags(units)
        self._anything, self._tied = 0, 0
        for rank, step in enumerate(steps):
            self._anything |= (step.outputs is None) << rank
            self._tied |= (bond_of(step, facts.undeclared) is not None) << rank

    def touching(self, step: Step) -> int:
        """Return the steps that may write what a step reads, as bits by their places."""
        if not step.inputs:
            return 0
        return self._anything | sum(1 << place for place in self._outputs.meeting(step.inputs))

    def why(self, first: int, second: int, touching: int) -> str:
        """Return what stands against making two units one, or ""; `touching` write what they read."""
        units = self.units
        one, other = (self._rank[units.cells[place][0].id] for place in (first, second))
        if self._before[one] >> other & 1:
            return "the first one waits for the second"
        around = (self._before[one] & self._before[other]) | (self._after[one] & self._after[other])
        if changing := touching & ~around & ~(1 << one | 1 << other):
            return f"`{self._name(changing)}` may change what they read in between"
        if tied := self._tied & self._before[other] & ~self._before[one]:
            return f"`{self._name(tied)}` keeps its order to the second one"
        # What is undone counts as skipped, too.
        is_undone = units.cells[first][0].id in self.overtaking
        if units.ancestors[first] & ~self._skipping[second] or self._skips[first] or is_undone:
            return "the first one may be skipped where the second one runs"
        for each in units.dag.before[second]:
            if self._skips[each] or any(edge.origin is Origin.FILES for edge in units.edges[each, second]):
                return f"others would be skipped along with `{units.names[each]}`"
        return ""

    def _name(self, bits: int) -> str:
        step = self._steps[(bits & -bits).bit_length() - 1]
        return step.definition or step.id


def _reach(order: Sequence[int], near: Sequence[Sequence[int]]) -> list[int]:
    """Return, for each step, all that can be reached from it, as bits; `order` has them behind those."""
    found = [0] * len(near)
    for node in order:
        for each in near[node]:
            found[node] |= found[each] | (1 << each)
    return found
