"""What the value of a key may look like: one declaration reads it and describes it.

A shape reads a node into a plain value, reports what is wrong with it, and gives the JSON Schema of what
it accepts; so the loader and `wfopt schema` cannot disagree. Where `${{ }}` is allowed, a value that holds
one is read as a `Template`, and the same shape parses its text once the expressions are known.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Protocol

from wfopt.codes import WRONG_TYPE, Code
from wfopt.dataclass import dataclass
from wfopt.formats.native.texts import read_template
from wfopt.formats.positions import MappingNode, Node, ScalarNode, SequenceNode
from wfopt.formats.problems import Problems
from wfopt.formats.scalars import NULL_TEXTS, Kind
from wfopt.source import Span

Schema = dict[str, Any]

TEMPLATED: Schema = {"type": "string", "pattern": r"\$\{\{"}
"""The JSON Schema of a string with an expression in it."""

ANY_SCALAR: Schema = {"type": ["string", "number", "boolean"]}
"""The JSON Schema of whatever has a text, but for null."""


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
        return self.parse_text(node.text, node.kind, node, where, problems)

    def parse_text(self, text: str, kind: Kind, at: Node | Span, where: str, problems: Problems) -> Any:
        """Return the value of `text`, or None after reporting why it has none."""
        try:
            return self.parse(text, kind)
        except MisfitError as error:
            problems.error(self.code, f"{where}: {error.message}", at, hints=(error.hint,))
            return None

    def schema(self) -> Schema:
        return {"anyOf": [self.accepts, TEMPLATED]} if self.templated else self.accepts


@dataclass(frozen=True, slots=True, kw_only=True)
class Templates:
    """Any scalar, as a `Template` of its source text.

    Attributes:
        null: whether a plain null is a value like any other.
        accepts: the JSON Schema, where only some texts make sense.
    """

    null: bool = False
    accepts: Schema | None = None

    def read(self, node: Node, where: str, problems: Problems) -> Any:
        if not isinstance(node, ScalarNode) or (not self.null and is_null(node)):
            problems.error(WRONG_TYPE, f"{where} must be text, not {kind_word(node)}", node)
            return None
        return read_template(node, problems)

    def schema(self) -> Schema:
        return self.accepts or (or_null(ANY_SCALAR) if self.null else ANY_SCALAR)


@dataclass(frozen=True, slots=True)
class Items:
    """A list; gives a list of the values that were right."""

    item: Shape
    minimum: int = 0
    code: Code = WRONG_TYPE

    def read(self, node: Node, where: str, problems: Problems) -> Any:
        if not isinstance(node, SequenceNode):
            problems.error(self.code, f"{where} must be a list, not {kind_word(node)}", node)
            return None
        if len(node.items) < self.minimum:
            problems.error(self.code, f"{where} is empty", node)
        values = [self.item.read(each, where, problems) for each in node.items]
        return [value for value in values if value is not None]

    def schema(self) -> Schema:
        schema: Schema = {"type": "array", "items": self.item.schema()}
        return {**schema, "minItems": self.minimum} if self.minimum else schema


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRule:
    """What the free keys of a mapping may look like.

    Attributes:
        pattern: what a whole key must match.
        what: what a key is, for messages: "a step id".
        hint: the rule in words.
        code: the code of its errors.
    """

    pattern: re.Pattern[str]
    what: str
    hint: str
    code: Code

    def check(self, text: str, at: Node | Span, problems: Problems) -> bool:
        """Return whether `text` obeys, after reporting if it does not."""
        if self.pattern.fullmatch(text):
            return True
        problems.error(self.code, f"`{text}` cannot be {self.what}", at, hints=(self.hint,))
        return False

    def schema(self) -> Schema:
        """Return the JSON Schema of a text that obeys."""
        return {"type": "string", "pattern": f"^{self.pattern.pattern}$"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MapOf:
    """A mapping with free keys; gives a dict from key node's text to (key node, value).

    Attributes:
        value: the shape of its values.
        null: whether a value may be a plain null.
        entry: what an entry is, for messages: "step" makes "step `build`".
        keys: what its keys may look like, if not everything.
        minimum: the least number of entries that the JSON Schema asks for.
    """

    value: Shape
    null: bool = False
    entry: str = ""
    keys: KeyRule | None = None
    minimum: int = 0

    def read(self, node: Node, where: str, problems: Problems) -> Any:
        if not isinstance(node, MappingNode):
            problems.error(WRONG_TYPE, f"{where} must be a mapping, not {kind_word(node)}", node)
            return None
        found = {}
        for key, value in node.pairs:
            if self.keys is not None:
                self.keys.check(key.text, key, problems)
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
        schema: Schema = {"type": "object", "additionalProperties": or_null(value) if self.null else value}
        if self.keys is not None:
            schema["propertyNames"] = {"pattern": f"^{self.keys.pattern.pattern}$"}
        return {**schema, "minProperties": self.minimum} if self.minimum else schema


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
        shapes = [shape.schema() for shape in (self.scalar, self.sequence, self.mapping) if shape is not None]
        return shapes[0] if len(shapes) == 1 else {"anyOf": shapes}


def is_null(node: Node) -> bool:
    """Return whether a node is a plain null, such as the value of `key:` with nothing behind it."""
    return isinstance(node, ScalarNode) and node.text in NULL_TEXTS and node.plain


def or_null(schema: Schema) -> Schema:
    """Return the JSON Schema that also accepts null."""
    types = schema.get("type")
    if isinstance(types, list) and "null" in types:
        return schema
    if isinstance(types, list):
        return {**schema, "type": [*types, "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def kind_word(node: Node) -> str:
    """Return what a node is, for messages."""
    if isinstance(node, SequenceNode):
        return "a list"
    if isinstance(node, MappingNode):
        return "a mapping"
    words = {Kind.NULL: "nothing", Kind.BOOL: "true or false", Kind.STR: "text"}
    return words.get(node.kind, "a number")
