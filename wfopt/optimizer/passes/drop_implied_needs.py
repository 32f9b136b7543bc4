"""Drops `needs` that follow from others."""

from __future__ import annotations

from wfopt.model.workflow import EdgeKind, Origin, StepId, Workflow
from wfopt.optimizer.base import Change, Facts, Level, PassResult
from wfopt.optimizer.freedom import watches_status
from wfopt.optimizer.relinking import relinked
from wfopt.optimizer.units import Units


class DropImpliedNeeds:
    """Drops an entry of `needs` that another way through the graph implies.

    Nothing starts earlier for it: the file says the same with fewer words, and other passes see which orders
    really stand alone. The other way must hand on skipping just as `needs` does, so it may not lead over a
    file order or over a step that runs whatever came of those before it.

    Before:

        steps:
          build: { run: make, needs: [fetch] }
          test: { run: make test, needs: [fetch, build] }

    After:

          test: { run: make test, needs: [build] }

    Does not apply to entries whose status or values an expression uses, to the only way between two steps, or
    to steps with `always()`, `failure()` or `cancelled()` in their condition.
    """

    name = "drop-implied-needs"
    summary = "drop entries of `needs` that follow from others"
    level = Level.DECLARED

    def rewrite(self, workflow: Workflow, facts: Facts) -> PassResult:  # noqa: ARG002 - by the graph alone
        """Return the workflow without entries that follow from others."""
        units = Units(workflow)
        if len(units.order) < len(units):
            return PassResult(workflow)
        handed = _handed_on(units)
        needs: dict[str, tuple[StepId, ...] | None] = {}
        changes = []
        for place in range(len(units)):
            dropped = _implied(units, place, handed)
            if not dropped:
                continue
            name = units.names[place]
            needs[name] = tuple(each for each in units.needs(place) or () if units.of[each] not in dropped)
            for each, way in sorted(dropped.items()):
                change = Change(
                    made_by=self.name,
                    steps=units.ids([each, place]),
                    what=f"`{name}` no longer names `{units.names[each]}` in `needs`",
                    why=f"it needs `{units.names[way]}`, which waits for that already",
                    edge=(units.cells[each][0].id, units.cells[place][0].id),
                )
                changes.append(change)
        if not needs:
            return PassResult(workflow)
        return PassResult(relinked(workflow, needs), tuple(changes))


def _implied(units: Units, place: int, handed: list[int]) -> dict[int, int]:
    """Return the units that `needs` of a unit names in vain, each with one that implies it."""
    named = [units.of[each] for each in units.needs(place) or ()]
    if not named or not units.is_own(place) or any(watches_status(cell) for cell in units.cells[place]):
        return {}
    found = {}
    for each in dict.fromkeys(named):
        edges = units.edges[each, place]
        written_only = all(
            edge.kind in (EdgeKind.ORDER, EdgeKind.BARRIER) and Origin.FILES not in edge.origin
            for edge in edges
        )
        ways = [
            other
            for other in units.dag.before[place]
            if other != each and handed[other] >> each & 1 and _hands_on(units, other, place)
        ]
        if written_only and ways:
            found[each] = ways[-1]
    return found


def _handed_on(units: Units) -> list[int]:
    """Return, for each unit, those whose skipping surely skips it, as bits."""
    found = [0] * len(units)
    for place in units.order:
        if any(watches_status(cell) for cell in units.cells[place]):
            continue
        for before in units.dag.before[place]:
            if _hands_on(units, before, place):
                found[place] |= found[before] | (1 << before)
    return found


def _hands_on(units: Units, before: int, after: int) -> bool:
    """Return whether every cell of one unit is skipped with any cell of another."""
    edges = units.edges[before, after]
    whole = len(edges) == len(units.cells[before]) * len(units.cells[after])
    return whole and all(Origin.WRITTEN in edge.origin for edge in edges)
