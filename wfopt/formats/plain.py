"""What a YAML node stands for, as plain values, for formats that compute with what they read."""

from __future__ import annotations

from typing import TypeAlias

from wfopt.codes import TOO_COMPLEX
from wfopt.errors import Diagnostic, Label, LoadError
from wfopt.formats.positions import MappingNode, Node, ScalarNode
from wfopt.formats.scalars import value_of

Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"
"""A value; nobody changes a list or mapping once it is made."""

MAX_VALUES = 20_000
"""A value with more parts, aliases counted as often as they are used, is refused."""


def plain(node: Node | None) -> Plain:
    """Return what a node stands for; None stands for null.

    Raises:
        LoadError: the value has more than `MAX_VALUES` parts.
    """
    return None if node is None else _Reader().read(node)[0]


def text_in(node: Node | None) -> str:
    """Return the text of a scalar, or "" for anything else and for null."""
    if not isinstance(node, ScalarNode):
        return ""
    return "" if value_of(node.text, plain=node.plain) is None else node.text


class _Reader:
    """Reads nodes; one that has several aliases is read once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Plain, int]] = {}

    def read(self, node: Node) -> tuple[Plain, int]:
        """Return the value of a node and how many parts it has."""
        found = self._known.get(id(node))
        if found is None:
            found = self._known[id(node)] = self._fresh(node)
            if found[1] > MAX_VALUES:
                message = f"a value with more than {MAX_VALUES:,} parts"
                raise LoadError((Diagnostic(code=TOO_COMPLEX, message=message, primary=Label(node.span)),))
        return found

    def _fresh(self, node: Node) -> tuple[Plain, int]:
        if isinstance(node, ScalarNode):
            return value_of(node.text, plain=node.plain), 1
        if isinstance(node, MappingNode):
            pairs = {key.text: self.read(value) for key, value in node.pairs}
            return {key: value for key, (value, _) in pairs.items()}, 1 + sum(n for _, n in pairs.values())
        items = [self.read(item) for item in node.items]
        return [value for value, _ in items], 1 + sum(size for _, size in items)
