"""The steps that may start, best first, and those that wait for another attempt."""

from __future__ import annotations

import bisect
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from wfopt.engine.reuse import Miss
from wfopt.model.outcome import StepOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """A step that failed and is tried again.

    Attributes:
        due: when, on the clock, the next attempt may start.
        attempt: the number of that attempt.
        outcome: how the last one ended.
        miss: why the step runs, and what is needed to keep its result.
    """

    due: float
    attempt: int
    outcome: StepOutcome
    miss: Miss


@dataclass(slots=True)
class Queue:
    """The nodes of a plan that wait for nothing but room or time.

    Attributes:
        ranks: of each node; smaller goes first, ties in file order.
    """

    ranks: Sequence[float]
    _ready: list[tuple[float, int]] = field(default_factory=list)
    _retries: dict[int, Retry] = field(default_factory=dict)

    @property
    def retries(self) -> bool:
        """Whether any step waits for another attempt."""
        return bool(self._retries)

    def add(self, nodes: Collection[int]) -> None:
        """Take up nodes that may start."""
        for node in nodes:
            bisect.insort(self._ready, (self.ranks[node], node))

    def discard(self, nodes: Collection[int]) -> None:
        """Drop nodes that will not start."""
        self._ready = [entry for entry in self._ready if entry[1] not in nodes]

    def put_back(self, node: int, retry: Retry) -> None:
        """Take up a node that may start again when its time has come."""
        self._retries[node] = retry

    def wake(self, now: float) -> None:
        """Let those start again whose time has come."""
        due = [node for node, retry in self._retries.items() if retry.due <= now]
        self.add([node for node in due if not self._holds(node)])

    def next_due(self) -> float | None:
        """Return when the next step that still waits for its time may start again, or None."""
        waiting = (retry.due for node, retry in self._retries.items() if not self._holds(node))
        return min(waiting, default=None)

    def best(self, count: int | None = None) -> list[int]:
        """Return so many of the nodes that may start, or all, best first."""
        return [node for _, node in self._ready[:count]]

    def take(self, node: int) -> bool:
        """Remove a node that starts now; return whether it was there."""
        if not self._holds(node):
            return False
        del self._ready[self._place(node)]
        return True

    def retry_of(self, node: int) -> Retry | None:
        """Return what is known of a node that starts again, and forget it; None if it starts anew."""
        return self._retries.pop(node, None) if self._retries else None

    def give_up_retries(self) -> dict[int, Retry]:
        """Drop all steps that wait for another attempt, and return them."""
        retries, self._retries = self._retries, {}
        self.discard(retries.keys())
        return retries

    def __len__(self) -> int:
        return len(self._ready)

    def _place(self, node: int) -> int:
        return bisect.bisect_left(self._ready, (self.ranks[node], node))

    def _holds(self, node: int) -> bool:
        place = self._place(node)
        return place < len(self._ready) and self._ready[place][1] == node
