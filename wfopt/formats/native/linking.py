"""Joins the steps of a workflow: `needs`, references, the order of a list, inputs and outputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from wfopt.codes import CYCLE, MATRIX_TOO_LARGE, OUTPUT_CONFLICT, SELF_NEED, UNKNOWN_STEP
from wfopt.errors import Label
from wfopt.formats.native.context import Contexts, Definition, bound_text
from wfopt.formats.native.edges import Conflict, Data, EdgeSet, TooManyEdgesError, add_list_order
from wfopt.formats.native.selectors import Directory
from wfopt.formats.positions import Node, SequenceNode
from wfopt.formats.problems import Problems, did_you_mean
from wfopt.graph.order import dag_of, find_cycle
from wfopt.model.expressions import Template
from wfopt.model.workflow import EdgeKind, Step
from wfopt.source import Span, closest_match


class Linker:
    """Finds the edges of a workflow.

    Attributes:
        edges: what was found so far.
    """

    def __init__(
        self,
        definitions: Sequence[Definition],
        directory: Directory,
        contexts: Contexts,
        problems: Problems,
        *,
        listed: bool,
    ) -> None:
        self.edges = EdgeSet()
        self._definitions = {definition.id: definition for definition in definitions}
        self._directory = directory
        self._steps = directory.steps
        self._contexts = contexts
        self._problems = problems
        self._listed = listed
        self._needs: dict[int, list[int]] = {}

    def link(self) -> None:
        """Find all edges; what is wrong goes to the problems."""
        try:
            for place, step in enumerate(self._steps):
                self._add_needs(place, step)
                self._add_references(place, step)
            if self._listed:
                add_list_order(
                    (
                        (self._directory.by_definition[each.id], "needs" in each.record.nodes)
                        for each in self._definitions.values()
                    ),
                    self.edges,
                )
            positions = [self._definitions[step.definition].position for step in self._steps]
            data = Data(self._steps, listed=self._listed, positions=positions)
            for conflict in data.conflicts():
                self._refuse_conflict(conflict)
            data.link(self.edges)
        except TooManyEdgesError:
            first = next(iter(self._definitions.values()))
            message = "the steps depend on each other in too many ways"
            self._problems.error(
                MATRIX_TOO_LARGE,
                message,
                first.span,
                hints=("name fewer cells in `needs`, or write narrower patterns in `inputs`",),
            )
        else:
            self._refuse_cycle()

    def with_needs(self) -> list[Step]:
        """Return the steps, those with `needs` knowing what it names."""
        steps = list(self._steps)
        for place, before in self._needs.items():
            steps[place] = replace(steps[place], needs=tuple(steps[each].id for each in before))
        return steps

    def _add_needs(self, place: int, step: Step) -> None:
        record = self._definitions[step.definition].record
        node, read = record.nodes.get("needs"), record.get("needs")
        if node is None or read is None:
            return
        templates: list[Template] = read if isinstance(read, list) else [read]
        nodes: list[Node] = node.items if isinstance(node, SequenceNode) else [node]
        contexts = self._contexts
        if step.cell:
            cell = dict(step.cell)
            contexts = {**contexts, "matrix": cell, "item": cell.get("item")}
        named: dict[int, None] = {}
        for template, at in zip(templates, nodes, strict=False):
            where = f"`needs` of `{step.definition}`"
            selector = bound_text(template, at, contexts, where, self._problems)
            if selector is not None:
                named.update(dict.fromkeys(self._named(selector, step, at)))
        self._needs[place] = list(named)
        for before in named:
            self.edges.add(before, place, EdgeKind.ORDER)

    def _named(self, selector: str, step: Step, at: Node) -> list[int]:
        """Return the steps that an entry of `needs` names; a glob never names the step itself."""
        found = self._directory.select(selector)
        others = [each for each in found if self._steps[each].definition != step.definition]
        if not found:
            near = closest_match(selector, self._directory.by_definition)
            self._problems.error(
                UNKNOWN_STEP,
                f"step `{step.definition}` needs `{selector}`, which does not exist",
                at,
                "no step has this id",
                hints=(did_you_mean(near),),
                related=(Label(self._definitions[near].span, f"`{near}` is defined here"),) if near else (),
            )
        elif not others and "*" not in selector:
            message = f"step `{step.definition}` needs itself"
            self._problems.error(SELF_NEED, message, at, hints=("drop it",))
        return others

    def _add_references(self, place: int, step: Step) -> None:
        """Add an edge for each step that an expression mentions."""
        for mention in sorted(step.references):
            if not mention.startswith("needs."):
                continue
            name = mention.removeprefix("needs.")
            found = self._directory.select(name)
            if not found:
                near = closest_match(name, self._directory.by_definition)
                message = f"an expression of `{step.definition}` mentions step `{name}`, which does not exist"
                self._problems.error(UNKNOWN_STEP, message, self._span(place), hints=(did_you_mean(near),))
            for before in found:
                if before != place:
                    self.edges.add(before, place, EdgeKind.REF)

    def _refuse_conflict(self, conflict: Conflict) -> None:
        first, second = self._steps[conflict.first], self._steps[conflict.second]
        there, here = conflict.first_output.span, conflict.second_output.span
        self._problems.error(
            OUTPUT_CONFLICT,
            f"`{first.id}` and `{second.id}` both write `{conflict.second_output.text}`",
            here or self._span(conflict.second),
            related=(Label(there, "and here"),) if there else (),
            hints=("let one step write it, or give each its own path",),
        )

    def _refuse_cycle(self) -> None:
        cycle = find_cycle(dag_of(len(self._steps), self.edges.kinds))
        if not cycle:
            return
        ids = [self._steps[place].id for place in (*cycle, cycle[0])]
        shown = ids if len(ids) <= 12 else [*ids[:6], "...", *ids[-5:]]
        self._problems.error(
            CYCLE,
            f"{len(cycle)} steps wait for each other: {' -> '.join(shown)}",
            self._span(cycle[0]),
            "the circle starts here",
            hints=("`a -> b` means that `b` needs `a`, or reads what `a` writes",),
            related=tuple(
                Label(self._span(place), f"`{self._steps[place].id}` is part of it") for place in cycle[1:5]
            ),
        )

    def _span(self, place: int) -> Span:
        return self._definitions[self._steps[place].definition].span
