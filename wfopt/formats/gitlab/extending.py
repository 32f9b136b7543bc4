"""`extends` and `!reference`: what a job takes over from others.

As in GitLab, `extends` comes first: mappings are merged, everything else is replaced. Then each
`!reference [job, key, ...]` is replaced by what stands there.
"""

from __future__ import annotations

from collections.abc import Mapping

from wfopt.codes import CYCLE, TOO_COMPLEX, UNKNOWN_STEP
from wfopt.errors import Label, LoadError
from wfopt.formats.gitlab.context import Reading
from wfopt.formats.gitlab.trees import Budget, items_of, member, merged, pairs_of, rewritten, text_of
from wfopt.formats.positions import MappingNode, Node, ScalarNode, TaggedNode

MAX_CHAIN = 50
"""How many templates may extend each other in a row, and as many references."""


def resolve(root: MappingNode, reading: Reading) -> dict[str, tuple[ScalarNode, Node]]:
    """Return what stands at the top of a pipeline, by name, with everything taken over.

    Raises:
        LoadError: too much would be copied, or names lead too far.
    """
    budget = Budget()
    extended = _Extends(root, reading, budget).all()
    return _References(extended, reading, budget).all()


class _Extends:
    """Follows `extends`."""

    def __init__(self, root: MappingNode, reading: Reading, budget: Budget) -> None:
        self._top = {key.text: (key, value) for key, value in root.pairs}
        self._reading = reading
        self._budget = budget
        self._done: dict[str, MappingNode] = {}

    def all(self) -> dict[str, tuple[ScalarNode, Node]]:
        """Return everything at the top, jobs and templates extended."""
        return {
            name: (key, self._job(name, value, ()) if isinstance(value, MappingNode) else value)
            for name, (key, value) in self._top.items()
        }

    def _job(self, name: str, own: MappingNode, chain: tuple[str, ...]) -> MappingNode:
        """Return a job with all that it extends; `chain` are those that extend it."""
        found = self._done.get(name)
        if found is not None:
            return found
        result: MappingNode | None = None
        for entry in items_of(own.get("extends")):
            base = self._base(name, entry, (*chain, name))
            if base is not None:
                result = base if result is None else merged(result, base, self._budget)
        result = own if result is None else merged(result, own, self._budget)
        self._done[name] = result
        return result

    def _base(self, name: str, entry: Node, chain: tuple[str, ...]) -> MappingNode | None:
        """Return what an entry of `extends` names, itself extended, or None after reporting."""
        wanted = text_of(entry)
        if wanted is None:
            return None
        key, value = self._top.get(wanted, (None, None))
        if key is None or not isinstance(value, MappingNode):
            if not self._reading.excuse(entry):
                hints = (self._reading.near(wanted, self._top),)
                message = f"`{name}` extends `{wanted}`, which does not exist"
                self._reading.problems.error(UNKNOWN_STEP, message, entry, "not defined", hints=hints)
            return None
        if wanted in chain:
            circle = " -> ".join((*chain[chain.index(wanted) :], wanted))
            related = (Label(key.span, f"`{wanted}` is defined here"),)
            message = f"`extends` goes round in a circle: {circle}"
            self._reading.problems.error(CYCLE, message, entry, "closes the circle", related=related)
            return None
        if len(chain) > MAX_CHAIN:
            message = f"more than {MAX_CHAIN} jobs extend each other in a row"
            self._reading.problems.error(TOO_COMPLEX, message, entry)
            raise LoadError(self._reading.problems.found)
        return self._job(wanted, value, chain)


class _References:
    """Follows `!reference`."""

    def __init__(self, top: Mapping[str, tuple[ScalarNode, Node]], reading: Reading, budget: Budget) -> None:
        self._top = top
        self._reading = reading
        self._budget = budget
        self._known: dict[int, Node] = {}
        self._open: list[TaggedNode] = []

    def all(self) -> dict[str, tuple[ScalarNode, Node]]:
        """Return everything at the top with references replaced; those to nothing stay."""
        return {
            name: (key, rewritten(value, self._change, self._known))
            for name, (key, value) in self._top.items()
        }

    def _change(self, node: Node) -> Node | None:
        """Return what a reference stands for, or None to look into a node."""
        if not isinstance(node, TaggedNode):
            return None
        path = [text_of(each) or "" for each in node.items]
        found = self._find(path)
        problems = self._reading.problems
        shown = f"!reference [{', '.join(path)}]"
        if found is None:
            if not self._reading.excuse(node):
                hints = (self._hint(path),)
                problems.error(UNKNOWN_STEP, f"`{shown}` names nothing", node, "nothing there", hints=hints)
            return node
        if any(each is node for each in self._open):
            problems.error(CYCLE, f"`{shown}` stands in what it refers to", node, "would repeat without end")
            return node
        if len(self._open) >= MAX_CHAIN:
            problems.error(TOO_COMPLEX, f"more than {MAX_CHAIN} references lead to each other", node)
            raise LoadError(problems.found)
        self._budget.spend(1, node)
        self._open.append(node)
        result = rewritten(found, self._change, self._known)
        self._open.pop()
        return result

    def _find(self, path: list[str]) -> Node | None:
        if not path or path[0] not in self._top:
            return None
        return member(self._top[path[0]][1], *path[1:])

    def _hint(self, path: list[str]) -> str | None:
        """Return what may be meant by a path to nothing."""
        names = list(self._top)
        for place, name in enumerate(path):
            if name not in names:
                return self._reading.near(name, names)
            names = [key.text for key, _ in pairs_of(self._find(path[: place + 1]))]
        return None
