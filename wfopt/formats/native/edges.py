"""The edges of a workflow: what the author wrote, and what inputs and outputs imply.

A mapping of steps has no order but `needs`, references and data. A list is an order: a step without
`needs` waits for everything above it, an earlier writer and a later reader make a data edge, and an
earlier reader and a later writer keep their order.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from wfopt.model.patterns import PathPattern, Relation, relate
from wfopt.model.workflow import Edge, EdgeKind, Step

MAX_EDGES = 300_000
"""A graph with more edges is refused: two large matrices that need each other make them by the product."""

_STRENGTH = {kind: rank for rank, kind in enumerate(EdgeKind)}


class TooManyEdgesError(Exception):
    """The edges exceed `MAX_EDGES`."""


class EdgeSet:
    """Edges by their ends; the strongest reason for each is kept."""

    def __init__(self) -> None:
        self.kinds: dict[tuple[int, int], tuple[EdgeKind, bool]] = {}

    def add(self, before: int, after: int, kind: EdgeKind, *, implicit: bool = False) -> None:
        """Add an edge; one that is also written or follows from data is no longer implicit."""
        known = self.kinds.get((before, after))
        if known is None:
            if len(self.kinds) >= MAX_EDGES:
                raise TooManyEdgesError
            self.kinds[before, after] = (kind, implicit)
        else:
            stronger = kind if _STRENGTH[kind] < _STRENGTH[known[0]] else known[0]
            self.kinds[before, after] = (stronger, implicit and known[1])

    def edges(self, steps: Sequence[Step]) -> tuple[Edge, ...]:
        """Return the edges, ordered by the positions of their ends."""
        return tuple(
            Edge(steps[before].id, steps[after].id, kind, implicit)
            for (before, after), (kind, implicit) in sorted(
                self.kinds.items(), key=lambda item: item[0][::-1]
            )
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
                edges.add(before, after, EdgeKind.ORDER, implicit=True)
        # These wait for everything above, so whoever waits for them does as well.
        above = list(cells)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two steps that declare the same output, or one output inside the other."""

    first: int
    second: int
    first_output: PathPattern
    second_output: PathPattern


class Data:
    """What the steps read and write, by path."""

    def __init__(self, steps: Sequence[Step], *, listed: bool, positions: Sequence[int]) -> None:
        self.steps = steps
        self.listed = listed
        self.positions = positions
        self.literal: list[tuple[str, int, PathPattern]] = []
        self.globs: list[tuple[int, PathPattern]] = []
        for place, step in enumerate(steps):
            for output in step.outputs or ():
                if output.negated:
                    continue
                if output.is_glob:
                    self.globs.append((place, output))
                else:
                    self.literal.append((output.text, place, output))
        self.literal.sort(key=lambda item: (item[0], item[1]))
        self.paths = [path for path, _, _ in self.literal]

    def conflicts(self) -> Iterator[Conflict]:
        """Yield each pair of outputs that cannot both stand."""
        stack: list[tuple[str, int, PathPattern]] = []
        for entry in self.literal:
            path, place, output = entry
            while stack and path != stack[-1][0] and not path.startswith(stack[-1][0] + "/"):
                stack.pop()
            if stack and stack[-1][1] != place:
                yield Conflict(stack[-1][1], place, stack[-1][2], output)
            stack.append(entry)
        seen: dict[str, tuple[int, PathPattern]] = {}
        for place, output in self.globs:
            for _, other, literal in self._literals_near(output):
                if other != place and relate(literal, (output,)) is Relation.DATA:
                    yield Conflict(other, place, literal, output)
            first = seen.setdefault(output.text, (place, output))
            if first[0] != place:
                yield Conflict(first[0], place, first[1], output)

    def link(self, edges: EdgeSet) -> None:
        """Add an edge for each pair of a reader and a writer."""
        for reader, step in enumerate(self.steps):
            reads = step.inputs or ()
            for writer, output in self._candidates(reads):
                if writer != reader:
                    self._join(reader, writer, relate(output, reads), edges)

    def _candidates(self, reads: tuple[PathPattern, ...]) -> Iterator[tuple[int, PathPattern]]:
        """Yield the outputs that some of `reads` may touch, each perhaps more than once."""
        for read in reads:
            if not read.negated:
                for _, place, output in self._literals_near(read):
                    yield place, output
        if reads:
            yield from self.globs

    def _literals_near(self, read: PathPattern) -> Iterator[tuple[str, int, PathPattern]]:
        """Yield the literal outputs whose path starts like `read`, and the folders that it lies in."""
        prefix = read.prefix if not read.is_workspace else ""
        for index in range(bisect.bisect_left(self.paths, prefix), len(self.paths)):
            if not self.paths[index].startswith(prefix):
                break
            yield self.literal[index]
        parts = prefix.split("/")
        for count in range(1, len(parts)):
            folder = "/".join(parts[:count])
            index = bisect.bisect_left(self.paths, folder)
            while index < len(self.paths) and self.paths[index] == folder:
                yield self.literal[index]
                index += 1

    def _join(self, reader: int, writer: int, relation: Relation, edges: EdgeSet) -> None:
        if relation is Relation.NONE:
            return
        if self.listed and self.positions[reader] < self.positions[writer]:
            edges.add(reader, writer, EdgeKind.ORDER)
        elif relation is Relation.DATA:
            edges.add(writer, reader, EdgeKind.DATA)
        elif not _reaches(edges, reader, writer):
            edges.add(writer, reader, EdgeKind.ORDER)


def _reaches(edges: EdgeSet, start: int, goal: int) -> bool:
    """Return whether `goal` already waits for `start`."""
    after: dict[int, list[int]] = {}
    for before, then in edges.kinds:
        after.setdefault(before, []).append(then)
    seen, todo = {start}, [start]
    while todo:
        for then in after.get(todo.pop(), ()):
            if then == goal:
                return True
            if then not in seen:
                seen.add(then)
                todo.append(then)
    return False
