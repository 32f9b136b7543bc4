"""A step as the file has it, before it becomes one for each cell of the matrix."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from wfopt.dataclass import dataclass
from wfopt.formats.github.shapes import pairs_of, start_of, text_of
from wfopt.formats.github.texts import Text, split, split_condition
from wfopt.formats.positions import MappingNode, Node, ScalarNode
from wfopt.source import Span

ENVIRONMENT_FILE = re.compile(r"GITHUB_(?:ENV|PATH)\b|::(?:set-env|add-path)\b")
"""What a script names that sets something for all steps behind it."""

_KEYS = ("run", "working-directory", "shell", "timeout-minutes", "continue-on-error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One step.

    Attributes:
        name: what its id ends with: its own id, or its number.
        own: its own id, or "".
        node: its keys.
        run: its script, or None.
        uses: its action, or None.
        condition: its `if`, or None.
        sets: whether its script sets variables or PATH for the steps behind it.
        texts: the texts with expressions in them, and where they stand.
        mentions: what these mention.
        places: where the values of its keys stand.
        span: where it starts.
    """

    name: str
    own: str
    node: MappingNode
    run: ScalarNode | None
    uses: ScalarNode | None
    condition: Text | None
    sets: bool
    texts: tuple[tuple[Node, Text], ...]
    mentions: frozenset[str]
    places: Mapping[str, Span]
    span: Span


def declared(name: str, own: str, node: MappingNode) -> Declared:
    """Return a step; `name` and `own` as its attributes."""
    run, uses = node.get("run"), node.get("uses")
    condition = condition_text(node)
    texts = [*_texts(node)]
    if condition is not None:
        texts.append((node.get("if") or node, condition))
    return Declared(
        name=name,
        own=own,
        node=node,
        run=run if isinstance(run, ScalarNode) and text_of(run) else None,
        uses=uses if isinstance(uses, ScalarNode) else None,
        condition=condition,
        sets=bool(ENVIRONMENT_FILE.search(text_of(run))),
        texts=tuple(texts),
        mentions=frozenset().union(*(text.mentions for _, text in texts)),
        places=_places(node),
        span=start_of(node),
    )


def is_step(node: MappingNode) -> bool:
    """Return whether an entry of the list of steps has something to do."""
    return bool(text_of(node.get("run")) or text_of(node.get("uses")))


def condition_text(node: MappingNode) -> Text | None:
    """Return the `if` of a step or job, or None."""
    text = text_of(node.get("if"))
    return split_condition(text) if text.strip() else None


def _texts(node: MappingNode) -> Iterator[tuple[Node, Text]]:
    for key in _KEYS:
        value = node.get(key)
        text = text_of(value)
        if value is not None and "${{" in text:
            yield value, split(text)
    for key in ("with", "env"):
        for _, value in pairs_of(node.get(key)):
            text = text_of(value)
            if "${{" in text:
                yield value, split(text)


def _places(node: MappingNode) -> dict[str, Span]:
    places = {key.text: value.span for key, value in node.pairs}
    for key, value in pairs_of(node.get("with")):
        places[f"with.{key.text}"] = value.span
    return places
