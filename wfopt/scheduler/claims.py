"""Sees to it that no step waits for ever because of its size.

A node that does not fit lets others pass (backfilling), which might go on for ever. Each start of a node that
asks for less of something, after which there is too little of it for the best node of a waiting class, passes
that class over. A class that was passed over `PATIENCE` times has a claim: its best node starts as soon as it
fits, and until then all that it asks for is set aside as it becomes free, so that others get only what it
could not use. Who was first to have a claim keeps it until then; once a node of the class has started, it
counts anew. So whoever is passed over starts after a bounded number of starts of smaller ones, whatever their
ranks, provided that everything that runs ends. Who waits for others that ask for as much is outranked by
them, and the better ones of a graph come to an end.

What a node waits for decides who passes it over: for a token, those that take fewer of that token. Nobody
else has to wait for its sake.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wfopt.scheduler.stock import Packing, Stock

PATIENCE = 64
"""So many starts may pass a class of nodes over; far fewer measurably cost makespan, more gain nothing."""


class Claims:
    """How often each class of nodes, which ask for the same, was passed over since one of it started.

    Attributes:
        packing: what each node takes.
        classes: of each node.
    """

    __slots__ = ("_due", "_less", "_passes", "classes", "packing")

    def __init__(self, packing: Packing, classes: Sequence[int]) -> None:
        self.packing = packing
        self.classes = classes
        self._passes: dict[int, int] = {}
        # The classes with a claim, in the order in which they got it.
        self._due: dict[int, None] = {}
        self._less: dict[tuple[int, int], int] = {}

    def note(self, started: Sequence[int], leaders: Mapping[int, int], stock: Stock) -> None:
        """Count whom the nodes that start now pass over.

        Args:
            started: the nodes.
            leaders: the best node of each class that waited before.
            stock: what is free now that they have started.
        """
        kinds = self.packing.kinds
        for each, node in leaders.items():
            missing = stock.lacking(node)
            if missing:
                passes = sum(1 for other in started if self._asks_less(kinds[other], kinds[node]) & missing)
                if passes:
                    self._passes[each] = self._passes.get(each, 0) + passes
                    if self._passes[each] >= PATIENCE:
                        self._due[each] = None
        if self._passes:
            for node in started:
                self._passes.pop(self.classes[node], None)
                self._due.pop(self.classes[node], None)

    def first(self, leaders: Mapping[int, int]) -> int | None:
        """Return which of the nodes goes before all others, or None; they are the best of each class."""
        return next((leaders[each] for each in self._due if each in leaders), None)

    def _asks_less(self, kind: int, than: int) -> int:
        """Return the guards of the resources of which a kind takes something, but less than another one."""
        found = self._less.get((kind, than))
        if found is None:
            found = self._less[kind, than] = self.packing.less(kind, than)
        return found
