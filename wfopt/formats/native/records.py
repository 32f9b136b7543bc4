"""Mappings with known keys: what stands in a table of keys, and what reading such a mapping gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wfopt.codes import DUPLICATE_KEY, UNDERSCORE_KEY, UNKNOWN_KEY, WRONG_TYPE, Code
from wfopt.dataclass import dataclass
from wfopt.formats.native.key_names import usual_name
from wfopt.formats.native.shapes import Schema, Shape, is_null, kind_word, or_null
from wfopt.formats.positions import MappingNode, Node, ScalarNode
from wfopt.formats.problems import Problems, did_you_mean
from wfopt.source import closest_match


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


@dataclass(frozen=True, slots=True)
class Refused:
    """A key that people may expect in a mapping, and why it has no place there."""

    code: Code
    message: str
    hint: str


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

    @property
    def first(self) -> Node:
        """What a message about the mapping as a whole points at: its first key."""
        return self.node.pairs[0][0] if self.node.pairs else self.node


class Fields:
    """A mapping with known keys; gives a `Record`.

    Unknown keys are errors with the nearest known one; `x-...` keys are free; underscores are read as
    hyphens, with a note. A null value is as good as an absent key.

    Args:
        keys: the known keys.
        what: what the mapping is, for messages.
        extra: the shape of all other keys, if there may be others.
        named_by: messages name the mapping by the value of this key.
        exactly_one: the code of the error if not exactly one key is there, or None.
        either: the names of keys of which at least one must be there; the first one's code is the error's.
        refused: keys with messages of their own.
    """

    def __init__(
        self,
        *keys: Key,
        what: str,
        extra: Shape | None = None,
        named_by: str = "",
        exactly_one: Code | None = None,
        either: tuple[str, ...] = (),
        refused: Mapping[str, Refused] | None = None,
    ) -> None:
        self.keys = {key.name: key for key in keys}
        self.what = what
        self.extra = extra
        self.named_by = named_by
        self.exactly_one = exactly_one
        self.either = either
        self.refused = refused or {}
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
                problems.error(key.code, f"{where or 'the file'} has no `{key.name}`", record.first)
        if self.either and record.nodes.keys().isdisjoint(self.either):
            first = self.keys[self.either[0]]
            problems.error(first.code, f"{where or 'the file'} has no `{first.name}`", record.first)
        if self.exactly_one and len(record.nodes) != 1:
            names = ", ".join(f"`{each}`" for each in self.keys)
            problems.error(self.exactly_one, f"{where} must have exactly one of {names}", record.first)
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
            if record.node.get(hyphened.name) is not None or hyphened.name in record.nodes:
                problems.error(DUPLICATE_KEY, f"{message}, which is there as well", key_node)
            else:
                problems.note(UNDERSCORE_KEY, message, key_node, hints=("write hyphens",))
            return hyphened
        refused = self.refused.get(name)
        if refused is not None:
            problems.error(refused.code, f"{where} {refused.message}", key_node, hints=(refused.hint,))
        elif self.extra is not None:
            record.nodes[name] = value
            record.values[name] = self.extra.read(value, f"`{name}` of {where}", problems)
        else:
            near = self._refuse(key_node, where, problems)
            if near is not None:
                # It is there, though wrong: that it is missing is no second problem.
                record.nodes.setdefault(near, value)
        return None

    def _refuse(self, key_node: ScalarNode, where: str, problems: Problems) -> str | None:
        """Report a key that nobody knows; return the one that was probably meant, if any."""
        near = usual_name(key_node.text, self.keys) or closest_match(
            key_node.text.replace("_", "-"), self.keys
        )
        known = None if near else "known here: " + ", ".join(f"`{each}`" for each in self.keys)
        message = f"unknown key `{key_node.text}`" + (f" in {where}" if where else "")
        article = "an" if self.what.startswith(("x-", *"aeiou")) else "a"
        label = f"not {article} {self.what} key"
        problems.error(UNKNOWN_KEY, message, key_node, label, hints=(did_you_mean(near), known))
        return near

    def schema(self) -> Schema:
        aliases = {
            f"^{key.name.replace('-', '[-_]')}$": _schema_of(key)
            for key in self.keys.values()
            if "-" in key.name
        }
        schema: Schema = {
            "type": "object",
            "properties": {
                key.name: {"description": key.summary, **_schema_of(key)} for key in self.keys.values()
            },
            "patternProperties": {"^x-": {}, **aliases},
            "additionalProperties": self.extra.schema() if self.extra else False,
        }
        if self.required:
            schema["required"] = [key.name for key in self.required]
        if self.either:
            schema["anyOf"] = [{"required": [name]} for name in self.either]
        if self.exactly_one:
            schema["minProperties"] = schema["maxProperties"] = 1
        return schema


def _schema_of(key: Key) -> Schema:
    """Return what a key accepts: null is as good as absent, unless the key is required."""
    return key.shape.schema() if key.required else or_null(key.shape.schema())
