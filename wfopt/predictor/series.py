"""The past of one quantity of one step, in the form that models learn from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate
from math import exp, log
from operator import mul

LONGEST = 1024
"""So many of the newest values count: it bounds what one prediction costs."""


class Sums:
    """Running sums over the values of a series: the entry at `k` is over the first `k` of them.

    Attributes:
        ones: of the weights.
        x: of the sizes times the weights.
        y: of the values times the weights.
        xx: of the squared sizes times the weights.
        xy: of the sizes times the values, times the weights.
    """

    __slots__ = ("ones", "x", "xx", "xy", "y")

    def __init__(self, sizes: Sequence[float], values: Sequence[float], weights: Sequence[float]) -> None:
        weighted_sizes = list(map(mul, sizes, weights))
        self.ones = list(accumulate(weights, initial=0.0))
        self.x = list(accumulate(weighted_sizes, initial=0.0))
        self.y = list(accumulate(map(mul, values, weights), initial=0.0))
        self.xx = list(accumulate(map(mul, sizes, weighted_sizes), initial=0.0))
        self.xy = list(accumulate(map(mul, values, weighted_sizes), initial=0.0))


class Series:
    """Values in order of time, and the sizes of the inputs that they belong to.

    Attributes:
        logs: the natural logarithms of the values.
        runs: the run of each value, never falling.
        sizes: of each value, or empty if they are not known or say nothing.
        known: for each value, how many values were known when it was predicted; empty if all those of
            earlier runs were.
        similar: for a place and how many values were known, those of the most similar sizes, the most similar
            first; filled in by whoever looks for them.
        bounds: places of values that are lower bounds only: nobody is judged by them.
    """

    def __init__(
        self,
        logs: Sequence[float],
        runs: Sequence[int],
        sizes: Sequence[float] = (),
        known: Sequence[int] = (),
        bounds: frozenset[int] = frozenset(),
    ) -> None:
        self.logs = logs
        self.runs = runs
        self.sizes = sizes
        self.known = known
        self.bounds = bounds
        self.similar: dict[tuple[int, int], list[float]] = {}

    def __len__(self) -> int:
        return len(self.logs)

    @cached_property
    def values(self) -> list[float]:
        """The values themselves."""
        return list(map(exp, self.logs))

    @cached_property
    def log_sizes(self) -> list[float]:
        """The logarithms of the sizes, of 1 for smaller ones."""
        return [log(size) if size > 1.0 else 0.0 for size in self.sizes]

    @cached_property
    def minima(self) -> list[float]:
        """The smallest of the values up to each."""
        return list(accumulate(self.values, min))

    @cached_property
    def squares(self) -> list[float]:
        """Running sums of the squared values, as in `Sums`."""
        values = self.values
        return list(accumulate(map(mul, values, values), initial=0.0))

    @cached_property
    def sums(self) -> Sums:
        """Running sums in which all values weigh the same."""
        return Sums(self.sizes, self.values, [1.0] * len(self.logs))

    @cached_property
    def relative_sums(self) -> Sums:
        """Running sums with the weights 1/y^2: relative errors count."""
        return Sums(self.sizes, self.values, [exp(-2.0 * each) for each in self.logs])
