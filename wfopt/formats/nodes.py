"""The nodes of a YAML document: plain values that know their places.

A file of 10,000 steps has more than 100,000 nodes, so these classes are kept small and cheap to make: no
dataclasses, and a `Span` only on demand. Nobody changes a node once its document is read.
"""

from __future__ import annotations

from typing import Protocol

from wfopt.formats.advancing import advance
from wfopt.formats.scalars import Kind, kind_of
from wfopt.source import SourceFile, Span


class Mark(Protocol):
    """A place as PyYAML gives it; everything is 0-based and counts code points."""

    @property
    def index(self) -> int:
        """How many characters of the text stand before it."""

    @property
    def line(self) -> int:
        """How many lines end before it."""

    @property
    def column(self) -> int:
        """How many characters of its line stand before it."""


class Placed:
    """A stretch of a source file.

    Attributes:
        source: the file.
        line: the line on which it starts, 1-based; likewise `end_line`.
        column: the column at which it starts, 1-based, in code points.
        end_column: the column just behind its last character.
        offset: how many characters of the file's text stand before it.
        end_offset: the offset just behind its last character.
    """

    __slots__ = ("column", "end_column", "end_line", "end_offset", "line", "offset", "source")

    def __init__(self, source: SourceFile, start: Mark, end: Mark) -> None:
        self.source = source
        self.offset = start.index
        self.line = start.line + 1
        self.column = start.column + 1
        self.end_offset = end.index
        self.end_line = end.line + 1
        self.end_column = end.column + 1

    def take_place(self, other: Placed) -> None:
        """Let the stretch be the one of another."""
        for name in Placed.__slots__:
            setattr(self, name, getattr(other, name))

    def start_later(self, length: int) -> None:
        """Move the start behind the next `length` characters."""
        passed = self.source.text[self.offset : self.offset + length]
        self.line, self.column = advance(self.line, self.column, passed)
        self.offset += length

    def end_after(self, length: int) -> None:
        """Let the stretch be `length` characters long."""
        content = self.source.text[self.offset : self.offset + length]
        self.end_line, self.end_column = advance(self.line, self.column, content)
        self.end_offset = self.offset + length

    def end_at(self, end: Mark) -> None:
        """Let the stretch end at a mark."""
        self.end_offset = end.index
        self.end_line = end.line + 1
        self.end_column = end.column + 1

    def end_with(self, other: Placed) -> None:
        """Let the stretch end where another one does."""
        self.end_offset = other.end_offset
        self.end_line = other.end_line
        self.end_column = other.end_column

    @property
    def written(self) -> str:
        """The stretch of the file's text itself."""
        return self.source.text[self.offset : self.end_offset]

    @property
    def span(self) -> Span:
        """Where it stands; a node's anchor and tag do not belong to it."""
        return Span(self.source, self.line, self.column, self.end_line, self.end_column)


class ScalarNode(Placed):
    """A single value.

    Attributes:
        text: the value as text, after quotes, escapes, folding and indentation are resolved; for a
            plain scalar on one line, what the file says.
        plain: whether it stands without quotes, is no block scalar and has no `!!str`: only then can it
            mean anything but a string.
    """

    __slots__ = ("plain", "text")

    def __init__(self, source: SourceFile, start: Mark, end: Mark, text: str, *, plain: bool) -> None:
        # Not through super(): there is one such call for every scalar of a file.
        Placed.__init__(self, source, start, end)
        self.text = text
        self.plain = plain

    @property
    def kind(self) -> Kind:
        """What the scalar stands for."""
        return kind_of(self.text, plain=self.plain)

    def with_text(self, text: str) -> ScalarNode:
        """Return a node of the same place with another text."""
        other = ScalarNode.__new__(ScalarNode)
        other.take_place(self)
        other.text, other.plain = text, self.plain
        return other

    def __repr__(self) -> str:
        return f"ScalarNode({self.text!r} at {self.span})"


class SequenceNode(Placed):
    """A list.

    Attributes:
        items: the nodes in it; an alias is the very node that it stands for.
    """

    __slots__ = ("items",)

    def __init__(self, source: SourceFile, start: Mark, end: Mark) -> None:
        super().__init__(source, start, end)
        self.items: list[Node] = []

    def with_items(self, items: list[Node]) -> SequenceNode:
        """Return a list of the same place with other nodes in it, and without a tag."""
        other = SequenceNode.__new__(SequenceNode)
        other.take_place(self)
        other.items = items
        return other

    def __repr__(self) -> str:
        return f"SequenceNode({len(self.items)} items at {self.span})"


class TaggedNode(SequenceNode):
    """A list with a tag that its format knows.

    Attributes:
        tag: the tag, such as `!reference`.
    """

    __slots__ = ("tag",)

    def __init__(self, source: SourceFile, start: Mark, end: Mark, tag: str) -> None:
        super().__init__(source, start, end)
        self.tag = tag


class MappingNode(Placed):
    """A mapping, with its merge keys expanded.

    Attributes:
        pairs: keys and values in the order of the file, those merged in by `<<` first; every key's
            text is there once.
    """

    __slots__ = ("_by_key", "pairs")

    def __init__(self, source: SourceFile, start: Mark, end: Mark) -> None:
        super().__init__(source, start, end)
        self.pairs: list[tuple[ScalarNode, Node]] = []
        self._by_key: dict[str, Node] = {}

    def fill(self, pairs: list[tuple[ScalarNode, Node]], by_key: dict[str, Node]) -> None:
        """Set the pairs, and the same as a dictionary from a key's text to its value."""
        self.pairs = pairs
        self._by_key = by_key

    def get(self, key: str) -> Node | None:
        """Return the value of a key, or None if the mapping has no such key."""
        return self._by_key.get(key)

    def with_pairs(self, pairs: list[tuple[ScalarNode, Node]]) -> MappingNode:
        """Return a mapping of the same place with other pairs; no two keys may be equal."""
        other = MappingNode.__new__(MappingNode)
        other.take_place(self)
        other.fill(pairs, {key.text: value for key, value in pairs})
        return other

    def __repr__(self) -> str:
        return f"MappingNode({len(self.pairs)} pairs at {self.span})"


Node = ScalarNode | SequenceNode | MappingNode
