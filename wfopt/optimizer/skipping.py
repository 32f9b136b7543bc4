"""How skipping spreads through a workflow, by the entries of its file."""

from __future__ import annotations

from wfopt.model.workflow import Opaque, Origin
from wfopt.optimizer.freedom import watches_status
from wfopt.optimizer.units import Units


def skip_flags(units: Units) -> list[bool]:
    """Return which units may be skipped although nothing failed: only what is written hands that on."""
    found = [
        any(cell.condition is not None or isinstance(cell.run, Opaque) for cell in cells)
        for cells in units.cells
    ]
    for place in units.order:
        found[place] = found[place] or any(
            found[before] and any(Origin.WRITTEN in edge.origin for edge in units.edges[before, place])
            for before in units.dag.before[place]
        )
    return found


def failure_bits(units: Units) -> list[int]:
    """Return, for each unit, those of which any failure surely skips all of it, as bits by their places."""
    found = [0] * len(units)
    for place in units.order:
        if any(watches_status(cell) for cell in units.cells[place]):
            continue
        for before in units.dag.before[place]:
            edges = units.edges[before, place]
            if len(edges) < len(units.cells[before]) * len(units.cells[place]):
                continue
            found[place] |= 1 << before
            # A file order hands on what failed, but not what was skipped.
            if all(edge.origin is not Origin.FILES for edge in edges):
                found[place] |= found[before]
    return found


def watched_outcomes(units: Units) -> list[list[int]]:
    """Return, for each unit, one that waits for it and runs even if it is skipped; else nothing.

    What such a unit sees must be what it would see without overtaking, which is undone at the end only.
    """
    found: list[list[int]] = [[] for _ in range(len(units))]
    goes_on = [any(watches_status(cell) for cell in cells) for cells in units.cells]
    for place in reversed(units.order):
        for after in units.dag.after[place]:
            if goes_on[after] or any(edge.origin is Origin.FILES for edge in units.edges[place, after]):
                found[place] = [after]
            elif found[after]:
                found[place] = found[after]
    return found
