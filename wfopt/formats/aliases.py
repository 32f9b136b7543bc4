"""Anchors and aliases: `*name` is the very node that `&name` marks."""

from __future__ import annotations

from collections.abc import Callable

from wfopt.errors import Diagnostic, LoadError
from wfopt.formats import refusals
from wfopt.formats.nodes import Node
from wfopt.source import Span

MAX_ALIASES = 1_000
"""How many aliases a file may use."""


class Anchor:
    """What an alias can stand for.

    Attributes:
        node: the node with the anchor.
        size: how many values it has with its aliases expanded; 0 while it is still being read.
    """

    __slots__ = ("node", "size")

    def __init__(self, node: Node, size: int) -> None:
        self.node = node
        self.size = size


class Anchors:
    """The anchors of one document.

    Args:
        refuse: is told about aliases that stand for nothing or for themselves.
    """

    def __init__(self, refuse: Callable[[Diagnostic], None]) -> None:
        self._refuse = refuse
        self._known: dict[str, Anchor] = {}
        self._aliases = 0

    def define(self, name: str, node: Node, *, size: int) -> Anchor:
        """Remember an anchor; a later one of the same name takes its place, as YAML says."""
        anchor = self._known[name] = Anchor(node, size)
        return anchor

    def forget(self) -> None:
        """Forget all anchors, as none of them can be used in the next document; aliases stay counted."""
        self._known.clear()

    def resolve(self, name: str, at: Span) -> Anchor | None:
        """Return what an alias stands for, or None if it cannot be used.

        Args:
            name: the alias without its `*`.
            at: where the alias stands.

        Raises:
            LoadError: the document has more than `MAX_ALIASES` of them.
        """
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            raise LoadError((refusals.too_many_aliases(at, MAX_ALIASES),))
        anchor = self._known.get(name)
        if anchor is None:
            self._refuse(refusals.undefined_alias(at, name))
            return None
        if not anchor.size:
            self._refuse(refusals.recursive_alias(at, name, anchor.node.span))
            return None
        return anchor
