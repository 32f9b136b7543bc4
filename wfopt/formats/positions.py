"""The front end that every format reads YAML through: from a path to nodes that know their places.

`yaml.load` is never called, and neither is PyYAML's composer: it recurses (200 KB of brackets end the
process), and its constructor expands merge keys without bound (430 bytes keep it busy for 23 s). wfopt reads
the parser's events and builds nodes of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from wfopt.errors import Diagnostic, LoadError, Severity
from wfopt.formats import refusals
from wfopt.formats.builder import DocumentBuilder
from wfopt.formats.nodes import MappingNode, Node, ScalarNode, SequenceNode
from wfopt.formats.places import comment_after, locate
from wfopt.formats.reading import read_source
from wfopt.formats.traps import explain
from wfopt.source import SourceFile

__all__ = [
    "MappingNode",
    "Node",
    "ScalarNode",
    "SequenceNode",
    "comment_after",
    "locate",
    "parse_yaml",
    "read_source",
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
    if source.text.count("%TAG") > MAX_TAG_DIRECTIVES:
        raise LoadError((refusals.too_many_directives(source, MAX_TAG_DIRECTIVES),))
    builder = DocumentBuilder(source, duplicate_keys)
    try:
        root = builder.build(_events(source, loader, builder))
    except LoadError as error:
        raise LoadError((*builder.problems, *error.diagnostics)) from error
    if builder.is_broken:
        raise LoadError(tuple(builder.problems))
    return root, tuple(builder.problems)


def _events(source: SourceFile, loader: LoaderType, builder: DocumentBuilder) -> Iterator[yaml.Event]:
    """Yield the parser's events for the builder; whatever the parser raises becomes a LoadError."""
    try:
        yield from yaml.parse(source.text, Loader=loader)
    except Exception as error:
        # Not only YAMLError: escapes and directives can make PyYAML raise ValueError and its like.
        raise LoadError((explain(error, source, builder.open_bracket),)) from error
