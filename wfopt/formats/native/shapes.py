"""What the value of a key may look like: one declaration reads it and describes it.

A shape reads a node into a plain value, reports what is wrong with it, and gives the JSON Schema of what
it accepts; so the loader and `wfopt schema` cannot disagree. Where `${{ }}` is allowed, a value that holds
one is read as a `Template`, and the same shape parses its text once the expressions are known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from wfopt.codes import UNDERSCORE_KEY, UNKNOWN_KEY, WRONG_TYPE, Code
from wfopt.formats.native.texts import read_template
from wfopt.formats.positions import MappingNode, Node, ScalarNode, SequenceNode
from wfopt.formats.problems import Problems, did_you_mean
from wfopt.formats.scalars import Kind
from wfopt.source import Span, closest_match

Schema = dict[str, Any]

TEMPLATED: Schema = {"type": "string", "pattern": r"\$\{\{"}
"""The JSON Schema of a string with an expression in it."""


class MisfitError(Exception):
    """A scalar is not what its key takes."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Shape(Protocol):
    """Reads one node; the result is None if it was wrong, and `problems` knows why."""

    def read(self, node: Node, where: str, problems: Problems) -> Any:
        """Return the value; `where` names the place for messages, such as "`timeout` of step `a`"."""

    def schema(self) -> Schema:
        """Return the JSON Schema of what is accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """A single value.

    Attributes:
        wants: what it takes, for messages: "a duration such as `90s`".
        parse: text and resolved kind to a value; raises `MisfitError`.
        accepts: the JSON Schema.
        code: the code of its errors.
        templated: whether `${{ }}` may stand in it.
    """

    wants: str
    parse: Callable[[str, Kind], Any]
    accepts: Schema
    code: Code = WRONG_TYPE
    templated: bool = False

    def read(self, node: Node, where: str, problems: Problems) -> Any:
        if not isinstance(node, ScalarNode):
            problems.error(self.code, f"{where} must be {self.wants}, not {kind_word(node)}", node)
            return None
        if self.templated and "${{" in node.text:
            return read_template(node, problems)
        return self.parse_text(node.text, node.kind, node.span, where, problems)

    def parse_text(self, text: str, kind: Kind, at: Span, where: str, problems: Problems) -> Any:
        """Return the value of `text`, or None after reporting why it has none."""
        try:
            return self.parse(text, kind)
        except MisfitError as error:
            problems.error(self.code, f"{where}: {error.message}", at, hints=(error.hint,))
            return None

    def schema(self) -> Schema:
        return {"anyOf": [self.accepts, TEMPLATED]} if self.templated else self.accepts


@dataclass(frozen=True, slots=True)
class Templates:
    """Any scalar, as a `Template` of its source text."""

    def read(self, node: Node, where: str, problems: Problems) -> Any:
        if not isinstance(node, ScalarNode):
            problems.error(WRONG_TYPE, f"{where} must be text, not {kind_word(node)}", node)
            return None
        return read_template(node, problems)

    def schema(self) -> Schema:
        return {"type": ["string", "number", "boolean"]}


@dataclass(frozen=True, slots=True)
class Items:
    """A list; gives a list of the values that were right."""

    item: Shape
    minimum: int = 0

    def read(self, node: Node, where: str, problems: Problems) -> Any:
        if not isinstance(node, SequenceNode):
            problems.error(WRONG_TYPE, f"{where} must be a list, not {kind_word(node)}", node)
            return None
        if len(node.items) < self.minimum:
            problems.error(WRONG_TYPE, f"{where} is empty", node)
        values = [self.item.read(each, where, problems) for each in node.items]
        return [value for value in values if value is not None]

    def schema(self) -> Schema:
        schema: Schema = {"type": "array", "items": self.item.schema()}
        return {**schema, "minItems": self.minimum} if self.minimum else schema


@dataclass(frozen=True, slots=True)
class MapOf:
    """A mapping with free keys; gives a dict from key node's text to (key node, value).

    `entry` says what an entry is, for messages: "step" makes "step `build`".
    """

    value: Shape
    null: bool = False
    entry: str = ""

    def read(self, node: Node, where: str, problems: Problems) -> Any:
        if not isinstance(node, MappingNode):
            problems.error(WRONG_TYPE, f"{where} must be a mapping, not {kind_word(node)}", node)
            return None
        found = {}
        for key, value in node.pairs:
            if self.null and is_null(value):
                found[key.text] = (key, None)
                continue
            place = f"{self.entry} `{key.text}`" if self.entry else f"`{key.text}` in {where}"
            read = self.value.read(value, place, problems)
            if read is not None:
                found[key.text] = (key, read)
        return found

    def schema(self) -> Schema:
        value = self.value.schema()
        if self.null:
            value = {"anyOf": [value, {"type": "null"}]}
        return {"type": "object", "additionalProperties": value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Either:
    """One shape for each kind of node; those that are None are refused.

    `wants` says what is taken, for the message about a refused kind.
    """

    wants: str
    scalar: Shape | None = None
    sequence: Shape | None = None
    mapping: Shape | None = None
    code: Code = WRONG_TYPE

    def read(self, node: Node, where: str, problems: Problems) -> Any:
        if isinstance(node, ScalarNode):
            shape = self.scalar
        else:
            shape = self.sequence if isinstance(node, SequenceNode) else self.mapping
        if shape is None:
            problems.error(self.code, f"{where} must be {self.wants}, not {kind_word(node)}", node)
            return None
        return shape.read(node, where, problems)

    def schema(self) -> Schema:
        shapes = (self.scalar, self.sequence, self.mapping)
        return {"anyOf": [shape.schema() for shape in shapes if shape is not None]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of a mapping with known keys.

    Attributes:
        name: as written, with hyphens.
        shape: what its value looks like.
        summary: what it is for, in one sentence.
        required: whether it must be there.
        code: the code of the error when it is required and missing.
    """

    name: str
    shape: Shape
    summary: str
    required: bool = False
    code: Code = WRONG_TYPE


