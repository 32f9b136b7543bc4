"""Short cuts from YAML text to nodes, values and messages."""

from __future__ import annotations

import pytest
import yaml

from wfopt.errors import Diagnostic, LoadError
from wfopt.formats.nodes import MappingNode, Node, ScalarNode, SequenceNode
from wfopt.formats.positions import DEFAULT_LOADER, LoaderType, parse_yaml
from wfopt.formats.scalars import value_of
from wfopt.source import SourceFile, Span

LOADERS: tuple[LoaderType, ...] = (yaml.CSafeLoader, yaml.SafeLoader)
"""PyYAML's parsers: both must do."""


def source_of(text: str) -> SourceFile:
    """Return a source file named `w.yml`."""
    return SourceFile(name="w.yml", text=text)


def parsed(text: str, loader: LoaderType = DEFAULT_LOADER) -> Node:
    """Return the root node of a text without any problem."""
    root, problems = parse_yaml(source_of(text), loader=loader)
    assert problems == ()
    return root


def refused(text: str, loader: LoaderType = DEFAULT_LOADER) -> tuple[Diagnostic, ...]:
    """Return the messages with which a text is refused."""
    with pytest.raises(LoadError) as caught:
        parse_yaml(source_of(text), loader=loader)
    return caught.value.diagnostics


def child(node: Node, *path: str | int) -> Node:
    """Return the node under a path of keys and positions."""
    for step in path:
        if isinstance(step, int):
            assert isinstance(node, SequenceNode)
            node = node.items[step]
        else:
            assert isinstance(node, MappingNode)
            found = node.get(step)
            assert found is not None, step
            node = found
    return node


def scalar(text: str, *path: str | int, loader: LoaderType = DEFAULT_LOADER) -> ScalarNode:
    """Return the scalar under a path of keys and positions in a text."""
    found = child(parsed(text, loader), *path)
    assert isinstance(found, ScalarNode)
    return found


def value(node: Node) -> object:
    """Return what a node stands for."""
    match node:
        case ScalarNode():
            return value_of(node.text, plain=node.plain)
        case SequenceNode():
            return [value(item) for item in node.items]
        case MappingNode():
            return {value(key): value(each) for key, each in node.pairs}


def scalars(node: Node) -> list[ScalarNode]:
    """Return every scalar below a node, keys included, in the order of the file."""
    match node:
        case ScalarNode():
            return [node]
        case SequenceNode():
            return [each for item in node.items for each in scalars(item)]
        case MappingNode():
            return [each for pair in node.pairs for part in pair for each in scalars(part)]


def cut(span: Span) -> str:
    """Return what the file says at a place; lines are joined by a line feed."""
    lines = span.source.text.splitlines()[span.line - 1 : span.end_line]
    if not lines:
        return ""
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return "\n".join(lines)


def place(span: Span) -> tuple[int, int]:
    """Return a span's line and column."""
    return span.line, span.column
