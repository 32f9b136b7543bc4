"""Changes the text of a native file entry by entry; comments, order and style of all else stay.

An edit replaces a stretch of the text. The entries are those of `steps`; whatever cannot be changed without
touching what stands around it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from wfopt.dataclass import dataclass
from wfopt.formats.positions import MappingNode, Node, ScalarNode, SequenceNode, parse_yaml
from wfopt.source import SourceFile


class NotWritableError(Exception):
    """A change cannot be written into the file; the message says why."""


@dataclass(frozen=True, slots=True)
class _Patch:
    """A replacement: the offsets of what goes, and what comes."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A step as the file has it.

    Attributes:
        name: its id in the file.
        body: its keys.
        start: where it starts: its key in a mapping, else its `-` is in front of it.
        key: the node of its key, or None in a list.
    """

    name: str
    body: MappingNode
    start: int
    key: ScalarNode | None


class Editor:
    """Collects changes of the steps of one file.

    Attributes:
        entries: the steps by name, in file order.
        nameless: the names of those that have no `id` in the file: their places give them.
        listed: whether they stand in a list.
    """

    def __init__(self, source: SourceFile) -> None:
        self._text = source.text
        self._newline = "\r\n" if "\r\n" in source.text else "\n"
        self._patches: list[_Patch] = []
        root, _ = parse_yaml(source)
        steps = root.get("steps") if isinstance(root, MappingNode) else None
        self.listed = isinstance(steps, SequenceNode)
        self.entries = {entry.name: entry for entry in _entries_of(steps)}
        self.nameless = {
            name for name, entry in self.entries.items() if entry.key is None and entry.body.get("id") is None
        }
        self._is_flow = steps is not None and source.text[steps.offset : steps.offset + 1] in ("{", "[")

    def value(self, name: str, key: str) -> Node | None:
        """Return the value of a key of a step, or None."""
        return self.entries[name].body.get(key)

    def set(self, name: str, key: str, text: str) -> None:
        """Give a key of a step another value, or add it behind the first key.

        Args:
            name: the step.
            key: the key.
            text: the value as YAML on one line.

        Raises:
            NotWritableError: the value that stands there is shared by an alias or a merge.
        """
        body = self.entries[name].body
        node = body.get(key)
        if node is not None:
            self._replace(body, node, key, text)
        elif self._is_flow_at(body):
            end = _end_of(*self._own(body)[0])
            self._patch(end, end, f", {key}: {text}")
        else:
            self._insert(body, f"{key}: {text}")

    def name_it(self, name: str) -> None:
        """Write the name of a step that has no `id` in front of its keys."""
        body = self.entries[name].body
        place = body.offset + self._is_flow_at(body)
        indent = " " * (body.column - 1)
        behind = ", " if self._is_flow_at(body) else f"{self._newline}{indent}"
        self._patch(place, place, f"id: {name}{behind}")

    def set_within(self, name: str, key: str, inner: str, text: str) -> None:
        """Give a key inside the mapping of a key of a step another value; it must be there.

        Raises:
            NotWritableError: it is not there, or is shared by an alias or a merge.
        """
        body = self.entries[name].body.get(key)
        node = body.get(inner) if isinstance(body, MappingNode) else None
        if not isinstance(body, MappingNode) or node is None:
            raise NotWritableError(f"`{key}` of `{name}` has no `{inner}`")
        self._replace(body, node, inner, text)

    def drop_keys(self, name: str, keys: Collection[str]) -> None:
        """Remove keys of a step, with their lines; those that it does not have are left out.

        Raises:
            NotWritableError: a key is shared by a merge, stands last in brackets, or shares its line.
        """
        body = self.entries[name].body
        done = 0
        for place, (at, value) in enumerate(body.pairs):
            if at.text not in keys or at.offset < done:
                continue
            self._refuse_foreign(body, at)
            then = next((each for each, _ in body.pairs[place + 1 :] if each.text not in keys), None)
            start, end = self._line_start(at.offset), self._line_end(_end_of(at, value))
            before = self._text[start : at.offset].strip()
            if not before and not self._is_flow_at(body):
                self._patch(start, end, "")
            elif then is None or (before != "-" and not self._is_flow_at(body)):
                raise NotWritableError(f"`{at.text}` of `{name}` shares its line with other things")
            elif "#" in self._text[_end_of(at, value) : then.offset]:
                raise NotWritableError(f"a comment stands behind `{at.text}` of `{name}`")
            else:
                self._patch(at.offset, then.offset, "")
                done = then.offset

    def change_items(self, name: str, key: str, dropped: Collection[int], added: Sequence[str]) -> None:
        """Remove and add items of a list that is written with a dash a line; comment lines in it stay.

        Args:
            name: the step.
            key: the key of the list, which is there.
            dropped: the places of items that go.
            added: what comes behind all others, as YAML on one line each.

        Raises:
            NotWritableError: items share lines with other things, or come from a merge or an alias.
        """
        body = self.entries[name].body
        at, node = next((at, value) for at, value in body.pairs if at.text == key)
        self._refuse_foreign(body, at)
        if not isinstance(node, SequenceNode) or not at.end_offset <= node.offset <= body.end_offset:
            raise NotWritableError(f"`{key}` of `{name}` is an alias of what stands elsewhere")
        for place, item in enumerate(node.items):
            start = self._line_start(item.offset)
            if self._text[start : item.offset].strip() != "-":
                raise NotWritableError(f"an entry of `{key}` of `{name}` shares its line with other things")
            if place in dropped:
                self._patch(start, self._line_end(_end_of(None, item)), "")
        if added:
            last = node.items[-1]
            dash = self._text[self._line_start(last.offset) : last.offset]
            end = self._line_end(_end_of(None, last))
            lines = [f"{dash}{text}" for text in added]
            is_open = end == len(self._text) and not self._text.endswith("\n")
            written = self._newline.join(["", *lines] if is_open else [*lines, ""])
            self._patch(end, end, written)
        elif len(dropped) == len(node.items):
            colon = self._text.index(":", at.end_offset) + 1
            self._patch(colon, colon, " []")

    def drop(self, name: str) -> None:
        """Remove a step, with the comment lines right above it.

        Raises:
            NotWritableError: the steps stand in brackets, or the step shares a line with another.
        """
        entry = self.entries[name]
        if self._is_flow:
            raise NotWritableError("the steps stand in brackets")
        start = self._line_start(entry.start)
        if self._text[start : entry.start].strip() not in ("", "-"):
            raise NotWritableError(f"`{name}` shares its line with other things")
        end = self._line_end(_end_of(entry.key, entry.body))
        indent = len(self._text[start : entry.start]) - len(self._text[start : entry.start].lstrip())
        self._patch(self._above(start, indent), end, "")

    def result(self) -> str:
        """Return the text with all changes.

        Raises:
            NotWritableError: two changes touch the same place.
        """
        parts, at = [], 0
        for patch in sorted(self._patches, key=lambda each: (each.start, each.end)):
            if patch.start < at:
                raise NotWritableError("two changes touch the same place")
            parts += [self._text[at : patch.start], patch.text]
            at = patch.end
        return "".join((*parts, self._text[at:]))

    def _replace(self, body: MappingNode, node: Node, key: str, text: str) -> None:
        at = next(each for each, _ in body.pairs if each.text == key)
        self._refuse_foreign(body, at)
        if not at.end_offset <= node.offset <= body.end_offset:
            raise NotWritableError(f"`{key}` is an alias of what stands elsewhere")
        if not isinstance(node, ScalarNode) and "#" in node.written:
            raise NotWritableError(f"comments stand in `{key}`")
        if not isinstance(node, ScalarNode) and not node.written.startswith(("[", "{")):
            raise NotWritableError(f"`{key}` stands on lines of its own")
        self._patch(node.offset, node.end_offset, text)

    def _is_flow_at(self, body: MappingNode) -> bool:
        return self._text[body.offset : body.offset + 1] == "{"

    def _insert(self, body: MappingNode, line: str) -> None:
        """Add a line to a mapping without brackets: behind its first key, or in front of its second one."""
        own = self._own(body)
        first, value = own[0]
        indent = " " * (first.column - 1)
        if len(own) > 1 and value.end_line != first.line:
            place = self._line_start(own[1][0].offset)
            self._patch(place, place, f"{indent}{line}{self._newline}")
            return
        end = self._line_end(_end_of(first, value))
        if end == len(self._text) and not self._text.endswith("\n"):
            self._patch(end, end, f"{self._newline}{indent}{line}")
        else:
            self._patch(end, end, f"{indent}{line}{self._newline}")

    def _own(self, body: MappingNode) -> list[tuple[ScalarNode, Node]]:
        """Return the keys and values that stand in a mapping itself."""
        own = [pair for pair in body.pairs if _is_in(body, pair[0])]
        if not own:
            raise NotWritableError("all keys come from a merge or an alias")
        return own

    def _refuse_foreign(self, body: MappingNode, at: ScalarNode) -> None:
        if not _is_in(body, at):
            raise NotWritableError(f"`{at.text}` comes from a merge or an alias")

    def _line_start(self, offset: int) -> int:
        return self._text.rfind("\n", 0, offset) + 1

    def _line_end(self, offset: int) -> int:
        """Return the offset behind the end of the line that a place stands on."""
        found = self._text.find("\n", offset)
        return len(self._text) if found < 0 else found + 1

    def _above(self, start: int, indent: int) -> int:
        """Return where the comment lines right above a line start, if they are indented like it."""
        while start > 0:
            before = self._line_start(start - 1)
            line = self._text[before:start]
            if not re.match(rf" {{{indent}}}#", line):
                break
            start = before
        return start

    def _patch(self, start: int, end: int, text: str) -> None:
        self._patches.append(_Patch(start, end, text))


def _is_in(body: MappingNode, at: ScalarNode) -> bool:
    return body.offset <= at.offset < max(body.end_offset, body.offset + 1)


def _end_of(key: ScalarNode | None, node: Node) -> int:
    """Return the offset behind the last thing that a value shows; a collection of lines ends with its last.

    The parser lets such a collection end where the next thing starts, behind comments and blank lines.
    """
    if isinstance(node, ScalarNode):
        return max(node.end_offset, key.end_offset) if key is not None and node.text else _shown(key, node)
    if node.written[:1] in ("[", "{"):
        return node.end_offset
    if isinstance(node, MappingNode):
        return _end_of(*node.pairs[-1])
    return _end_of(None, node.items[-1])


def _shown(key: ScalarNode | None, node: ScalarNode) -> int:
    """Return where an empty value ends: it may stand nowhere at all."""
    if key is None or node.written:
        return node.end_offset
    return key.end_offset


def _entries_of(steps: Node | None) -> list[Entry]:
    if isinstance(steps, MappingNode):
        return [
            Entry(key.text, body, key.offset, key)
            for key, body in steps.pairs
            if isinstance(body, MappingNode)
        ]
    found = []
    if isinstance(steps, SequenceNode):
        for place, body in enumerate(steps.items):
            if isinstance(body, MappingNode):
                name = body.get("id")
                text = name.text if isinstance(name, ScalarNode) else f"step-{place + 1}"
                found.append(Entry(text, body, body.offset, None))
    return found
