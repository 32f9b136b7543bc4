"""Asks a strategy again and again which steps start, in a run and in a simulation alike.

What no strategy has to think of is done here: nothing is taken twice, ranks are revised as steps end, nobody
waits for ever because of its size (see `claims`), and if durations are known, nobody that passes the first
one that does not fit delays it (see `reserving`).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence, Sized

from wfopt.dataclass import replace
from wfopt.errors import StrategyError
from wfopt.scheduler.base import Facts, Learner, Room, Sharer, Strategy, View, dominant_shares
from wfopt.scheduler.claims import Claims
from wfopt.scheduler.reserving import Reserving
from wfopt.scheduler.stock import Packing, Stock
from wfopt.scheduler.waiting import Waiting


class Dispatcher:
    """What is known between two decisions.

    Attributes:
        strategy: decides who starts.
        facts: what is known; they must tell the demands.
        running: the moment at which each running node started.
        used: for each group, the seconds of its ended nodes, each times its dominant share.
    """

    __slots__ = (
        "_claims",
        "_learner",
        "_ratios",
        "_shares",
        "_stock",
        "_waiting",
        "facts",
        "running",
        "strategy",
        "used",
    )

    def __init__(self, strategy: Strategy, facts: Facts) -> None:
        """Ask the strategy for its ranks.

        Raises:
            ValueError: the facts do not tell the demands.
        """
        self.strategy = strategy
        self.running: dict[int, float] = {}
        self.used: dict[str, float] = {}
        self._ratios: dict[str, list[float]] = {}
        self._set_up(facts)

    def _set_up(self, facts: Facts) -> None:
        demands, strategy = facts.demands, self.strategy
        if demands is None:
            raise ValueError("the facts do not tell what the nodes ask for")
        packing = Packing(demands)
        self.facts = facts
        self._stock = Stock(packing)
        self._shares = dominant_shares(demands)
        classes = demands.kinds
        if facts.groups and isinstance(strategy, Sharer):
            classes = _numbered(list(zip(classes, facts.groups, strict=True)))
        self._claims = Claims(packing, classes)
        self._waiting = Waiting(tuple(strategy.ranks(facts)), classes)
        self._learner = strategy if facts.groups and isinstance(strategy, Learner) else None

    def adopt(self, facts: Facts) -> None:
        """Go on with other facts about the same nodes, such as durations that are known by now.

        Raises:
            ValueError: the facts do not tell the demands.
        """
        waiting = list(self._waiting)
        self._set_up(facts)
        for node in self.running:
            self._stock.take(node)
        self.add(waiting)

    def grow(self, node: int, memory_bytes: int) -> int:
        """Have a node that neither waits nor runs ask for more memory; return how much it will get."""
        demands = self.facts.demands
        if demands is None or "memory" not in demands.resources:
            return memory_bytes
        changed = demands.changed(node, "memory", memory_bytes)
        self.adopt(replace(self.facts, demands=changed))
        return changed.rows[-1][changed.resources.index("memory")]

    @property
    def has_cpus(self) -> bool:
        """Whether there are a slot and some cpu for another node."""
        return self._stock.has_cpus

    @property
    def crowded(self) -> bool:
        """Whether more wait than could start if only slots counted."""
        return len(self._waiting) > self._stock.slots

    def __len__(self) -> int:
        """Return how many nodes wait."""
        return len(self._waiting)

    def add(self, nodes: Iterable[int]) -> None:
        """Take up nodes that may start from now on."""
        for node in nodes:
            self._waiting.add(node)

    def discard(self, nodes: Iterable[int]) -> None:
        """Drop those of the nodes that wait: they will not start."""
        for node in nodes:
            if node in self._waiting:
                self._waiting.remove(node)

    def start(self, now: float) -> list[int]:
        """Return the nodes that start now, in order; from now on they run.

        Raises:
            StrategyError: the strategy picked what may not start.
        """
        started: list[int] = []
        while self._waiting and not self._stock.full:
            picked = self._decide(now)
            if not picked:
                break
            started += picked
        return started

    def end(self, node: int, now: float, *, typical: bool = True) -> None:
        """Give back what a running node had taken.

        `typical` says whether it took as long as such nodes take: not if it failed, was stopped, or need not
        have run. It may be added again.
        """
        self._stock.release(node)
        spent = now - self.running.pop(node)
        if not self.facts.groups:
            return
        group = self.facts.groups[node]
        share = self._shares[self._stock.packing.kinds[node]]
        self.used[group] = self.used.get(group, 0.0) + spent * share
        expected = self.facts.weights[node]
        if self._learner is not None and typical and expected > 0:
            self._ratios.setdefault(group, []).append(spent / expected)
            ranks = self._learner.revise(self.facts, self._ratios, group)
            if ranks is not None:
                self._waiting.rerank(ranks)

    def pass_on(self, node: int, to: int, now: float) -> None:
        """Give what a running node had taken to one that never waited, asks for the same, and runs by now."""
        self.end(node, now)
        self._stock.take(to)
        self.running[to] = now

    def _decide(self, now: float) -> Sequence[int]:
        leaders = self._waiting.leaders()
        lacking = {each: short for each, node in leaders.items() if (short := self._stock.lacking(node))}
        claimer = self._claims.first(leaders)
        if claimer is not None and self._stock.fits(claimer):
            picked: Sequence[int] = (claimer,)
        else:
            picked = self.strategy.pick(self._view(now, claimer, leaders, lacking))
        for node in picked:
            self._begin(node, now)
        self._claims.note(picked, leaders, self._stock)
        return picked

    def _view(self, now: float, claimer: int | None, leaders: Sized, lacking: Mapping[int, int]) -> View:
        """Return what the strategy may see: nothing that is kept for others."""
        stock, facts = self._stock.copy(), self.facts
        # Of those that do not fit one is enough, to be the first that others may not delay.
        ready = self._waiting.best(stock.slots, lacking)
        if claimer is not None:
            stock.hold(claimer)
            ready.remove(claimer)
        room: Room = stock
        # Nodes that ask for the same cannot pass each other.
        if facts.timed and len(leaders) > 1:
            room = Reserving(stock, facts.weights, self.running, now)
        return View(ready, room, facts, now, self.running, self.used)

    def _begin(self, node: int, now: float) -> None:
        if node not in self._waiting or not self._stock.take(node):
            called = self.facts.ids[node] if self.facts.ids else str(node)
            message = f"strategy `{self.strategy.name}` picked `{called}`, which may not start now"
            raise StrategyError(message)
        self._waiting.remove(node)
        self.running[node] = now


def _numbered(values: Sequence[Hashable]) -> tuple[int, ...]:
    """Return a number for each value, the same for equal ones."""
    numbers: dict[Hashable, int] = {}
    return tuple([numbers.setdefault(value, len(numbers)) for value in values])
