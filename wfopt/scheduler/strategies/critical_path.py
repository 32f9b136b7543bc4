"""The strategy `critical-path`."""

from __future__ import annotations

from collections.abc import Sequence

from wfopt.graph.order import remaining
from wfopt.scheduler.base import Facts, View, first_fit


class CriticalPath:
    """Start the ready step with the longest chain of work behind it.

    Classic list scheduling by bottom level (Graham 1969): what delays the end most goes first. Without
    known durations every step counts as one, so the longest chain of steps wins.

    Example:
        Ready are `lint`, which nothing waits for, and `fetch`, behind which stand `build` and `test`;
        one slot is free: `fetch` starts, although `lint` stands first in the file.

    When it does not apply: with a single slot every order takes the same time; `fifo` is easier to follow.
    """

    name = "critical-path"

    def ranks(self, facts: Facts) -> Sequence[float]:
        return [-rank for rank in remaining(facts.dag, facts.weights)]

    def pick(self, view: View) -> Sequence[int]:
        return first_fit(view)
