"""What a scheduling strategy is: it decides which of the ready steps start now, and in what order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from wfopt.graph.order import Dag


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known before the run; nodes are numbered in file order.

    Attributes:
        dag: who waits for whom.
        weights: the expected duration of each node; all 1 when nothing is known.
    """

    dag: Dag
    weights: tuple[float, ...]


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
    """

    ready: Sequence[int]
    room: Room


class Strategy(Protocol):
    """Decides the order of starts: pure, without clock, processes or logs."""

    @property
    def name(self) -> str:
        """What `--strategy` calls it."""

    def ranks(self, facts: Facts) -> Sequence[float]:
        """Return a rank for each node; ready nodes are offered smallest first, ties in file order."""

    def pick(self, view: View) -> Sequence[int]:
        """Return the nodes to start now, in order; each must be ready and fit."""


def first_fit(view: View) -> list[int]:
    """Return the ready nodes that fit, best first; one that does not fit lets later ones pass."""
    picked = []
    for node in view.ready:
        if view.room.full:
            break
        if view.room.take(node):
            picked.append(node)
    return picked
