"""What a scheduling strategy is: it decides which of the ready steps start now, and in what order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from wfopt.dataclass import dataclass, field, replace
from wfopt.graph.order import Dag


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What there is, and what each node takes of it while it runs; all amounts are whole numbers.

    Attributes:
        resources: names such as `slots`, `cpu`, `memory`, `token:gpu` and `matrix:test`; slots come first,
            and every node takes one at least.
        capacity: how much there is of each.
        rows: the different demands, each an amount of every resource; no amount is above the capacity.
        kinds: of each node, the place of its demand in `rows`.
    """

    resources: tuple[str, ...]
    capacity: tuple[int, ...]
    rows: tuple[tuple[int, ...], ...]
    kinds: tuple[int, ...]

    def changed(self, node: int, resource: str, amount: int) -> Demands:
        """Return the demands when a node asks for another amount of a resource, at most all there is."""
        place = self.resources.index(resource)
        row = list(self.rows[self.kinds[node]])
        row[place] = min(amount, self.capacity[place])
        kinds = list(self.kinds)
        kinds[node] = len(self.rows)
        return replace(self, rows=(*self.rows, tuple(row)), kinds=tuple(kinds))


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known before the run; nodes are numbered in file order.

    Attributes:
        dag: who waits for whom.
        weights: the expected duration of each node; all 1 when nothing is known.
        timed: whether the weights are seconds, so that they tell when a running node will end.
        priorities: what the file says; larger goes first. Empty if nobody asked.
        groups: whom each node belongs to, for sharing between them. Empty if nobody asked.
        demands: what each node takes of what there is, or None if nobody asked.
        ids: what messages call the nodes. Empty if nobody asked.
    """

    dag: Dag
    weights: tuple[float, ...]
    timed: bool = False
    priorities: tuple[int, ...] = ()
    groups: tuple[str, ...] = ()
    demands: Demands | None = None
    ids: tuple[str, ...] = ()


class Room(Protocol):
    """What is free at this moment; taking from it does not start anything."""

    def take(self, node: int) -> bool:
        """Reserve what a node asks for, if it fits; return whether it did."""

    @property
    def full(self) -> bool:
        """Whether nothing more can start, however small."""


@dataclass(frozen=True, slots=True)
class View:
    """The moment of a decision.

    Attributes:
        ready: the nodes that may start, best first by the strategy's own ranks.
        room: a scratch copy of what is free.
        facts: what was known before the run, or None if the strategy is not told.
        now: seconds on a clock that only moves forward.
        running: the moment on that clock at which each running node started.
        used: for each group, the seconds of its ended nodes, each times its dominant share.
    """

    ready: Sequence[int]
    room: Room
    facts: Facts | None = None
    now: float = 0.0
    running: Mapping[int, float] = field(default_factory=dict)
    used: Mapping[str, float] = field(default_factory=dict)


class Strategy(Protocol):
    """Decides the order of starts: pure, without clock, processes or logs."""

    @property
    def name(self) -> str:
        """What `--strategy` calls it."""

    def ranks(self, facts: Facts) -> Sequence[float]:
        """Return a rank for each node; ready nodes are offered smallest first, ties in file order."""

    def pick(self, view: View) -> Sequence[int]:
        """Return the nodes to start now, in order; each must be ready and fit."""


@runtime_checkable
class Sharer(Protocol):
    """A strategy that looks at groups: it must be offered the best ready nodes of each."""

    @property
    def between_groups(self) -> bool:
        """Whether it decides between groups."""


@runtime_checkable
class Learner(Protocol):
    """A strategy that thinks again when steps take longer or shorter than expected."""

    def revise(
        self, facts: Facts, ratios: Mapping[str, Sequence[float]], group: str
    ) -> Sequence[float] | None:
        """Return new ranks, or None to keep the old ones; asked when a node of a group has ended.

        `ratios` are, for each group, the measured over the expected durations of its ended nodes, in the
        order in which they ended.
        """


def first_fit(view: View) -> list[int]:
    """Return the ready nodes that fit, best first; one that does not fit lets later ones pass."""
    picked = []
    for node in view.ready:
        if view.room.full:
            break
        if view.room.take(node):
            picked.append(node)
    return picked


def dominant_shares(demands: Demands) -> list[float]:
    """Return, for each row, the largest share of any resource that it takes (Ghodsi 2011).

    How many cells of a matrix may run at once is a rule, not a resource, and does not count.
    """
    counted = [
        place
        for place, (name, amount) in enumerate(zip(demands.resources, demands.capacity, strict=True))
        if amount and not name.startswith("matrix:")
    ]
    return [max(row[place] / demands.capacity[place] for place in counted) for row in demands.rows]
