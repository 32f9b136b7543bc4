"""How loose the order of steps may become: every order that matters stays, and no other one is asked for."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from wfopt.dataclass import dataclass
from wfopt.model.patterns import PathPattern
from wfopt.model.relations import Relation, relate
from wfopt.model.workflow import Origin, Step, StepId
from wfopt.optimizer.freedom import Bond, may_skip
from wfopt.optimizer.units import Units


@dataclass(frozen=True, slots=True)
class Loosened:
    """What one unit waits for in the looser order.

    Attributes:
        place: the unit.
        needs: what its `needs` names from now on, all cells together.
        count: how many units it waited for and no longer does.
        overtaken: those of them that no other one of them waited for: whoever fails, one of these is skipped.
    """

    place: int
    needs: tuple[StepId, ...]
    count: int = 0
    overtaken: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """A unit that could wait for less, but for a reason."""

    place: int
    why: str


class Loosening:
    """Finds the loosest order that keeps every order between steps that may meet.

    A unit that is tied keeps its order to all others. A free one waits for tied ones, for what feeds it, and
    for those with which it shares files; these orders hold for every pair, not only for those with an edge.

    Attributes:
        loosened: the units that wait for less, in topological order.
        held: the units that could, but for a reason.
        is_complete: whether every order can be kept; not if a file that is included would have to change.
    """

    def __init__(self, units: Units, bonds: Sequence[Bond | None]) -> None:
        """Work it out; `bonds` are those of the units, and the units must not wait for each other."""
        self.loosened: list[Loosened] = []
        self.held: list[Held] = []
        self.is_complete = True
        self._units = units
        self._bonds = bonds
        self._rank = {place: rank for rank, place in enumerate(units.order)}
        self._old = self._old_ancestors()
        self._tied = sum(1 << self._rank[place] for place, bond in enumerate(bonds) if bond is not None)
        self._conflicts = conflicts_of(units)
        self._skips = self._skip_flags()
        self._new: list[int] = []
        for place in units.order:
            self._new.append(self._settle(place))

    def _old_ancestors(self) -> list[int]:
        """Return what each unit waits for as bits by rank, the units in the order of their ranks."""
        old: list[int] = []
        for place in self._units.order:
            bits = 0
            for before in self._units.dag.before[place]:
                rank = self._rank[before]
                bits |= old[rank] | (1 << rank)
            old.append(bits)
        return old

    def _skip_flags(self) -> list[bool]:
        """Return which units may be skipped although nothing failed: only what is written hands that on."""
        units = self._units
        spreading = [
            [
                before
                for before in units.dag.before[place]
                if any(Origin.WRITTEN in edge.origin for edge in units.edges[before, place])
            ]
            for place in range(len(units))
        ]
        return may_skip([cells[0] for cells in units.cells], spreading, units.order)

    def _settle(self, place: int) -> int:
        """Decide for one unit; return what it waits for from now on, as bits by rank."""
        units, old = self._units, self._old[self._rank[place]]
        if self._bonds[place] is not None or not units.is_own(place):
            self._repair(place, old)
            return old
        firm = self._covered(each for each in units.dag.before[place] if units.is_firm((each, place)))
        keep = old & (self._tied | self._ranks(self._conflicts.get(place, ())))
        stay, added, now = self._needs_for(place, keep, firm)
        if now == old or self._reason_to_stay(place, stay, added):
            self._repair(place, old)
            return old
        needs, ahead = self._ids(place, stay, added), old & ~now
        self.loosened.append(Loosened(place, needs, ahead.bit_count(), self._last(ahead)))
        return now

    def _needs_for(self, place: int, keep: int, covered: int) -> tuple[list[int], list[int], int]:
        """Return the units that `needs` names and go on to, those that are added, and what is waited for."""
        units = self._units
        named = {units.of[each] for each in units.needs(place) or ()}
        stay = [each for each in named if keep >> self._rank[each] & 1 or units.is_firm((each, place))]
        covered |= self._covered(stay)
        added = []
        missing = keep & ~covered
        while missing:
            rank = missing.bit_length() - 1
            each = units.order[rank]
            added.append(each)
            covered |= self._new[rank] | (1 << rank)
            missing &= ~covered
        return stay, added, covered

    def _repair(self, place: int, old: int) -> None:
        """Let a unit wait for all that it waited for, where the way to it has gone."""
        units = self._units
        own = units.is_own(place)
        if own and units.workflow.listed and units.needs(place) is None:
            return
        now = self._covered(units.dag.before[place])
        missing = old & ~now
        if not missing:
            return
        self.is_complete = self.is_complete and own
        added = []
        while missing:
            rank = missing.bit_length() - 1
            added.append(units.order[rank])
            missing &= ~(self._new[rank] | (1 << rank))
        named = [units.of[each] for each in units.needs(place) or ()]
        self.loosened.append(Loosened(place, self._ids(place, named, added)))

    def _reason_to_stay(self, place: int, stay: Sequence[int], added: Sequence[int]) -> bool:
        """Note and return whether skipping would spread otherwise than before."""
        # A list hands no skipping on, so whatever `needs` names there is new.
        in_list = self._units.workflow.listed and self._units.needs(place) is None
        for each in (*stay, *added) if in_list else added:
            if self._skips[each]:
                why = f"it would be skipped whenever `{self._units.names[each]}` is"
                self.held.append(Held(place, why))
                return True
        if self._skips[place] and self._units.cells[place][0].condition is None:
            self.held.append(Held(place, "it is skipped along with what it waits for"))
            return True
        return False

    def _ids(self, place: int, stay: Sequence[int], added: Sequence[int]) -> tuple[StepId, ...]:
        kept = set(stay)
        written = [each for each in self._units.needs(place) or () if self._units.of[each] in kept]
        return (*written, *self._units.ids(sorted(added)))

    def _covered(self, places: Iterable[int]) -> int:
        bits = 0
        for each in places:
            rank = self._rank[each]
            bits |= self._new[rank] | (1 << rank)
        return bits

    def _ranks(self, places: Sequence[int]) -> int:
        bits = 0
        for each in places:
            bits |= 1 << self._rank[each]
        return bits

    def _last(self, ranks: int) -> tuple[int, ...]:
        """Return, of some units, those that no other one of them waited for, in file order."""
        found = []
        while ranks:
            rank = ranks.bit_length() - 1
            found.append(self._units.order[rank])
            ranks &= ~(self._old[rank] | (1 << rank))
        return tuple(sorted(found))


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
        if any(relation_of(units.step(edge.before), units.step(edge.after)) for edge in edges):
            yield pair


def relation_of(before: Step, after: Step) -> bool:
    """Return whether the earlier of two steps reads what the later one may write."""
    reads = before.inputs or ()
    return any(relate(output, reads) is not Relation.NONE for output in after.outputs or ())


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
