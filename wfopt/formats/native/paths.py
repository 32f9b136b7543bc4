"""Reads `inputs`, `outputs` and `x-size`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wfopt.codes import OUTSIDE_WORKSPACE
from wfopt.formats.native.context import Binder
from wfopt.formats.native.records import Record
from wfopt.formats.positions import MappingNode, Node, SequenceNode
from wfopt.model.expressions import Template
from wfopt.model.patterns import PathPattern, PatternError, check_output, parse_pattern


def read_paths(
    record: Record, key: str, cwd: str, binder: Binder, where: str
) -> tuple[PathPattern, ...] | None:
    """Return the patterns of `inputs` or `outputs`, or None if the key is absent."""
    read, node = record.get(key), record.nodes.get(key)
    if read is None or not isinstance(node, SequenceNode):
        return None
    place = f"`{key}` of {where}"
    patterns = [
        _pattern(each, item, cwd, binder, place, output=key == "outputs")
        for each, item in zip(read, node.items, strict=False)
    ]
    return tuple(pattern for pattern in patterns if pattern is not None)


def read_sizes(record: Record, cwd: str, binder: Binder, where: str) -> dict[str, tuple[PathPattern, ...]]:
    """Return the files whose sizes `x-size` names, by what is counted of them; bytes if that is not said."""
    read, node = record.get("x-size"), record.nodes.get("x-size")
    if read is None or node is None:
        return {}
    if isinstance(node, MappingNode):
        named = [(name, read.values[name], read.nodes[name]) for name in read.values]
    else:
        named = [("bytes", read, node)]
    found = {}
    for name, value, at in named:
        nodes = at.items if isinstance(at, SequenceNode) else [at]
        values = value if isinstance(value, list) else [value]
        patterns = [
            _pattern(each, item, cwd, binder, f"`x-size` of {where}", output=False)
            for each, item in zip(values, nodes, strict=False)
        ]
        found[name] = tuple(pattern for pattern in patterns if pattern is not None)
    return found


def _pattern(
    read: Template | Record, node: Node, cwd: str, binder: Binder, where: str, *, output: bool
) -> PathPattern | None:
    fields: Mapping[str, Any] = {}
    template = read
    if isinstance(read, Record):
        fields, template = read.values, read.get("path")
        node = read.nodes.get("path", node)
    if not isinstance(template, Template):
        return None
    text = binder.text(template, node, where)
    if text is None:
        return None
    try:
        pattern = parse_pattern(
            text,
            cwd,
            optional=fields.get("optional", False),
            persist=fields.get("persist", False),
            store=fields.get("store", True),
            span=template.span,
        )
        if output:
            check_output(pattern)
    except PatternError as error:
        binder.problems.error(OUTSIDE_WORKSPACE, f"{where}: {error.message}", node, hints=(error.hint,))
        return None
    return pattern
