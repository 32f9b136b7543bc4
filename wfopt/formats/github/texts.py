"""Texts with `${{ }}` of GitHub Actions in them, split once however often they are used."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from wfopt.codes import BAD_EXPRESSION
from wfopt.dataclass import dataclass
from wfopt.formats.github.grammar import parse
from wfopt.formats.github.writing import mentions
from wfopt.formats.positions import Node, ScalarNode, locate
from wfopt.formats.problems import Problems
from wfopt.model.expressions import Expression, ExpressionError

_OPENING = "${{"
# Strings are skipped as wholes: a `}}` in one closes nothing.
_LANDMARK = re.compile(r"'(?:[^']|'')*+'|\}\}")


@dataclass(frozen=True, slots=True)
class Broken:
    """An expression that cannot be read.

    Attributes:
        text: what stands there.
        message: what is wrong with it.
        offset: where, from the start of the whole text.
    """

    text: str
    message: str
    offset: int


@dataclass(frozen=True, slots=True)
class Text:
    """A text and the expressions in it.

    Attributes:
        parts: strings, expressions, and what should have been one.
        mentions: what its expressions mention.
    """

    parts: tuple[str | Expression | Broken, ...]
    mentions: frozenset[str]


def warn_of_broken(texts: Iterable[tuple[Node, Text]], problems: Problems) -> None:
    """Warn of what cannot be read in some texts, given with their nodes."""
    for node, text in texts:
        for part in text.parts:
            if isinstance(part, Broken):
                at = locate(node, part.offset) if isinstance(node, ScalarNode) else node.span
                problems.warn(BAD_EXPRESSION, f"an expression cannot be read: {part.message}", at)


@lru_cache(maxsize=4096)
def split(text: str) -> Text:
    """Return the parts of a text."""
    parts: list[str | Expression | Broken] = []
    place = 0
    while (start := text.find(_OPENING, place)) >= 0:
        if start > place:
            parts.append(text[place:start])
        end = _closing(text, start + 3)
        if end is None:
            parts.append(Broken(text[start:], "`${{` is never closed", start))
            place = len(text)
        else:
            parts.append(_part(text[start + 3 : end], start + 3))
            place = end + 2
    if place < len(text):
        parts.append(text[place:])
    return _text(parts)


@lru_cache(maxsize=1024)
def split_condition(text: str) -> Text:
    """Return the parts of the value of an `if`: one expression, or more if text stands around `${{ }}`.

    Such a text is never empty, and so always true.
    """
    if _OPENING in text:
        return split(text)
    stripped = text.strip()
    return _text([_part(stripped, 0)] if stripped else [])


def _text(parts: list[str | Expression | Broken]) -> Text:
    found = [mentions(part) for part in parts if not isinstance(part, str | Broken)]
    return Text(tuple(parts), frozenset().union(*found))


def _part(text: str, start: int) -> Expression | Broken:
    try:
        return parse(text.strip())
    except ExpressionError as error:
        indent = len(text) - len(text.lstrip())
        return Broken(text.strip(), error.message, start + indent + error.offset)


def _closing(text: str, place: int) -> int | None:
    """Return where the `}}` stands that closes the `${{` before `place`."""
    for found in _LANDMARK.finditer(text, place):
        if found[0] == "}}":
            return found.start()
    return None
