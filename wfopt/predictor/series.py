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
    """Sums over the first values of a series: the entry at `k` is over the first `start + k` of them.

    Attributes:
        start: what is asked for at least.
        ones: of the weights.
        x: of the sizes times the weights.
        y: of the values times the weights.
        xx: of the squared sizes times the weights.
        xy: of the sizes times the values, times the weights.
    """

    __slots__ = ("ones", "start", "x", "xx", "xy", "y")

    def __init__(
        self, start: int, sizes: Sequence[float], values: Sequence[float], weights: Sequence[float] = ()
    ) -> None:
        """Add up, each value weighing 1 without weights."""
        weighted_sizes = list(map(mul, sizes, weights)) if weights else sizes
        weighted_values = list(map(mul, values, weights)) if weights else values
        self.start = start
        self.ones: Sequence[float] = running(weights, start) if weights else range(start, len(values) + 1)
        self.x = running(weighted_sizes, start)
        self.y = running(weighted_values, start)
        self.xx = running(list(map(mul, sizes, weighted_sizes)), start)
        self.xy = running(list(map(mul, values, weighted_sizes)), start)


class Series:
    """Values in order of time, and the sizes of the inputs that they belong to.

    Attributes:
        logs: the natural logarithms of the values.
        runs: the run of each value, never falling.
        sizes: of each value, or empty if they are not known or say nothing.
        known: for each value, how many values were known when it was predicted; empty if all those of
            earlier runs were.
        bounds: places of values that are lower bounds only: nobody is judged by them.
        weights: of each value, as in `Sample`.
        start: models learn from so many of the first values at least; whoever knows better may raise it
            before they do, as sums over fewer need not be kept.
        quartiles: for how many values were known, their median and upper quartile; filled in by whoever needs
            them first.
        by_size: likewise for how many values the logarithms of the newest of their sizes were sorted last,
            those, and the logarithms of their values.
        similar: likewise for an origin, the medians of the values with the most similar sizes.
    """

    def __init__(
        self,
        logs: Sequence[float],
        runs: Sequence[int],
        sizes: Sequence[float] = (),
        known: Sequence[int] = (),
        bounds: frozenset[int] = frozenset(),
        weights: Sequence[float] = (),
    ) -> None:
        self.logs = logs
        self.runs = runs
        self.sizes = sizes
        self.known = known
        self.bounds = bounds
        self.weights = weights
        self.start = 1
        self.quartiles: dict[int, tuple[float, float]] = {}
        self.by_size: tuple[int, list[float], list[float]] = (0, [], [])
        self.similar: dict[tuple[int, int], tuple[float, ...]] = {}

    def __len__(self) -> int:
        return len(self.logs)

    @cached_property
    def values(self) -> list[float]:
        """The values themselves."""
        return list(map(exp, self.logs))

    @cached_property
    def log_sizes(self) -> list[float]:
        """The logarithms of the sizes, of 1 for smaller ones."""
        if min(self.sizes, default=0.0) > 1.0:
            return list(map(log, self.sizes))
        return [log(size) if size > 1.0 else 0.0 for size in self.sizes]

    @cached_property
    def squares(self) -> list[float]:
        """Sums of the squared values, as in `Sums`."""
        values = self.values
        return running(list(map(mul, values, values)), self.start)

    @cached_property
    def sums(self) -> Sums:
        """Sums in which all values weigh the same."""
        return Sums(self.start, self.sizes, self.values)

    @cached_property
    def relative_sums(self) -> Sums:
        """Sums with the weights 1/y^2: relative errors count."""
        return Sums(self.start, self.sizes, self.values, [1.0 / (value * value) for value in self.values])


def running(values: Sequence[float], start: int) -> list[float]:
    """Return the sums of the first `start` values, of one more, and so on.

    >>> running([1.0, 2.0, 3.0, 4.0], 2)
    [3.0, 6.0, 10.0]
    """
    return list(accumulate(values[start:], initial=sum(values[:start])))
