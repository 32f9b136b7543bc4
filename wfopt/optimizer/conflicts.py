"""Which units may touch the same files although no edge says that one feeds the other."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from wfopt.model.patterns import PathPattern
from wfopt.model.relations import Relation, relate
from wfopt.model.workflow import Origin
from wfopt.optimizer.units import Units


def conflicts_of(units: Units) -> dict[int, list[int]]:
    """Return, for each unit, those that may touch the same files although nothing says that one feeds it.

    Readers and writers that may meet have an edge already, which is looked at where it must be written; here
    are pairs of writers, of which at least one declares a pattern.
    """
    found: dict[int, set[int]] = {}
    for first, second in (*_writers(units), *_unwritten(units)):
        if first != second:
            found.setdefault(first, set()).add(second)
            found.setdefault(second, set()).add(first)
    return {place: sorted(others) for place, others in found.items()}


def _unwritten(units: Units) -> Iterator[tuple[int, int]]:
    """Yield pairs whose order comes from files but must be written to stay as it is."""
    for pair, edges in units.edges.items():
        if any(Origin.FILES in edge.origin for edge in edges):
            yield pair


def _writers(units: Units) -> Iterator[tuple[int, int]]:
    entries = sorted(
        (output.prefix, place, output.text, output)
        for place, cells in enumerate(units.cells)
        for step in cells
        for output in step.outputs or ()
        if not output.negated
    )
    keys = [entry[0] for entry in entries]
    for prefix, place, _, output in entries:
        if not (output.is_glob or output.directory):
            continue
        for other in range(bisect_left(keys, prefix), len(entries)):
            if not keys[other].startswith(prefix):
                break
            if _may_meet(output, entries[other][3]):
                yield place, entries[other][1]


def _may_meet(first: PathPattern, second: PathPattern) -> bool:
    return relate(first, (second,)) is not Relation.NONE or relate(second, (first,)) is not Relation.NONE
