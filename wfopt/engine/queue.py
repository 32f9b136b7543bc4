"""The steps that wait for room, and those that wait for another attempt."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Protocol

from wfopt.dataclass import dataclass, field
from wfopt.engine.reuse import Miss
from wfopt.model.outcome import StepOutcome
from wfopt.scheduler.base import Facts


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


class Dispatching(Protocol):
    """`wfopt.scheduler.dispatcher.Dispatcher`, which is loaded when the first node has to wait."""

    @property
    def has_cpus(self) -> bool: ...
    @property
    def crowded(self) -> bool: ...
    def __len__(self) -> int: ...
    def add(self, nodes: Iterable[int]) -> None: ...
    def discard(self, nodes: Iterable[int]) -> None: ...
    def start(self, now: float) -> list[int]: ...
    def end(self, node: int, now: float, *, typical: bool) -> None: ...
    def pass_on(self, node: int, to: int, now: float) -> None: ...
    def adopt(self, facts: Facts) -> None: ...
    def grow(self, node: int, memory_bytes: int) -> int: ...


@dataclass(slots=True)
class Queue:
    """The nodes of a plan that wait for nothing but room or time.

    Attributes:
        open: makes what decides who starts; called when the first node has to wait.
        recall: returns what is known of the past, or None if that is nothing; called once, when more nodes
            wait than there are slots: before that, their order does not matter.
    """

    open: Callable[[], Dispatching]
    recall: Callable[[], Facts | None] = lambda: None
    _dispatcher: Dispatching | None = None
    _recalled: bool = False
    _retries: dict[int, Retry] = field(default_factory=dict)
    _since: dict[int, float] = field(default_factory=dict)
    _grown: dict[int, int] = field(default_factory=dict)

    @property
    def retries(self) -> bool:
        """Whether any step waits for another attempt."""
        return bool(self._retries)

    @property
    def held_up(self) -> int:
        """How many nodes wait although there are slots and cpus."""
        dispatcher = self._dispatcher
        return len(dispatcher) if dispatcher is not None and dispatcher.has_cpus else 0

    def add(self, nodes: Collection[int], now: float) -> None:
        """Take up nodes that may start from now on."""
        if self._dispatcher is None:
            self._dispatcher = self.open()
        self._dispatcher.add(nodes)
        for node in nodes:
            self._since[node] = now

    def since(self, node: int) -> float:
        """Return the moment on the clock from which on a node might have started, and forget it."""
        return self._since.pop(node)

    def discard(self, nodes: Collection[int]) -> None:
        """Drop nodes that will not start."""
        if self._dispatcher is not None:
            self._dispatcher.discard(nodes)

    def start(self, now: float) -> list[int]:
        """Return the nodes that start now, in order; what they ask for is taken.

        Raises:
            StrategyError: the strategy picked what may not start.
        """
        dispatcher = self._dispatcher
        if dispatcher is None:
            return []
        if not self._recalled and dispatcher.crowded:
            self._recalled = True
            facts = self.recall()
            if facts is not None:
                dispatcher.adopt(facts)
                for node, memory_bytes in self._grown.items():
                    dispatcher.grow(node, memory_bytes)
        return dispatcher.start(now)

    def end(self, node: int, now: float, *, typical: bool = True) -> None:
        """Give back what a node had taken.

        `typical` says whether it took as long as such nodes take.
        """
        if self._dispatcher is not None:
            self._dispatcher.end(node, now, typical=typical)

    def pass_on(self, node: int, to: int, now: float) -> None:
        """Give what a node had taken to another one, which asks for the same and has started."""
        if self._dispatcher is not None:
            self._dispatcher.pass_on(node, to, now)

    def grow(self, node: int, memory_bytes: int) -> int:
        """Have a node that is to start again ask for more memory; return how much it will get."""
        self._grown[node] = memory_bytes
        return memory_bytes if self._dispatcher is None else self._dispatcher.grow(node, memory_bytes)

    def put_back(self, node: int, retry: Retry) -> None:
        """Take up a node that may start again when its time has come."""
        self._retries[node] = retry

    def wake(self, now: float) -> None:
        """Let those start again whose time has come."""
        due = [node for node, retry in self._retries.items() if retry.due <= now and self._sleeps(node)]
        if due:
            self.add(due, now)

    def next_due(self) -> float | None:
        """Return when the next step that still waits for its time may start again, or None."""
        waiting = (retry.due for node, retry in self._retries.items() if self._sleeps(node))
        return min(waiting, default=None)

    def retry_of(self, node: int) -> Retry | None:
        """Return what is known of a node that starts again, and forget it; None if it starts anew."""
        return self._retries.pop(node, None) if self._retries else None

    def give_up_retries(self) -> dict[int, Retry]:
        """Drop all steps that wait for another attempt, and return them."""
        retries, self._retries = self._retries, {}
        self.discard(retries.keys())
        return retries

    def _sleeps(self, node: int) -> bool:
        """Return whether a node that is to start again still waits for its time."""
        return node not in self._since
