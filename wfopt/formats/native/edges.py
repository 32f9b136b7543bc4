"""The edges of a workflow: what the author wrote, and what inputs and outputs imply.

A mapping of steps has no order but `needs`, references and data. A list is an order: a step without
`needs` waits for everything above it, an earlier writer and a later reader make a data edge, and an
earlier reader and a later writer keep their order.
"""

from __future__ import annotations

import bisect
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from wfopt.dataclass import dataclass
from wfopt.graph.order import dag_of, topological
from wfopt.model.patterns import PathPattern
from wfopt.model.relations import Relation, relate
from wfopt.model.workflow import Edge, EdgeKind, Origin, Step

MAX_EDGES = 300_000
"""A graph with more edges is refused: two large matrices that need each other make them by the product."""

MAX_COMPARISONS = 500_000
"""So many pairs of patterns are compared; beyond, the file is refused instead of taking minutes."""

_Written = tuple[str, int, PathPattern]
"""An output's literal start, the position of its step, and the output."""

_STRENGTH = {kind: rank for rank, kind in enumerate(EdgeKind)}


class TooManyEdgesError(Exception):
    """The edges exceed `MAX_EDGES`, or the patterns to compare `MAX_COMPARISONS`."""


class EdgeSet:
    """Edges by their ends; the strongest reason for each is kept."""

    def __init__(self) -> None:
        self.kinds: dict[tuple[int, int], tuple[EdgeKind, Origin]] = {}

    def add(self, before: int, after: int, kind: EdgeKind, origin: Origin = Origin.WRITTEN) -> None:
        """Add an edge; of two kinds for the same one the stronger counts."""
        known = self.kinds.get((before, after))
        if known is None:
            if len(self.kinds) >= MAX_EDGES:
                raise TooManyEdgesError
            self.kinds[before, after] = (kind, origin)
        else:
            stronger = kind if _STRENGTH[kind] < _STRENGTH[known[0]] else known[0]
            self.kinds[before, after] = (stronger, origin | known[1])

    def edges(self, steps: Sequence[Step]) -> tuple[Edge, ...]:
        """Return the edges, ordered by the positions of their ends."""
        ordered = sorted((after, before) for before, after in self.kinds)
        return tuple(
            Edge(steps[before].id, steps[after].id, *self.kinds[before, after]) for after, before in ordered
        )


