"""Looks at nodes without minding what they are: importers warn, and go on."""

from __future__ import annotations

from collections.abc import Iterator

from wfopt.formats.positions import MappingNode, Node, ScalarNode, SequenceNode
from wfopt.formats.scalars import NULL_TEXTS, Kind
from wfopt.source import Span


def text_of(node: Node | None) -> str:
    """Return the text of a scalar; "" for anything else, and for null."""
    if not isinstance(node, ScalarNode) or (node.plain and node.text in NULL_TEXTS):
        return ""
    return node.text


def pairs_of(node: Node | None) -> list[tuple[ScalarNode, Node]]:
    """Return the keys and values of a mapping; none of anything else."""
    return node.pairs if isinstance(node, MappingNode) else []


def texts_of(node: Node | None) -> tuple[str, ...]:
    """Return the texts of a scalar or a list of scalars."""
    return tuple(each.text for each in scalars_of(node))


def scalars_of(node: Node | None) -> Iterator[ScalarNode]:
    """Yield a scalar, or the scalars of a list; nothing for null."""
    items = node.items if isinstance(node, SequenceNode) else [node]
    for each in items:
        if isinstance(each, ScalarNode) and text_of(each):
            yield each


def get(node: Node | None, *keys: str) -> Node | None:
    """Follow keys into mappings; None if one is missing."""
    for key in keys:
        node = node.get(key) if isinstance(node, MappingNode) else None
    return node


def flag_of(node: Node | None) -> bool | None:
    """Return a boolean, or None for anything else."""
    if isinstance(node, ScalarNode) and (node.kind is Kind.BOOL or node.text in ("true", "false")):
        return node.text.lower() == "true"
    return None


def number_of(node: Node | None) -> float | None:
    """Return a positive number, whether quoted or not; None for anything else."""
    text = text_of(node).strip()
    if not text or len(text) > 18 or not text.replace(".", "", 1).isdecimal():
        return None
    return float(text) or None


def places_of(node: MappingNode) -> dict[str, Span]:
    """Return where the values of a mapping stand."""
    return {key.text: value.span for key, value in node.pairs}


def start_of(node: MappingNode) -> Span:
    """Return where the first key of a mapping stands that is not merged in."""
    for key, _ in node.pairs:
        if key.offset >= node.offset:
            return key.span
    return node.span
