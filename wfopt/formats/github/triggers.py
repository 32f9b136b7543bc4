"""What starts a workflow, and what keeps its runs from overlapping."""

from __future__ import annotations

from wfopt.formats.github.shapes import flag_of, scalars_of, text_of, texts_of
from wfopt.formats.positions import MappingNode, Node, ScalarNode
from wfopt.model.pipeline import Concurrency, Trigger
from wfopt.source import Span


def triggers_of(node: Node | None) -> tuple[Trigger, ...]:
    """Return the events of an `on`: a name, a list of names, or a mapping with filters."""
    if isinstance(node, MappingNode):
        return tuple(_trigger(key, value) for key, value in node.pairs)
    return tuple(Trigger(event=each.text, span=each.span) for each in scalars_of(node))


def _trigger(key: ScalarNode, node: Node) -> Trigger:
    branches, tags = _filter(node, "branches"), _filter(node, "tags")
    if branches is None and tags is not None:
        # A push is that of a branch or of a tag: a filter for the one alone leaves the other out.
        branches = ()
    names = [name.text for name, _ in node.pairs] if isinstance(node, MappingNode) else []
    return Trigger(
        event=key.text,
        branches=branches,
        tags=tags,
        is_filtered_by_path=not {"paths", "paths-ignore"}.isdisjoint(names),
        span=key.span,
    )


def _filter(node: Node, name: str) -> tuple[str, ...] | None:
    """Return patterns; those of `NAME-ignore` with a `!`."""
    if not isinstance(node, MappingNode):
        return None
    wanted, ignored = node.get(name), node.get(f"{name}-ignore")
    if wanted is None and ignored is None:
        return None
    return (*texts_of(wanted), *(f"!{each}" for each in texts_of(ignored)))


def concurrency_of(key: Span | None, node: Node | None) -> Concurrency | None:
    """Return a `concurrency`: a name, or a mapping.

    Args:
        key: where the key stands.
        node: its value, or None.
    """
    if isinstance(node, MappingNode):
        cancels = node.get("cancel-in-progress")
        return Concurrency(
            group=text_of(node.get("group")),
            cancels=False if cancels is None else flag_of(cancels),
            span=key or node.span,
        )
    return Concurrency(group=text_of(node), span=key) if node is not None and text_of(node) else None