def add_list_order(groups: Iterable[tuple[Sequence[int], bool]], edges: EdgeSet) -> None:
    """Add the order of a list: (positions of an entry's cells, whether it has `needs` of its own)."""
    above: list[int] = []
    for cells, has_needs in groups:
        if has_needs:
            above.extend(cells)
            continue
        for before in above:
            for after in cells:
                edges.add(before, after, EdgeKind.ORDER, Origin.LIST)
        # These wait for everything above, so whoever waits for them does as well.
        above = list(cells)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two declared paths that cannot both stand: outputs of two steps or of one, or an input and an output.

    Attributes:
        first: the position of the first step.
        second: the position of the second step, which may be the first one.
        first_path: the path of the first step.
        second_path: the output of the second step.
    """

    first: int
    second: int
    first_path: PathPattern
    second_path: PathPattern


def _conflict(first: _Written, second: _Written) -> Conflict:
    """Return the conflict of two outputs, the step that stands first in the file first."""
    first, second = sorted((first, second), key=lambda entry: entry[1])
    return Conflict(first[1], second[1], first[2], second[2])


class Data:
    """What the steps read and write, by path.

    Args:
        steps: the steps.
        order: for each step, the number of the list that it stands in and its place there; -1 for no list.
    """

    def __init__(self, steps: Sequence[Step], order: Sequence[tuple[int, int]]) -> None:
        self._steps = steps
        self._order = order
        self._literal: list[_Written] = []
        self._globs: list[_Written] = []
        self._compared = 0
        for place, step in enumerate(steps):
            for output in step.outputs or ():
                if not output.negated:
                    (self._globs if output.is_glob else self._literal).append((output.prefix, place, output))
        self._literal.sort(key=lambda item: item[:2])
        self._globs.sort(key=lambda item: item[:2])
        self._literal_keys = [key for key, _, _ in self._literal]
        self._by_path: dict[str, list[_Written]] = {}
        for entry in self._literal:
            self._by_path.setdefault(entry[0], []).append(entry)
        self._glob_keys = [key for key, _, _ in self._globs]

    def conflicts(self) -> Iterator[Conflict]:
        """Yield each pair of outputs that cannot both stand.

        Raises:
            TooManyEdgesError: there are too many patterns to compare.
        """
        by_path: dict[str, _Written] = {}
        paths = [(folded(entry[0]), entry) for entry in self._literal]
        for path, entry in paths:
            first = by_path.setdefault(path, entry)
            if first is not entry:
                yield _conflict(first, entry)
        for path, entry in paths:
            end = path.find("/")
            while end >= 0:
                outer = by_path.get(path[:end])
                if outer is not None:
                    yield _conflict(outer, entry)
                    break
                end = path.find("/", end + 1)
        yield from self._glob_conflicts()

    def _glob_conflicts(self) -> Iterator[Conflict]:
        seen: dict[str, tuple[int, PathPattern]] = {}
        for _, place, output in self._globs:
            for _, other, literal in self._literals_near(output):
                if other != place and self._relate(literal, (output,)) is Relation.DATA:
                    yield Conflict(other, place, literal, output)
            known = seen.setdefault(folded(output.text), (place, output))
            if known[1] is not output:
                yield Conflict(known[0], place, known[1], output)

    def link(self, edges: EdgeSet) -> list[Conflict]:
        """Add an edge for each pair of a reader and a writer; return outputs that their own step reads.

        Raises:
            TooManyEdgesError: there are too many edges, or too many patterns to compare.
        """
        hazards: list[tuple[int, int]] = []
        own: list[Conflict] = []
        known: dict[tuple[tuple[str, bool], ...], list[tuple[int, Relation]]] = {}
        for reader, step in enumerate(self._steps):
            reads = step.inputs or ()
            # The cells of a matrix often read the same, so what they touch is found once.
            key = tuple((read.text, read.negated) for read in reads)
            touched = known.get(key)
            if touched is None:
                touched = known[key] = list(self._touched(reads))
            for writer, relation in touched:
                if writer == reader:
                    own.extend(_own_conflicts(reader, step))
                elif self._is_earlier(reader, writer):
                    edges.add(reader, writer, EdgeKind.ORDER, Origin.FILES)
                elif relation is Relation.DATA:
                    edges.add(writer, reader, EdgeKind.DATA)
                elif len(hazards) > MAX_EDGES:
                    raise TooManyEdgesError
                else:
                    hazards.append((writer, reader))
        _add_hazards(hazards, len(self._steps), edges)
        return own

    def _is_earlier(self, reader: int, writer: int) -> bool:
        """Return whether a list puts a reader before a writer."""
        (reading, above), (writing, below) = self._order[reader], self._order[writer]
        return reading == writing and above < below

    def _touched(self, reads: tuple[PathPattern, ...]) -> Iterator[tuple[int, Relation]]:
        """Yield the steps that write what `reads` may touch."""
        seen: set[tuple[int, str]] = set()
        for read in reads:
            if read.negated:
                continue
            for _, writer, output in (*self._literals_near(read), *self._globs_near(read)):
                if (writer, output.text) not in seen:
                    seen.add((writer, output.text))
                    relation = self._relate(output, reads)
                    if relation is not Relation.NONE:
                        yield writer, relation

    def _relate(self, output: PathPattern, reads: tuple[PathPattern, ...]) -> Relation:
        # To match takes longer with the path.
        self._compared += 1 + len(output.text) // 256
        if self._compared > MAX_COMPARISONS:
            raise TooManyEdgesError
        return relate(output, reads)

    def _literals_near(self, read: PathPattern) -> Iterator[_Written]:
        """Yield the literal outputs that `read` may reach, and the folders that it lies in."""
        prefix = "" if read.is_workspace else read.prefix
        if read.is_glob or read.is_workspace:
            yield from _starting(prefix, self._literal_keys, self._literal)
        else:
            # `out/1` is neither `out/10` nor a folder that holds it.
            yield from self._by_path.get(prefix, ())
            yield from _starting(prefix + "/", self._literal_keys, self._literal)
        end = prefix.find("/")
        while end >= 0:
            yield from self._by_path.get(prefix[:end], ())
            end = prefix.find("/", end + 1)

    def _globs_near(self, read: PathPattern) -> Iterator[_Written]:
        """Yield the output globs whose literal start fits the one of `read`."""
        if not self._globs:
            return
        prefix = "" if read.is_workspace else read.prefix
        yield from _starting(prefix, self._glob_keys, self._globs)
        for end in range(len(prefix)):
            yield from _equal(prefix[:end], self._glob_keys, self._globs)


def _own_conflicts(place: int, step: Step) -> Iterator[Conflict]:
    """Yield the literal outputs of a step that it declares as inputs, too."""
    outputs = {each.text: each for each in step.outputs or () if not each.negated and not each.is_glob}
    for read in step.inputs or ():
        if not read.negated and read.text in outputs:
            yield Conflict(place, place, read, outputs[read.text])


def folded(path: str) -> str:
    """Return what a file system that ignores case and Unicode normal forms makes of a path."""
    return path.lower() if path.isascii() else unicodedata.normalize("NFC", path).casefold()


def _starting(prefix: str, keys: Sequence[str], entries: Sequence[_Written]) -> Iterator[_Written]:
    """Yield the entries whose key starts with `prefix`."""
    for index in range(bisect.bisect_left(keys, prefix), len(keys)):
        if not keys[index].startswith(prefix):
            break
        yield entries[index]


def _equal(key: str, keys: Sequence[str], entries: Sequence[_Written]) -> Iterator[_Written]:
    """Yield the entries whose key is `key`."""
    for index in range(bisect.bisect_left(keys, key), len(keys)):
        if keys[index] != key:
            break
        yield entries[index]


def _add_hazards(hazards: Sequence[tuple[int, int]], size: int, edges: EdgeSet) -> None:
    """Add an order for each (writer, reader) that may touch the same files.

    The writer goes first wherever that makes no circle; else the two keep an order that the other edges
    allow, so that they never run at once.
    """
    if not hazards:
        return
    hard = list(edges.kinds)
    settled = set(topological(dag_of(size, (*hard, *hazards))))
    rank = {node: place for place, node in enumerate(topological(dag_of(size, hard)))}
    for writer, reader in hazards:
        stuck = writer not in settled and reader not in settled
        if stuck and rank.get(reader, 0) < rank.get(writer, 0):
            edges.add(reader, writer, EdgeKind.ORDER, Origin.FILES)
        else:
            edges.add(writer, reader, EdgeKind.ORDER, Origin.FILES)
