"""How much shorter the critical path gets if something changes, for checks that ask many times."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from wfopt.analyzer.base import Case
from wfopt.graph.timing import Timing

MOST_VISITS = 150_000
"""Nodes and edges that one check may go over; beyond, it says nothing of savings."""


class WhatIf:
    """What one check asks of one case; in weights: seconds if anything is timed, else numbers of steps."""

    def __init__(self, case: Case) -> None:
        self._timing = case.timing
        size = len(case.workflow.steps) + len(case.workflow.edges)
        self._left = 1 + MOST_VISITS // max(1, size)
        self._critical: frozenset[int] | None = None

    def without_edges(self, pairs: Iterable[tuple[int, int]]) -> float | None:
        """Return what is saved if some edges go; None if it was asked too often."""
        timing = self._timing
        tight = [
            (before, after) for before, after in pairs if before in self.critical and after in self.critical
        ]
        return self._saved(lambda: timing.with_edges(drop=tight)) if tight else 0.0

    def with_weights(self, changes: Mapping[int, float]) -> float | None:
        """Return what is saved if some steps take less; None if it was asked too often."""
        if self.critical.isdisjoint(changes):
            return 0.0
        timing = self._timing
        return self._saved(lambda: timing.with_weights(changes))

    @property
    def critical(self) -> frozenset[int]:
        """The nodes without slack."""
        if self._critical is None:
            limit = self._timing.critical * 1e-9
            self._critical = frozenset(
                node for node, slack in enumerate(self._timing.slacks) if slack <= limit
            )
        return self._critical

    def _saved(self, change: Callable[[], Timing]) -> float | None:
        if self._left <= 0:
            return None
        self._left -= 1
        return max(0.0, self._timing.critical - change().critical)
