"""Builds the nodes of a YAML document from the parser's events, within limits.

One pass, without recursion and without ever walking an alias again: a small file can neither exhaust the
memory nor keep the processor busy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from typing import Protocol, cast

import yaml

from wfopt.errors import Diagnostic, LoadError, Severity
from wfopt.formats import refusals
from wfopt.formats.aliases import Anchor, Anchors
from wfopt.formats.merges import Merger, is_merge_key
from wfopt.formats.nodes import MappingNode, Mark, Node, Placed, ScalarNode, SequenceNode, TaggedNode
from wfopt.source import SourceFile, Span

MAX_DEPTH = 64
"""How many collections may stand inside each other."""

MAX_NODES = 500_000
"""How many values a file may have: as written, and again with its aliases expanded."""

MAX_REPORTED = 100
"""How many problems of one file are kept; more would help nobody."""

MAX_DOCUMENTS = 16
"""How many documents a file may hold, where its format allows several."""

_STRING_TAG = "tag:yaml.org,2002:str"
_TAG = re.compile(r"!(?:<[^>]*>|[^\s,\[\]{}]*)")
_PROPERTIES = re.compile(rf"\A(?:&[\w-]+|{_TAG.pattern}|\s+(?:#.*)?)+")
_NO_CHARACTER = re.compile("[\x00\ud800-\udfff]")
_BLANK = " \t\r\n\x85\u2028\u2029"


class _Event(Protocol):
    """Any of PyYAML's events; those from a text always have their marks."""

    start_mark: Mark
    end_mark: Mark


class _NodeEvent(_Event, Protocol):
    """The start of a node."""

    anchor: str | None
    tag: str | None


class _ScalarEvent(_NodeEvent, Protocol):
    """A scalar; `style` is the character that opens it, or nothing for a plain one."""

    value: str
    style: str | None


class _CollectionEvent(_NodeEvent, Protocol):
    """The start of a collection; `flow_style` tells whether it stands in brackets."""

    flow_style: bool | None


class _AliasEvent(_Event, Protocol):
    """An alias; `anchor` is its name."""

    anchor: str


class _Open:
    """A collection whose end has not been read yet.

    Attributes:
        node: the collection.
        children: what it holds so far; in a mapping, keys and values by turns.
        extra: by how much its expanded size exceeds the number of its children.
        anchor: its anchor, or None.
        is_block: whether it is written without brackets.
        is_key: whether it stands wrongly where a key must be.
        is_unusable: whether such a collection is one of its own keys.
        last_alias: the end of the alias that was read last, and the number of children up to it.
    """

    __slots__ = ("anchor", "children", "extra", "is_block", "is_key", "is_unusable", "last_alias", "node")

    def __init__(self, node: MappingNode | SequenceNode, anchor: Anchor | None, *, is_block: bool) -> None:
        self.node = node
        self.children: list[Node] = []
        self.extra = 1
        self.anchor = anchor
        self.is_block = is_block
        self.is_key = False
        self.is_unusable = False
        self.last_alias: tuple[Mark, int] | None = None


