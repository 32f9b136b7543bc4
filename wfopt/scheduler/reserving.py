"""Lets steps pass one that does not fit, as long as they are not expected to delay it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wfopt.scheduler.stock import Stock


class Reserving:
    """What is free, with a reservation for the first node that does not fit.

    EASY backfilling (Lifka 1995; Mu'alem and Feitelson 2001): by their expected ends it is known when the
    nodes that run make room for that first one. Another one may start if it is expected to end by then, or if
    it takes only what will be left over beside the first one. A running node that is overdue is taken to end
    now, so late ends cannot open the door any wider.

    Example:
        Of 4 cpus 3 are busy for 10 s more; `link` asks for 4. A step of 9 s starts on the free cpu, one of 11
        s does not: it would delay `link`.
    """

    __slots__ = ("_limit", "_now", "_running", "_spare", "_stock", "_taken", "_weights")

    def __init__(
        self, stock: Stock, weights: Sequence[float], running: Mapping[int, float], now: float
    ) -> None:
        """Start without a reservation.

        Args:
            stock: what is free; it is taken from.
            weights: the expected seconds of each node.
            running: the moment at which each running node started.
            now: this moment.
        """
        self._stock = stock
        self._weights = weights
        self._running = running
        self._now = now
        self._taken: list[int] = []
        self._spare: Stock | None = None
        self._limit = now

    @property
    def full(self) -> bool:
        """Whether nothing more can start, however small."""
        return self._stock.full

    def take(self, node: int) -> bool:
        """Reserve what a node asks for, if it fits and delays nobody; return whether it did."""
        if self._spare is None:
            if self._stock.take(node):
                self._taken.append(node)
                return True
            self._spare = self._left_beside(node)
            return False
        if self._now + self._weights[node] <= self._limit:
            return self._stock.take(node)
        return self._stock.fits(node) and self._spare.take(node) and self._stock.take(node)

    def _left_beside(self, first: int) -> Stock:
        """Set the limit to the moment from which a node fits, and return what is left then beside it."""
        now, weights = self._now, self._weights
        ends = [(max(now, start + weights[node]), node) for node, start in self._running.items()]
        ends += [(now + weights[node], node) for node in self._taken]
        spare = self._stock.copy()
        for at, node in sorted(ends):
            if at > self._limit and spare.fits(first):
                break
            spare.release(node)
            self._limit = at
        spare.hold(first)
        return spare
