"""How loose the order of steps may become: every order that matters stays, and no other one is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from wfopt.dataclass import dataclass, field
from wfopt.model.workflow import Edge, EdgeKind, Origin, StepId
from wfopt.optimizer.conflicts import conflicts_of
from wfopt.optimizer.freedom import Bond, watches_status
from wfopt.optimizer.sightings import Spill
from wfopt.optimizer.skipping import skip_flags, watched_outcomes
from wfopt.optimizer.units import Units


@dataclass(frozen=True, slots=True)
class Loosened:
    """What one unit waits for in the looser order.

    Attributes:
        place: the unit.
        needs: what its `needs` names from now on.
        ahead: the steps that it overtakes and no other one of them waited for: whoever fails, one of these is
            skipped.
        count: how many units it waited for and no longer does.
    """

    place: int
    needs: tuple[StepId, ...]
    ahead: tuple[StepId, ...] = ()
    count: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """A unit that could wait for less, but for a reason."""

    place: int
    why: str
    hint: str = ""


class _HeldError(Exception):
    """A unit keeps its order; the message says why, and the hint what could be done about that."""

    def __init__(self, why: str, hint: str = "") -> None:
        super().__init__(why)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Seen:
    """What traces tell of the units.

    Attributes:
        conflicts: for each unit, those that touch the same files.
        spill: tells what a unit would leave behind if one of some steps fails that it overtakes, or None; it
            asks which steps these are only if that matters, for they may be very many.
    """

    conflicts: Mapping[int, Sequence[int]] = field(default_factory=dict)
    spill: Callable[[int, Iterable[StepId]], Spill | None] = lambda _place, _overtaken: None


NOTHING_SEEN = Seen()


class Loosening:
    """Finds the loosest order that keeps every order between steps that may meet.

    A unit that is tied keeps its order to all others. A free one waits for tied ones, for what feeds it, and
    for those with which it shares files; these orders hold for every pair, not only for those with an edge.
    Orders are those of single cells, as bits by their ranks: places in an order that needs allow.

    Attributes:
        loosened: the units that wait for less, in topological order.
        held: the units that could, but for a reason.
        trouble: why an order that must stay cannot be written, or "".
    """

    def __init__(self, units: Units, bonds: Sequence[Bond | None], seen: Seen = NOTHING_SEEN) -> None:
        """Work it out; `bonds` are those of the units, and the units must not wait for each other."""
        self.loosened: list[Loosened] = []
        self.held: list[Held] = []
        self.trouble = ""
        self._units = units
        self._bonds = bonds
        self._steps = [step for place in units.order for step in units.cells[place]]
        self._rank = units.ranks
        self._before = self._edges_before()
        self._old = units.step_ancestors
        self._masks = [self._bits(step.id for step in cells) for cells in units.cells]
        self._firsts = self._bits(cells[0].id for cells in units.cells)
        self._tied = self._union(place for place, bond in enumerate(bonds) if bond is not None)
        self._conflicts = conflicts_of(units)
        for place, others in seen.conflicts.items():
            self._conflicts[place] = sorted({*self._conflicts.get(place, ()), *others})
        self._seen = seen
        self._skips = skip_flags(units)
        self._watched = watched_outcomes(units)
        self._new = [0] * len(self._steps)
        # By the steps whose failures skip them.
        self._old_hands = self._old_failures()
        self._hands = [0] * len(self._steps)
        for place in units.order:
            self._settle(place)

    def _edges_before(self) -> list[list[Edge]]:
        found: list[list[Edge]] = [[] for _ in self._steps]
        for edge in self._units.workflow.edges:
            found[self._rank[edge.after]].append(edge)
        return found

    def _old_failures(self) -> list[int]:
        found: list[int] = []
        for step, edges in zip(self._steps, self._before, strict=True):
            bits = 0
            for edge in () if watches_status(step) else edges:
                rank = self._rank[edge.before]
                bits |= (0 if edge.origin is Origin.FILES else found[rank]) | (1 << rank)
            found.append(bits)
        return found

    def _settle(self, place: int) -> None:
        """Decide for one unit, and note what its cells wait for from now on."""
        units = self._units
        if self._bonds[place] is None and units.is_own(place):
            try:
                if self._loosen(place):
                    return
            except _HeldError as held:
                self.held.append(Held(place, str(held), held.hint))
        self._repair(place)

    def _loosen(self, place: int) -> bool:
        """Let a unit wait for less; return whether that is possible.

        Raises:
            _HeldError: it is, but something stands against it.
        """
        units, ranks = self._units, self._ranks(place)
        keep = self._tied | self._union(self._conflicts.get(place, ()))
        wanted = [self._old[rank] & keep for rank in ranks]
        firm = [[edge for edge in self._before[rank] if _is_firm(edge)] for rank in ranks]
        fed = [{edge.before for edge in edges} for edges in firm]
        kept = self._bits(each for each in units.needs(place) or () if any(each in one for one in fed))
        for each in wanted:
            kept |= each
        stay = [each for each in units.needs(place) or () if kept >> self._rank[each] & 1]
        covered = [self._covered((*stay, *one)) for one in fed]
        added = self._added(place, wanted, covered, self._new)
        now = [bits | self._covered(added) for bits in covered]
        olds = [self._old[rank] for rank in ranks]
        if now == olds:
            return False
        added += self._lost(place, now, [self._handed_on(edges, (*stay, *added)) for edges in firm])
        if len({cell.needs for cell in units.cells[place]}) > 1:
            raise _HeldError("its cells need different steps")
        ahead = skips = 0
        for before, after in zip(olds, now, strict=True):
            ahead |= before & ~after
        if any(ahead & ~before for before in olds):
            raise _HeldError("its cells wait for different steps")
        self._refuse_other_skips(place, stay, added)
        self._refuse_other_failures(place, added)
        self._refuse_undoing(place)
        # Nearly always nobody asks which they are.
        spill = self._seen.spill(place, (self._steps[rank].id for rank in _ranks_in(ahead)))
        if spill is not None:
            raise _HeldError(spill.why, spill.hint)
        for rank, before, bits, edges in zip(ranks, olds, now, firm, strict=True):
            self._new[rank] = bits
            self._hands[rank] = self._handed_on(edges, (*stay, *added))
            # What it overtakes skips it as well, or undoes it.
            self._hands[rank] |= self._reached(self._hands, self._last(before & ~bits, self._old_hands[rank]))
            skips |= self._old_hands[rank]
        last = self._last(ahead, skips)
        count = max((ahead & self._firsts).bit_count(), len({units.of[each] for each in last}))
        self.loosened.append(Loosened(place, (*stay, *added), last, count))
        return True

    def _lost(self, place: int, now: Sequence[int], handed: Sequence[int]) -> list[StepId]:
        """Return what `needs` must name so that a unit is skipped after each failure that skipped it before.

        An order that comes from files alone is none over which skipping spreads. What overtakes a step is
        skipped with that.

        Args:
            place: the unit.
            now: what its cells will wait for.
            handed: the steps whose failures are handed on to them then.

        Raises:
            _HeldError: its cells would have to need different steps.
        """
        wanted = []
        for rank, bits, known in zip(self._ranks(place), now, handed, strict=True):
            by_overtaking = self._reached(
                self._hands, self._last(self._old[rank] & ~bits, self._old_hands[rank])
            )
            wanted.append(self._old_hands[rank] & bits & ~known & ~by_overtaking)
        return self._added(place, wanted, handed, self._hands)

    def _handed_on(self, edges: Iterable[Edge], needs: Iterable[StepId]) -> int:
        """Return the steps whose failure skips a step that has some edges from before, and needs others."""
        spread = [edge.before for edge in edges if edge.origin is not Origin.FILES]
        return self._bits(edge.before for edge in edges) | self._reached(self._hands, (*spread, *needs))

    def _added(
        self, place: int, wanted: Sequence[int], covered: Sequence[int], reach: Sequence[int]
    ) -> list[StepId]:
        """Return what `needs` must name so that the cells of a unit reach all that is wanted.

        Args:
            place: the unit.
            wanted: the steps, for each of its cells.
            covered: those that its cells reach anyway.
            reach: what is reached by way of each step.

        Raises:
            _HeldError: its cells would have to need different steps.
        """
        olds, added = [self._old[rank] for rank in self._ranks(place)], list[StepId]()
        extra = 0
        for bits, sure in zip(wanted, covered, strict=True):
            while missing := bits & ~sure & ~extra:
                rank = missing.bit_length() - 1
                other = self._units.of[self._steps[rank].id]
                for mask in (self._masks[other], 1 << rank):
                    if not any(mask & ~old for old in olds):
                        break
                else:
                    raise _HeldError(f"only some of its cells wait for `{self._steps[rank].id}`")
                new = [self._steps[each].id for each in _ranks_in(mask)]
                added += new
                extra |= self._reached(reach, new)
        return sorted(dict.fromkeys(added), key=self._place_of)

    def _place_of(self, step: StepId) -> tuple[int, int]:
        return self._units.of[step], self._rank[step]

    def _repair(self, place: int) -> None:
        """Let a unit wait for all that it waited for, where the way to it has gone."""
        units, ranks = self._units, self._ranks(place)
        for rank in ranks:
            self._new[rank] = self._old[rank]
            self._hands[rank] = self._old_hands[rank]
        if units.workflow.listed and units.is_own(place) and units.needs(place) is None:
            return
        covered = [self._covered(edge.before for edge in self._before[rank]) for rank in ranks]
        if all(self._old[rank] == bits for rank, bits in zip(ranks, covered, strict=True)):
            return
        named = units.needs(place) or ()
        try:
            added = self._added(place, [self._old[rank] for rank in ranks], covered, self._new)
            self._refuse_other_skips(place, (), added)
            self._refuse_other_failures(place, added)
            if not units.is_own(place):
                raise _HeldError("it stands in a file that is included")  # noqa: TRY301 - one kind of trouble
            if len({cell.needs for cell in units.cells[place]}) > 1:
                raise _HeldError("its cells need different steps")  # noqa: TRY301 - as above
        except _HeldError as held:
            self.trouble = f"`{units.names[place]}` must go on waiting for others, but {held}"
            return
        self.loosened.append(Loosened(place, tuple(dict.fromkeys((*named, *added)))))

    def _refuse_other_skips(self, place: int, stay: Sequence[StepId], added: Sequence[StepId]) -> None:
        """Refuse a change after which skipping would spread otherwise than before.

        Raises:
            _HeldError: it would.
        """
        units = self._units
        # A list hands no skipping on, so whatever `needs` names there is new.
        in_list = units.workflow.listed and units.needs(place) is None
        for each in (*stay, *added) if in_list else added:
            if self._skips[units.of[each]]:
                raise _HeldError(f"it would be skipped whenever `{units.names[units.of[each]]}` is")
        if self._skips[place] and self._bonds[place] is None:
            raise _HeldError("it is skipped along with what it waits for")

    def _refuse_other_failures(self, place: int, added: Sequence[StepId]) -> None:
        """Refuse needs that would skip a unit after a failure that did not skip it before.

        Raises:
            _HeldError: they would.
        """
        new = self._reached(self._hands, added)
        for rank in self._ranks(place):
            if gained := new & ~self._old_hands[rank]:
                name = self._steps[gained.bit_length() - 1].id
                raise _HeldError(f"it would be skipped if `{name}` fails")

    def _refuse_undoing(self, place: int) -> None:
        """Refuse that a unit overtakes others if somebody sees what it did before that is undone.

        Raises:
            _HeldError: somebody does.
        """
        for watcher in self._watched[place]:
            raise _HeldError(f"`{self._units.names[watcher]}` goes on even if it is skipped")

    def _ranks(self, place: int) -> list[int]:
        return [self._rank[step.id] for step in self._units.cells[place]]

    def _bits(self, steps: Iterable[StepId]) -> int:
        bits = 0
        for each in steps:
            bits |= 1 << self._rank[each]
        return bits

    def _union(self, places: Iterable[int]) -> int:
        bits = 0
        for place in places:
            bits |= self._masks[place]
        return bits

    def _covered(self, steps: Iterable[StepId]) -> int:
        """Return some steps and all that these wait for now."""
        return self._reached(self._new, steps)

    def _reached(self, reach: Sequence[int], steps: Iterable[StepId]) -> int:
        bits = 0
        for each in steps:
            rank = self._rank[each]
            bits |= reach[rank] | (1 << rank)
        return bits

    def _last(self, left: int, skips: int) -> tuple[StepId, ...]:
        """Return what a step must name of those that it overtakes, in file order.

        Whichever of them fails, what the step did is then undone if it would have been skipped. These are the
        last of them, and others whose failures skip none of these, but did skip the step.

        Args:
            left: all that it overtakes.
            skips: the steps whose failures skipped it.
        """
        found, skips = 0, skips & left
        while left:
            each = left.bit_length() - 1
            found |= 1 << each
            left &= ~(self._old[each] | (1 << each))
        for each in _ranks_in(found):
            skips &= ~(self._hands[each] | (1 << each))
        while skips:
            each = skips.bit_length() - 1
            found |= 1 << each
            skips &= ~(self._hands[each] | (1 << each))
        return tuple(sorted((self._steps[each].id for each in _ranks_in(found)), key=self._place_of))


def _is_firm(edge: Edge) -> bool:
    """Return whether an edge stays as it is, with all it hands on, whatever `needs` names."""
    return edge.kind in (EdgeKind.DATA, EdgeKind.REF) or edge.origin is Origin.FILES


def _ranks_in(bits: int) -> Iterator[int]:
    while bits:
        yield (bits & -bits).bit_length() - 1
        bits &= bits - 1