class DocumentBuilder:
    """Turns the events of a file into nodes.

    Args:
        source: the file.
        duplicate_keys: how serious it is that a key stands twice in one mapping.
        tags: the tags of lists that the format knows.
        documents: how many documents the file may hold.

    Attributes:
        problems: what is wrong so far, in the order in which it was found.
        is_broken: whether one of the problems forbids to use the nodes.
    """

    def __init__(
        self,
        source: SourceFile,
        duplicate_keys: Severity,
        tags: Collection[str] = (),
        documents: int = 1,
    ) -> None:
        self.problems: list[Diagnostic] = []
        self.is_broken = False
        self._source = source
        self._duplicate_keys = duplicate_keys
        self._tags = tags
        self._documents = documents
        self._earlier: list[Node | None] = []
        self._root: Node | None = None
        self._open: list[_Open] = []
        self._nodes = 0
        self._anchors = Anchors(self._refuse)
        self._merger = Merger(self._refuse)
        self._handlers: dict[type[yaml.Event], Callable[..., None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._start_mapping,
            yaml.SequenceStartEvent: self._start_sequence,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._start_document,
        }

    def build(self, events: Iterable[yaml.Event]) -> list[Node]:
        """Return the root nodes of all documents that are not empty.

        Raises:
            LoadError: a limit is passed, nothing stands in the file, or it has too many documents.
                Everything else that is wrong stands in `problems`.
        """
        handlers = self._handlers
        for event in events:
            handler = handlers.get(type(event))
            if handler is not None:
                handler(event)
        roots = [root for root in (*self._earlier, self._root) if root is not None and not _is_empty(root)]
        if not roots:
            raise LoadError((refusals.empty(self._source),))
        return roots

    @property
    def open_bracket(self) -> int | None:
        """The offset of the innermost collection that is being read, if it stands in brackets."""
        return self._open[-1].node.offset if self._open and not self._open[-1].is_block else None

    def _start_document(self, event: _Event) -> None:
        if self._root is None:
            return
        self._earlier.append(self._root)
        if len(self._earlier) >= self._documents:
            raise LoadError((refusals.second_document(self._span(event), self._documents),))
        self._root = None
        self._anchors.forget()

    def _scalar(self, event: _ScalarEvent) -> None:
        style = event.style
        node = ScalarNode(
            self._source, event.start_mark, event.end_mark, event.value, plain=not style and event.tag is None
        )
        if event.tag is not None or event.anchor is not None:
            self._properties(event, node, size=1)
        if style:
            self._check_style(node, style)
        self._place(node)

    def _check_style(self, node: ScalarNode, style: str) -> None:
        if style in "|>":
            # The parser's end mark stands behind all blank lines that follow.
            visible = node.written.rstrip(_BLANK)
            rest = node.written[len(visible) :]
            node.end_after(len(visible) + len(rest) - len(rest.lstrip(" \t")))
        elif style == '"' and not node.text.isprintable() and _NO_CHARACTER.search(node.text):
            self._refuse(refusals.unusable_escape(node.span))

    def _start_mapping(self, event: _CollectionEvent) -> None:
        self._start(event, MappingNode(self._source, event.start_mark, event.end_mark))

    def _start_sequence(self, event: _CollectionEvent) -> None:
        tag = event.tag
        node = (
            TaggedNode(self._source, event.start_mark, event.end_mark, tag)
            if tag is not None and tag in self._tags
            else SequenceNode(self._source, event.start_mark, event.end_mark)
        )
        self._start(event, node)

    def _start(self, event: _CollectionEvent, node: MappingNode | SequenceNode) -> None:
        anchor = None
        if event.tag is not None or event.anchor is not None:
            anchor = self._properties(event, node, size=0)
        if len(self._open) >= MAX_DEPTH:
            raise LoadError((refusals.too_deep(node.span, MAX_DEPTH),))
        opened = _Open(node, anchor, is_block=not event.flow_style)
        opened.is_key = self._refuse_key(node, event)
        self._place(node)
        self._open.append(opened)

    def _end(self, event: _Event) -> None:
        done = self._open.pop()
        node, children = done.node, done.children
        if not done.is_block:
            node.end_at(event.end_mark)
        elif done.last_alias is not None and done.last_alias[1] == len(children):
            node.end_at(done.last_alias[0])
        else:
            node.end_with(children[-1])
        if isinstance(node, SequenceNode):
            node.items = children
        elif not done.is_unusable:
            self._fill(node, cast("list[ScalarNode]", children[::2]), children[1::2])
        size = len(children) + done.extra
        if size > MAX_NODES:
            raise LoadError((refusals.too_large_expanded(node.span, MAX_NODES),))
        if done.anchor is not None:
            done.anchor.size = size
        if self._open:
            self._open[-1].extra += size - 1

    def _alias(self, event: _AliasEvent) -> None:
        span = self._span(event)
        anchor = self._anchors.resolve(event.anchor, span)
        if anchor is None:
            name = event.anchor
            self._place(ScalarNode(self._source, event.start_mark, event.end_mark, name, plain=False))
            return
        self._refuse_key(anchor.node, event)
        self._place(anchor.node)
        parent = self._open[-1]
        parent.extra += anchor.size - 1
        parent.last_alias = (event.end_mark, len(parent.children))

    def _place(self, node: Node) -> None:
        """Put a node where the reading has got to."""
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise LoadError((refusals.too_many_nodes(node.span, MAX_NODES),))
        if self._open:
            self._open[-1].children.append(node)
        else:
            self._root = node

    def _refuse_key(self, node: Node, event: _Event) -> bool:
        """Refuse a collection where a key must be, but no part of it again; return whether it is one."""
        if isinstance(node, ScalarNode) or not self._open:
            return False
        parent = self._open[-1]
        if isinstance(parent.node, SequenceNode) or len(parent.children) % 2:
            return False
        parent.is_unusable = True
        if not parent.is_key:
            self._refuse(refusals.collection_as_key(self._span(event)))
        return True

    def _fill(self, node: MappingNode, keys: list[ScalarNode], values: list[Node]) -> None:
        """Give a mapping its pairs."""
        pairs = list(zip(keys, values, strict=True))
        by_key = {key.text: value for key, value in pairs}
        if len(by_key) < len(keys):
            self._report_duplicates(keys)
            pairs = list({key.text: (key, value) for key, value in pairs}.values())
        # In a broken document an alias may lack what it stands for: no second complaint about that.
        if "<<" in by_key and not self.is_broken and any(is_merge_key(key) for key in keys):
            pairs = self._merger.expand(node, pairs)
            by_key = {key.text: value for key, value in pairs}
        node.fill(pairs, by_key)

    def _report_duplicates(self, keys: list[ScalarNode]) -> None:
        first: dict[str, ScalarNode] = {}
        for key in keys:
            known = first.setdefault(key.text, key)
            if known is not key and len(self.problems) < MAX_REPORTED:
                self.problems.append(refusals.duplicate_key(key, known, self._duplicate_keys))

    def _properties(self, event: _NodeEvent, node: Node, *, size: int) -> Anchor | None:
        """Handle the tag and the anchor of a node, and let it start behind them."""
        tag = event.tag
        is_known = (tag == _STRING_TAG and isinstance(node, ScalarNode)) or isinstance(node, TaggedNode)
        if tag is not None and not is_known:
            place = Placed(self._source, event.start_mark, event.end_mark)
            found = _TAG.search(place.written)
            start, end = found.span() if found else (0, 0)
            place.start_later(start)
            place.end_after(end - start)
            self._refuse(refusals.unknown_tag(place.span, place.written, tag))
        written = node.written
        node.start_later(len(written) - len(_PROPERTIES.sub("", written)))
        return None if event.anchor is None else self._anchors.define(event.anchor, node, size=size)

    def _span(self, event: _Event) -> Span:
        return Placed(self._source, event.start_mark, event.end_mark).span

    def _refuse(self, problem: Diagnostic) -> None:
        # The first one is kept in any case: without it, nobody would know why the file is refused.
        if not self.is_broken or len(self.problems) < MAX_REPORTED:
            self.problems.append(problem)
        self.is_broken = True


def _is_empty(root: Node) -> bool:
    return isinstance(root, ScalarNode) and root.plain and not root.text
