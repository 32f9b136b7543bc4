"""Nodes of GitLab files: what is in them, flattened and merged."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from wfopt.codes import TOO_COMPLEX
from wfopt.errors import Diagnostic, Label, LoadError
from wfopt.formats.positions import MappingNode, Node, ScalarNode, SequenceNode, TaggedNode
from wfopt.formats.scalars import Kind

REFERENCE = "!reference"

MAX_NESTING = 10
"""How deep lists of commands may stand in each other, as GitLab has it."""

MAX_COPIED = 300_000
"""How many values `extends` and `!reference` may copy."""


class Budget:
    """Counts what is copied, so that a small file cannot become a large one."""

    def __init__(self) -> None:
        self._left = MAX_COPIED

    def spend(self, amount: int, at: Node) -> None:
        """Count some values.

        Raises:
            LoadError: there were too many.
        """
        self._left -= amount
        if self._left < 0:
            message = f"`extends` and `!reference` copy more than {MAX_COPIED:,} values"
            label = Label(at.span, "the limit is passed here")
            raise LoadError((Diagnostic(code=TOO_COMPLEX, message=message, primary=label),))


def text_of(node: Node | None) -> str | None:
    """Return the text of a scalar that is not null, else None."""
    if isinstance(node, ScalarNode) and node.kind is not Kind.NULL:
        return node.text
    return None


def is_true(node: Node | None) -> bool | None:
    """Return whether a scalar is true or false, or None if it is neither."""
    if isinstance(node, ScalarNode) and node.text.lower() in ("true", "false"):
        return node.text.lower() == "true"
    return None


def is_null(node: Node | None) -> bool:
    """Return whether there is nothing."""
    return node is None or (isinstance(node, ScalarNode) and node.kind is Kind.NULL)


def pairs_of(node: Node | None) -> list[tuple[ScalarNode, Node]]:
    """Return the pairs of a mapping; anything else has none."""
    return node.pairs if isinstance(node, MappingNode) else []


def member(node: Node | None, *keys: str) -> Node | None:
    """Return what stands under a path of keys, or None."""
    for key in keys:
        node = node.get(key) if isinstance(node, MappingNode) else None
    return node


def items_of(node: Node | None, depth: int = 0) -> Iterator[Node]:
    """Yield the items of a list, with those of lists in it; a single value is a list of one.

    A reference that could not be resolved, and what is null, are left out.
    """
    if isinstance(node, SequenceNode) and not isinstance(node, TaggedNode) and depth <= MAX_NESTING:
        for each in node.items:
            yield from items_of(each, depth + 1)
    elif node is not None and not isinstance(node, SequenceNode) and not is_null(node):
        yield node


def texts_of(node: Node | None) -> list[str]:
    """Return the scalars of a list as text."""
    return [text for each in items_of(node) if (text := text_of(each)) is not None]


def has_open_reference(node: Node | None, depth: int = 0) -> bool:
    """Return whether a list holds a reference that could not be resolved."""
    if isinstance(node, TaggedNode):
        return True
    return (
        isinstance(node, SequenceNode)
        and depth <= MAX_NESTING
        and any(has_open_reference(each, depth + 1) for each in node.items)
    )


def merged(under: MappingNode, over: MappingNode, budget: Budget) -> MappingNode:
    """Return a mapping with the pairs of both: mappings under the same key are merged, else `over` counts."""
    budget.spend(len(under.pairs) + len(over.pairs), over)
    pairs = {key.text: (key, value) for key, value in under.pairs}
    for key, value in over.pairs:
        known = pairs.get(key.text)
        if known is not None and isinstance(known[1], MappingNode) and isinstance(value, MappingNode):
            pairs[key.text] = (key, merged(known[1], value, budget))
        else:
            pairs[key.text] = (key, value)
    return over.with_pairs(list(pairs.values()))


def size_of(node: Node, known: dict[int, int]) -> int:
    """Return how much a tree is with all that it shares written out: a unit a node and for 100 characters.

    Args:
        node: the tree.
        known: the sizes of nodes, by identity; kept between calls.
    """
    found = known.get(id(node))
    if found is None:
        if isinstance(node, ScalarNode):
            found = 1 + len(node.text) // 100
        elif isinstance(node, MappingNode):
            found = 1 + sum(size_of(value, known) for _, value in node.pairs)
        else:
            found = 1 + sum(size_of(each, known) for each in node.items)
        known[id(node)] = found
    return found


def rewritten(node: Node, change: Callable[[Node], Node | None], known: dict[int, Node]) -> Node:
    """Return a tree with some of its nodes replaced.

    Args:
        node: the tree; a node that aliases share is looked at once.
        change: returns what to put in place of a node, or None to look into it.
        known: what has become of nodes, by identity; kept between calls.
    """
    found = known.get(id(node))
    if found is None:
        found = change(node)
        if found is None:
            found = _rewritten_inside(node, change, known)
        known[id(node)] = found
    return found


def _rewritten_inside(node: Node, change: Callable[[Node], Node | None], known: dict[int, Node]) -> Node:
    if isinstance(node, SequenceNode) and not isinstance(node, TaggedNode):
        items = [rewritten(each, change, known) for each in node.items]
        return node if all(map(_is_same, items, node.items)) else node.with_items(items)
    if isinstance(node, MappingNode):
        values = [rewritten(value, change, known) for _, value in node.pairs]
        if all(_is_same(new, old) for new, (_, old) in zip(values, node.pairs, strict=True)):
            return node
        return node.with_pairs([(key, new) for new, (key, _) in zip(values, node.pairs, strict=True)])
    return node


def _is_same(one: Node, other: Node) -> bool:
    return one is other
