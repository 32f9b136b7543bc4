"""The front end that every format reads YAML through: from a path to nodes that know their places.

`yaml.load` is never called, and neither is PyYAML's composer: it recurses (200 KB of brackets end the
process), and its constructor expands merge keys without bound (430 bytes keep it busy for 23 s). wfopt reads
the parser's events and builds nodes of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import yaml

from wfopt.errors import Diagnostic, LoadError, Severity
from wfopt.formats import refusals
from wfopt.formats.builder import MAX_DEPTH, MAX_DOCUMENTS, MAX_NODES, DocumentBuilder
from wfopt.formats.nodes import MappingNode, Node, ScalarNode, SequenceNode, TaggedNode
from wfopt.formats.places import comment_after, locate
from wfopt.formats.reading import read_source
from wfopt.formats.traps import explain
from wfopt.source import SourceFile

__all__ = [
    "MappingNode",
    "Node",
    "ScalarNode",
    "SequenceNode",
    "TaggedNode",
    "comment_after",
    "locate",
    "parse_documents",
    "parse_yaml",
    "read_source",
    "top_keys",
]

LoaderType = type[yaml.SafeLoader] | type[yaml.CSafeLoader]

DEFAULT_LOADER: LoaderType = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
"""The one whose parser is written in C, where PyYAML has it."""

PARSER_FILE = yaml.__file__
"""The file that another version of PyYAML has other text in."""

MAX_TAG_DIRECTIVES = 1_000
"""How often `%TAG` may occur: libyaml compares each with all before it (40,000 take 3 s)."""


def parse_yaml(
    source: SourceFile,
    *,
    duplicate_keys: Severity = Severity.ERROR,
    loader: LoaderType = DEFAULT_LOADER,
) -> tuple[Node, tuple[Diagnostic, ...]]:
    """Read the one YAML document of a file.

    Args:
        source: the file.
        duplicate_keys: how serious it is that a key stands twice in one mapping; the last one counts.
        loader: whose parser is used; they differ in details, such as a tab behind a colon.

    Returns:
        The root node, and the problems that do not prevent its use.

    Raises:
        LoadError: the file is not YAML, is empty, passes a limit, has several documents, or uses what
            wfopt does not read: tags, keys that are no scalars, aliases of nothing or of themselves.
    """
    (root,), problems = _parse(source, DocumentBuilder(source, duplicate_keys), loader)
    return root, problems


def parse_documents(
    source: SourceFile,
    *,
    tags: Collection[str] = (),
    duplicate_keys: Severity = Severity.WARNING,
    loader: LoaderType = DEFAULT_LOADER,
) -> tuple[list[Node], tuple[Diagnostic, ...]]:
    """Read all YAML documents of a file in a foreign format.

    Args:
        source: the file.
        tags: the tags that may stand at lists, such as `!reference`: those become a `TaggedNode`.
        duplicate_keys: as in `parse_yaml`.
        loader: as in `parse_yaml`.

    Returns:
        The root nodes of those that are not empty, and the problems that do not prevent their use.

    Raises:
        LoadError: as `parse_yaml`; there may be `MAX_DOCUMENTS`, which share the other limits.
    """
    return _parse(source, DocumentBuilder(source, duplicate_keys, tags, MAX_DOCUMENTS), loader)


def top_keys(source: SourceFile) -> list[str]:
    """Return the keys of the mapping at the top of a file's last document, whatever tags stand in it.

    No nodes are made. An empty list stands for anything but a mapping.

    Raises:
        LoadError: the file is not YAML, or passes a limit.
    """
    try:
        found = _glance(source)
    except LoadError:
        found = None
    if found is None:
        # Those who build nodes say better what is wrong.
        parse_documents(source)
    return found or []


def _glance(source: SourceFile) -> list[str] | None:
    """Return what `top_keys` does, or None if a limit is passed."""
    keys: list[str] = []
    depth = nodes = 0
    is_mapping = is_key = False
    for event in _events(source, DEFAULT_LOADER, None):
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.NodeEvent):
            if depth == 0 and not (isinstance(event, yaml.ScalarEvent) and not event.value):
                keys, is_key, is_mapping = [], False, isinstance(event, yaml.MappingStartEvent)
            elif depth == 1:
                is_key = not is_key
                if is_key and is_mapping and isinstance(event, yaml.ScalarEvent):
                    keys.append(event.value)
            depth += isinstance(event, yaml.CollectionStartEvent)
            nodes += 1
        if depth > MAX_DEPTH or nodes > MAX_NODES:
            return None
    return keys


def _parse(
    source: SourceFile, builder: DocumentBuilder, loader: LoaderType
) -> tuple[list[Node], tuple[Diagnostic, ...]]:
    if source.text.count("%TAG") > MAX_TAG_DIRECTIVES:
        raise LoadError((refusals.too_many_directives(source, MAX_TAG_DIRECTIVES),))
    try:
        roots = builder.build(_events(source, loader, builder))
    except LoadError as error:
        raise LoadError((*builder.problems, *error.diagnostics)) from error
    if builder.is_broken:
        raise LoadError(tuple(builder.problems))
    return roots, tuple(builder.problems)


def _events(source: SourceFile, loader: LoaderType, builder: DocumentBuilder | None) -> Iterator[yaml.Event]:
    """Yield the parser's events for a builder; whatever the parser raises becomes a LoadError."""
    try:
        yield from yaml.parse(source.text, Loader=loader)
    except Exception as error:
        # Not only YAMLError: escapes and directives can make PyYAML raise ValueError and its like.
        bracket = None if builder is None else builder.open_bracket
        raise LoadError((explain(error, source, bracket),)) from error