class Record:
    """The values of a mapping with known keys, and the nodes that they came from.

    Attributes:
        node: the mapping.
        values: the values that were right, by the key's name.
        nodes: the node of each key that was there, right or wrong.
    """

    __slots__ = ("node", "nodes", "values")

    def __init__(self, node: MappingNode) -> None:
        self.node = node
        self.values: dict[str, Any] = {}
        self.nodes: dict[str, Node] = {}

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of a key, or `default` if it is absent or was wrong."""
        return self.values.get(name, default)


class Fields:
    """A mapping with known keys; gives a `Record`.

    Unknown keys are errors with the nearest known one; `x-...` keys are free; underscores are read as
    hyphens, with a note. A null value is as good as an absent key. With `extra`, unknown keys are read by
    that shape instead; with `named_by`, messages name the mapping by that key's value.
    """

    def __init__(self, *keys: Key, what: str, extra: Shape | None = None, named_by: str = "") -> None:
        self.keys = {key.name: key for key in keys}
        self.what = what
        self.extra = extra
        self.named_by = named_by
        self.required = tuple(key for key in keys if key.required)

    def read(self, node: Node, where: str, problems: Problems) -> Record | None:
        if not isinstance(node, MappingNode):
            problems.error(WRONG_TYPE, f"{where} must be a mapping, not {kind_word(node)}", node)
            return None
        record = Record(node)
        name = node.get(self.named_by) if self.named_by else None
        if isinstance(name, ScalarNode):
            where = f"{self.what} `{name.text}`"
        for key_node, value in node.pairs:
            key = self.keys.get(key_node.text) or self._odd(key_node, value, record, where, problems)
            if key is None or is_null(value):
                continue
            record.nodes[key.name] = value
            read = key.shape.read(value, f"`{key.name}` of {where}" if where else f"`{key.name}`", problems)
            if read is not None:
                record.values[key.name] = read
        for key in self.required:
            if key.name not in record.nodes:
                problems.error(key.code, f"{where or 'the file'} has no `{key.name}`", _first(node))
        return record

    def _odd(
        self, key_node: ScalarNode, value: Node, record: Record, where: str, problems: Problems
    ) -> Key | None:
        """Deal with a key that is not in the table; return the key that was meant, if there is one."""
        name = key_node.text
        if name.startswith("x-"):
            return None
        hyphened = self.keys.get(name.replace("_", "-"))
        if hyphened is not None:
            message = f"`{name}` is read as `{hyphened.name}`"
            problems.note(UNDERSCORE_KEY, message, key_node, hints=("write hyphens",))
            return hyphened
        if self.extra is not None:
            record.nodes[name] = value
            record.values[name] = self.extra.read(value, f"`{name}` of {where}", problems)
            return None
        near = closest_match(name.replace("_", "-"), self.keys)
        known = None if near else "known here: " + ", ".join(f"`{each}`" for each in self.keys)
        message = f"unknown key `{name}`" + (f" in {where}" if where else "")
        problems.error(
            UNKNOWN_KEY, message, key_node, f"not a {self.what} key", hints=(did_you_mean(near), known)
        )
        return None

    def schema(self) -> Schema:
        schema: Schema = {
            "type": "object",
            "properties": {
                key.name: {"description": key.summary, **key.shape.schema()} for key in self.keys.values()
            },
            "patternProperties": {"^x-": {}},
            "additionalProperties": self.extra.schema() if self.extra else False,
        }
        if self.required:
            schema["required"] = [key.name for key in self.required]
        return schema


def _first(node: MappingNode) -> Node:
    """Return what a message about something missing from a mapping points at: its first key."""
    return node.pairs[0][0] if node.pairs else node


def is_null(node: Node) -> bool:
    """Return whether a node is a plain null, such as the value of `key:` with nothing behind it."""
    return isinstance(node, ScalarNode) and node.plain and node.kind is Kind.NULL


def kind_word(node: Node) -> str:
    """Return what a node is, for messages."""
    if isinstance(node, SequenceNode):
        return "a list"
    if isinstance(node, MappingNode):
        return "a mapping"
    words = {Kind.NULL: "nothing", Kind.BOOL: "true or false", Kind.STR: "text"}
    return words.get(node.kind, "a number")
