"""A workflow by the entries of its file: the cells of a matrix are one unit, since they share their text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from wfopt.graph.order import Dag, dag_of, topological
from wfopt.model.relations import Relation, relate
from wfopt.model.workflow import Edge, EdgeKind, Origin, Step, StepId, Workflow


class Units:
    """The entries of a workflow and the graph between them.

    Attributes:
        workflow: the workflow.
        names: what the file calls each unit, in file order.
        cells: the steps of each unit.
        of: the unit of each step.
    """

    def __init__(self, workflow: Workflow) -> None:
        self.workflow = workflow
        places: dict[str, int] = {}
        self.names: list[str] = []
        self.cells: list[list[Step]] = []
        self.of: dict[StepId, int] = {}
        for step in workflow.steps:
            name = step.definition or str(step.id)
            if name not in places:
                places[name] = len(self.names)
                self.names.append(name)
                self.cells.append([])
            self.of[step.id] = places[name]
            self.cells[places[name]].append(step)
        self._steps = {step.id: step for step in workflow.steps}
        self.places: Mapping[str, int] = places

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def edges(self) -> Mapping[tuple[int, int], list[Edge]]:
        """The edges between two units, by their places."""
        found: dict[tuple[int, int], list[Edge]] = {}
        for edge in self.workflow.edges:
            pair = (self.of[edge.before], self.of[edge.after])
            found.setdefault(pair, []).append(edge)
        return found

    @cached_property
    def dag(self) -> Dag:
        """The graph between the units."""
        return dag_of(len(self), self.edges)

    @cached_property
    def order(self) -> list[int]:
        """The units, each behind all that it waits for; shorter than they are if they wait for each other.

        File order wherever that is such an order.
        """
        if all(before < after for before, after in self.edges):
            return list(range(len(self)))
        return topological(self.dag)

    @cached_property
    def ancestors(self) -> list[int]:
        """For each unit all that it waits for, directly or not, as bits by their places."""
        found = [0] * len(self)
        for place in self.order:
            bits = 0
            for before in self.dag.before[place]:
                bits |= found[before] | (1 << before)
            found[place] = bits
        return found

    @cached_property
    def ranks(self) -> Mapping[StepId, int]:
        """The place of each step in an order that lets every step come behind all that it waits for."""
        cells = (step for place in self.order for step in self.cells[place])
        return {step.id: rank for rank, step in enumerate(cells)}

    @cached_property
    def step_ancestors(self) -> list[int]:
        """For each step, by its rank, all that it waits for, directly or not, as bits by ranks."""
        before: list[list[int]] = [[] for _ in self.ranks]
        for edge in self.workflow.edges:
            before[self.ranks[edge.after]].append(self.ranks[edge.before])
        found: list[int] = []
        for ranks in before:
            bits = 0
            for rank in ranks:
                bits |= found[rank] | (1 << rank)
            found.append(bits)
        return found

    @cached_property
    def overtaken(self) -> set[StepId]:
        """The steps that others may overtake."""
        return {each for step in self.workflow.steps for each in step.ahead_of}

    def is_own(self, place: int) -> bool:
        """Return whether a unit stands in the workflow's own file, not in one that it includes."""
        span = self.cells[place][0].span
        return span is None or span.source is self.workflow.source

    def needs(self, place: int) -> tuple[StepId, ...] | None:
        """Return what the unit's `needs` names, all cells together, or None without the key."""
        if self.cells[place][0].needs is None:
            return None
        return tuple(dict.fromkeys(each for cell in self.cells[place] for each in cell.needs or ()))

    def feeds(self, before: int, after: int) -> bool:
        """Return whether a unit may use what another one makes, by an edge between them."""
        return any(
            edge.kind in (EdgeKind.DATA, EdgeKind.REF)
            or (Origin.FILES in edge.origin and self._writes_first(edge))
            for edge in self.edges[before, after]
        )

    def _writes_first(self, edge: Edge) -> bool:
        before, after = self.step(edge.before), self.step(edge.after)
        reads = after.inputs or ()
        return any(relate(output, reads) is not Relation.NONE for output in before.outputs or ())

    def step(self, name: StepId) -> Step:
        """Return the step with this id."""
        return self._steps[name]

    def ids(self, places: Sequence[int]) -> tuple[StepId, ...]:
        """Return the ids of all cells of some units."""
        return tuple(step.id for place in places for step in self.cells[place])
