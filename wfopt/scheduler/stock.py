"""Counts what is free of several resources, as quickly as if there were one."""

from __future__ import annotations

from wfopt.scheduler.base import Demands


class Packing:
    """The amounts of all resources, packed into one whole number for each demand.

    Each resource has a field of bits, wide enough for its capacity, and one guard bit above it. Where the
    guards of the minuend are set, one subtraction compares all resources at once: the guard of a field is
    cleared exactly if its demand is larger, and no field borrows from another.

    Attributes:
        guards: the guard bits of all fields.
        fields: for each resource, its guard bit and the bits of its amount.
        rows: the packed demands.
        kinds: of each node, its row.
        everything: what there is, with the guards set.
        least: the smallest amount of each resource that any row takes.
        slots: the bits of the first field.
    """

    __slots__ = ("everything", "fields", "guards", "kinds", "least", "rows", "slots")

    def __init__(self, demands: Demands) -> None:
        self.kinds = demands.kinds
        self.fields: list[tuple[int, int]] = []
        shifts: list[int] = []
        shift = 0
        for amount in demands.capacity:
            width = amount.bit_length()
            shifts.append(shift)
            self.fields.append((1 << shift + width, (1 << width) - 1 << shift))
            shift += width + 1

        def packed(row: tuple[int, ...]) -> int:
            return sum(amount << place for amount, place in zip(row, shifts, strict=True))

        self.guards = sum(guard for guard, _ in self.fields)
        self.slots = self.fields[0][1]
        self.rows = [packed(row) for row in demands.rows]
        self.everything = packed(demands.capacity) | self.guards
        self.least = packed(tuple(map(min, zip(*demands.rows, strict=True)))) if demands.rows else 0

    def less(self, kind: int, than: int) -> int:
        """Return the guards of the resources of which a row takes something, but less than another row."""
        row, other = self.rows[kind], self.rows[than]
        return sum(guard for guard, bits in self.fields if 0 < row & bits < other & bits)


class Stock:
    """What is free of a packing's resources.

    Attributes:
        packing: what there is, and what each node takes.
    """

    __slots__ = ("_free", "packing")

    def __init__(self, packing: Packing, free: int | None = None) -> None:
        self.packing = packing
        self._free = packing.everything if free is None else free

    @property
    def full(self) -> bool:
        """Whether nothing more can start, however small."""
        guards = self.packing.guards
        return (self._free - self.packing.least) & guards != guards

    @property
    def slots(self) -> int:
        """How many slots are free."""
        return self._free & self.packing.slots

    @property
    def has_cpus(self) -> bool:
        """Whether some of the first two resources is free: slots and cpu."""
        return all(self._free & bits for _, bits in self.packing.fields[:2])

    def take(self, node: int) -> bool:
        """Reserve what a node asks for, if it fits; return whether it did."""
        packing = self.packing
        left = self._free - packing.rows[packing.kinds[node]]
        if left & packing.guards != packing.guards:
            return False
        self._free = left
        return True

    def fits(self, node: int) -> bool:
        """Return whether a node could be taken."""
        return not self.lacking(node)

    def release(self, node: int) -> None:
        """Give back what a node had taken."""
        self._free += self.packing.rows[self.packing.kinds[node]]

    def hold(self, node: int) -> None:
        """Set aside what a node asks for, or as much of it as there is: who takes next cannot delay it."""
        packing = self.packing
        left = self._free - packing.rows[packing.kinds[node]]
        for guard, bits in packing.fields:
            if not left & guard:
                left = left & ~bits | guard
        self._free = left

    def lacking(self, node: int) -> int:
        """Return the guards of the resources of which there is too little for a node; 0 if it fits."""
        packing = self.packing
        return packing.guards & ~(self._free - packing.rows[packing.kinds[node]])

    def copy(self) -> Stock:
        """Return a scratch copy: taking from it changes nothing here."""
        return Stock(self.packing, self._free)
