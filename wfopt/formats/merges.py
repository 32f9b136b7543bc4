"""Merge keys: `<<: *defaults` copies the pairs of another mapping.

The rules are those of https://yaml.org/type/merge.html: the mapping's own keys win, wherever they stand, and
of a list of mappings the first one that has a key wins.

A few hundred bytes of nested merges can ask for millions of pairs (six levels of nine: 5.4 million), so what
a merge copies is added up before anything is copied. Every pair counts, also one that is overridden later.
"""

from __future__ import annotations

from collections.abc import Callable

from wfopt.codes import TOO_COMPLEX, YAML_SYNTAX
from wfopt.errors import Diagnostic, Label, LoadError
from wfopt.formats.nodes import MappingNode, Node, ScalarNode, SequenceNode

MAX_MERGED_PAIRS = 20_000
"""How many pairs the merge keys of one document may copy in total."""

Pair = tuple[ScalarNode, Node]


def is_merge_key(key: ScalarNode) -> bool:
    """Return whether a key asks for a merge; a quoted `"<<"` is an ordinary key."""
    return key.plain and key.text == "<<"


class Merger:
    """Expands the merge keys of one document and keeps the count.

    Args:
        refuse: is told about merge keys whose value is not a mapping or a list of mappings.
    """

    def __init__(self, refuse: Callable[[Diagnostic], None]) -> None:
        self._refuse = refuse
        self._copied = 0
        self._weights: dict[MappingNode, int] = {}

    def expand(self, mapping: MappingNode, pairs: list[Pair]) -> list[Pair]:
        """Return the pairs that a mapping with merge keys has.

        Args:
            mapping: the mapping; remembered with the number of pairs that merging it will copy.
            pairs: its pairs as the file has them.

        Raises:
            LoadError: the document's merge keys copy more than `MAX_MERGED_PAIRS` pairs.
        """
        merge_keys = [(key, value) for key, value in pairs if is_merge_key(key)]
        # What is merged first is overridden by what is merged later: the last source comes first.
        sources = [source for key, value in merge_keys for source in reversed(self._sources(key, value))]
        copies = sum(self._weights.get(source, len(source.pairs)) for source in sources)
        self._weights[mapping] = copies + len(pairs) - len(merge_keys)
        self._copied += copies
        if self._copied > MAX_MERGED_PAIRS:
            raise LoadError((_too_many(merge_keys[0][0]),))
        merged = {key.text: (key, value) for source in sources for key, value in source.pairs}
        merged.update({key.text: (key, value) for key, value in pairs if not is_merge_key(key)})
        return list(merged.values())

    def _sources(self, key: ScalarNode, value: Node) -> list[MappingNode]:
        """Return the mappings that a merge key names, the strongest first."""
        found: list[MappingNode] = []
        for each in value.items if isinstance(value, SequenceNode) else [value]:
            if isinstance(each, MappingNode):
                found.append(each)
            else:
                self._refuse(_not_a_mapping(key, each))
        return found


def _too_many(key: ScalarNode) -> Diagnostic:
    return Diagnostic(
        code=TOO_COMPLEX,
        message=f"the merge keys of the file copy more than {MAX_MERGED_PAIRS:,} pairs",
        primary=Label(key.span, "the limit is passed here"),
        hints=("write the shared keys out, or merge fewer mappings into each other",),
    )


def _not_a_mapping(key: ScalarNode, value: Node) -> Diagnostic:
    return Diagnostic(
        code=YAML_SYNTAX,
        message="`<<` merges a mapping or a list of mappings, nothing else",
        primary=Label(key.span, "merges what follows"),
        related=(Label(value.span, "not a mapping"),),
        hints=("name a mapping, as in `<<: *defaults`, or quote the key: `'<<'`",),
    )
