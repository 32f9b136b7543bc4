"""Joins the steps of a workflow: `needs`, references, the order of a list, inputs and outputs."""

from __future__ import annotations

from collections.abc import Sequence

from wfopt.codes import (
    CYCLE,
    MATRIX_TOO_LARGE,
    OUTPUT_CONFLICT,
    SELF_NEED,
    UNKNOWN_STEP,
    WRONG_TYPE,
)
from wfopt.dataclass import replace
from wfopt.errors import Label
from wfopt.formats.native.context import Binder
from wfopt.formats.native.edges import Conflict, Data, EdgeSet, add_list_order, folded
from wfopt.formats.native.expansion import Slot
from wfopt.formats.native.naming import StepNames
from wfopt.formats.native.scope import Scope
from wfopt.formats.positions import Node, SequenceNode
from wfopt.formats.problems import Problems
from wfopt.graph.order import dag_of, find_cycle
from wfopt.model.expressions import Template
from wfopt.model.workflow import EdgeKind, Step
from wfopt.source import Span

_VERBS = {"needs": "needs", "ahead-of": "is ahead of", "right-after": "is right after"}


class Linker:
    """Finds the edges of a workflow.

    Attributes:
        edges: what was found so far.
    """

    def __init__(
        self,
        scopes: Sequence[Scope],
        names: Sequence[StepNames],
        slots: Sequence[Slot],
        problems: Problems,
    ) -> None:
        """Join the steps of `slots`; `names` are those of the `scopes`."""
        self.edges = EdgeSet()
        self._scopes = scopes
        self._names = names
        self._slots = slots
        self._directory = names[0].directory
        self._problems = problems
        self._needs: dict[int, list[int]] = {}
        self._ahead: dict[int, list[int]] = {}
        self._right_after: dict[int, int] = {}

    def add_needs(self) -> None:
        """Find the edges of `needs`, and what `ahead-of` and `right-after` name.

        Raises:
            TooManyEdgesError: there are too many.
        """
        for place, slot in enumerate(self._slots):
            values = slot.declared.record.values
            if "ahead-of" in values:
                self._ahead[place] = self._all_named("ahead-of", slot)
            if "right-after" in values:
                self._find_leader(place, slot)
            if "needs" in values:
                self._needs[place] = self._all_named("needs", slot)
                for before in self._needs[place]:
                    self.edges.add(before, place, EdgeKind.ORDER)

    def _find_leader(self, place: int, slot: Slot) -> None:
        """Find the one step that `right-after` names."""
        named = self._all_named("right-after", slot)
        if len(named) > 1:
            message = f"`right-after` of step `{slot.definition}` names {len(named)} steps, not one"
            at = slot.declared.record.nodes["right-after"]
            self._problems.error(WRONG_TYPE, message, at, hints=("name one cell, as in `test[python=3.12]`",))
        elif named:
            self._right_after[place] = named[0]

    def _all_named(self, key: str, slot: Slot) -> list[int]:
        """Return the steps that a key names, each once."""
        record = slot.declared.record
        read, node = record.values[key], record.nodes[key]
        templates: list[Template] = read if isinstance(read, list) else [read]
        nodes: list[Node] = node.items if isinstance(node, SequenceNode) else [node]
        binder = Binder(slot.contexts, self._problems)
        named: dict[int, None] = {}
        for template, at in zip(templates, nodes, strict=False):
            selector = binder.text(template, at, f"`{key}` of `{slot.definition}`")
            if selector is not None:
                named.update(dict.fromkeys(self._named(selector, _VERBS[key], slot, at)))
        return list(named)

    def _named(self, selector: str, verb: str, slot: Slot, at: Node) -> list[int]:
        """Return the steps that an entry names; a glob never names the step itself."""
        names = self._names[slot.file]
        found = names.select(selector)
        if not found:
            self._refuse_unknown(selector, verb, slot, names, at)
            return []
        others = [place for place in found if self._slots[place].definition != slot.definition]
        if not others and "*" not in selector:
            message = f"step `{slot.definition}` {verb} itself"
            self._problems.error(SELF_NEED, message, at, hints=("drop it",))
        return others

    def _refuse_unknown(self, selector: str, verb: str, slot: Slot, names: StepNames, at: Node) -> None:
        if names.is_absent(selector):
            return
        near = names.nearest(selector)
        places = names.select(near) if near else ()
        related = (Label(self._span(places[0]), f"`{near}` is defined here"),) if places else ()
        self._problems.error(
            UNKNOWN_STEP,
            f"step `{slot.definition}` {verb} `{selector}`, which does not exist",
            at,
            "no step has this id",
            hints=(names.hint(selector),),
            related=related,
        )

    def link(self, steps: Sequence[Step]) -> None:
        """Find all other edges; what is wrong goes to the problems.

        Raises:
            TooManyEdgesError: there are too many, or too many patterns to compare.
        """
        self._add_references(steps)
        for number, scope in enumerate(self._scopes):
            if scope.listed:
                self._add_list_order(number)
        order = [
            (slot.file, slot.declared.position) if self._scopes[slot.file].listed else (-1, 0)
            for slot in self._slots
        ]
        data = Data(steps, order)
        for conflict in data.conflicts():
            self._refuse_conflict(conflict)
        for conflict in data.link(self.edges):
            self._refuse_own_input(conflict)
        if not self._problems.any_errors:
            self._refuse_cycle()

    def refuse_size(self) -> None:
        """Report that the steps depend on each other in too many ways."""
        self._problems.error(
            MATRIX_TOO_LARGE,
            "the steps depend on each other in too many ways",
            self._span(0),
            hints=("name fewer cells in `needs`, or write narrower patterns in `inputs`",),
        )

    def with_needs(self, steps: Sequence[Step]) -> list[Step]:
        """Return the steps, those with `needs`, `ahead-of` and `right-after` knowing what these name."""
        changed = list(steps)
        for place, others in self._ahead.items():
            changed[place] = replace(changed[place], ahead_of=tuple(steps[each].id for each in others))
        for place, first in self._right_after.items():
            changed[place] = replace(changed[place], right_after=steps[first].id)
        for place, before in self._needs.items():
            changed[place] = replace(changed[place], needs=tuple(steps[each].id for each in before))
        return changed

    def _add_list_order(self, number: int) -> None:
        by_definition = self._directory.by_definition
        groups = (
            (by_definition.get(each.id, ()), "needs" in each.record.nodes)
            for each in self._scopes[number].definitions
        )
        add_list_order(groups, self.edges)

    def _add_references(self, steps: Sequence[Step]) -> None:
        """Add an edge for each step that an expression mentions."""
        for place, step in enumerate(steps):
            for mention in sorted(step.references):
                if mention.startswith("needs."):
                    for before in self._directory.select(mention.removeprefix("needs.")):
                        if before != place:
                            self.edges.add(before, place, EdgeKind.REF)

    def _refuse_conflict(self, conflict: Conflict) -> None:
        here, there = conflict.second_path, conflict.first_path
        first, second = self._slots[conflict.first].id, self._slots[conflict.second].id
        hint = "let one step write it, or give each its own path"
        if here.text != there.text and folded(here.text) == folded(there.text):
            message = f"the outputs `{there.text}` and `{here.text}` differ only by case or Unicode form"
            hint = "some file systems do not tell them apart: rename one"
        elif conflict.first != conflict.second:
            message = f"`{first}` and `{second}` both write `{here.text}`"
        else:
            hint = "drop one of the two"
            message = f"`{second}` declares `{here.text}` twice"
            if here.text != there.text:
                message = f"`{second}` declares `{here.text}` as well as `{there.text}`, which holds it"
        at = here.span or self._span(conflict.second)
        related = (Label(there.span, "and here"),) if there.span else ()
        self._problems.error(OUTPUT_CONFLICT, message, at, related=related, hints=(hint,))

    def _refuse_own_input(self, conflict: Conflict) -> None:
        read, written = conflict.first_path, conflict.second_path
        self._problems.error(
            OUTPUT_CONFLICT,
            f"`{self._slots[conflict.second].id}` both reads and writes `{written.text}`",
            written.span or self._span(conflict.second),
            related=(Label(read.span, "read here"),) if read.span else (),
            hints=("write to another path, or declare only the output, with `persist: true`",),
        )

    def _refuse_cycle(self) -> None:
        cycle = find_cycle(dag_of(len(self._slots), self.edges.kinds))
        if not cycle:
            return
        ids = [self._slots[place].id for place in (*cycle, cycle[0])]
        shown = ids if len(ids) <= 12 else [*ids[:6], "...", *ids[-5:]]
        self._problems.error(
            CYCLE,
            f"{len(cycle)} steps wait for each other: {' -> '.join(shown)}",
            self._span(cycle[0]),
            "the circle starts here",
            hints=("`a -> b` means that `b` needs `a`, or reads what `a` writes",),
            related=tuple(
                Label(self._span(place), f"`{self._slots[place].id}` is part of it") for place in cycle[1:5]
            ),
        )

    def _span(self, place: int) -> Span:
        return self._slots[place].declared.span
