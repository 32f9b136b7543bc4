"""What a series measures, what its input size lets expect, and what is left of it: the residuals.

A trend must not report a step as slower because its input grew. So a series is compared with a line on the
input size where such a line explains it, and with nothing but itself where not.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from enum import Enum
from itertools import combinations

from wfopt.dataclass import dataclass
from wfopt.model.history import Point
from wfopt.model.quantiles import median

_WINDOW = 40
"""So many first points fix what is expected of all later ones: a change cannot hide in its own baseline."""

_FEWEST_POINTS = 12
_FEWEST_SIZES = 4

_LEAST_GAIN = 0.25
"""A line must shorten the residuals by this share; by chance, 12 points reach about a tenth."""


class Metric(Enum):
    """What is measured; the value is the word that people write and read."""

    WALL = "wall"
    CPU = "cpu"
    MEMORY = "memory"

    @property
    def smallest(self) -> float:
        """What smaller values are rounded up to, in seconds or bytes: clocks tick no finer."""
        return 4096.0 if self is Metric.MEMORY else 0.001


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a point should measure, by the size of its input.

    Attributes:
        typical: the median of the baseline, in seconds or bytes; used where no size is known.
        intercept: what an empty input would take.
        slope: what each byte of input adds; 0 if input size explains nothing.
        least: no expectation is below this, however small the input.
    """

    typical: float
    intercept: float
    slope: float
    least: float

    def of(self, input_bytes: int | None) -> float:
        """Return the expected value for an input; always positive."""
        if input_bytes is None or self.slope == 0:
            return self.typical
        return max(self.intercept + self.slope * input_bytes, self.least)


def measured(point: Point, metric: Metric) -> float | None:
    """Return what a point tells about a metric, or None if nothing.

    Only success counts, as failures end early; but a run that a limit on time ended took at least that long.
    """
    match metric:
        case Metric.WALL:
            value: float | None = point.wall_s
        case Metric.CPU:
            value = point.cpu_s
        case Metric.MEMORY:
            value = point.peak_memory_bytes
    counts = point.status == "succeeded" or (point.timed_out and metric is Metric.WALL)
    return value if counts else None


def busy(runs: Sequence[Point]) -> Sequence[Point]:
    """Return the runs in which something ran: what the cache had ready tells nothing of durations.

    Where no run tells what its steps used, as those that were imported, all are returned.
    """
    return [run for run in runs if run.cpu_s] or runs


def by_host(points: Iterable[Point]) -> dict[str, list[Point]]:
    """Return the points of each host, in their order: durations of two machines make no series."""
    groups: dict[str, list[Point]] = {}
    for point in points:
        groups.setdefault(point.host, []).append(point)
    return groups


def expectation(
    values: Sequence[float], sizes: Sequence[int | None], *, smallest: float = 0.001
) -> Expectation:
    """Return what the first points of a series (at most 40) let expect of all of them.

    The line is the one of Theil and Sen, through the medians of all slopes and of all intercepts: a third of
    the points may be wild. It is used only where at least 12 points with 4 different sizes have a rising
    line, and the logarithms lie closer to it than to their median, by a quarter.

    Args:
        values: seconds or bytes, in order of time; at least one.
        sizes: bytes of input of each, or None.
        smallest: smaller values are rounded up to this.

    Raises:
        ValueError: there are no values.
    """
    first = [max(each, smallest) for each in values[:_WINDOW]]
    typical = median(first)
    flat = Expectation(typical, typical, 0.0, smallest)
    pairs = [(size, value) for size, value in zip(sizes, first, strict=False) if size is not None]
    if len(pairs) < _FEWEST_POINTS or len({size for size, _ in pairs}) < _FEWEST_SIZES:
        return flat
    slope = median([(v - u) / (x - w) for (w, u), (x, v) in combinations(pairs, 2) if x != w])
    if slope <= 0:
        return flat
    intercept = median([value - slope * size for size, value in pairs])
    line = Expectation(typical, intercept, slope, max(smallest, min(first) / 2))
    return line if _distance(pairs, line) <= (1 - _LEAST_GAIN) * _distance(pairs, flat) else flat


def residuals(
    values: Sequence[float], sizes: Sequence[int | None], *, smallest: float = 0.001
) -> tuple[float, ...]:
    """Return log(value) - log(expected value) of each point: 0.18 is a fifth more than expected.

    The expectation rests on the first 40 points and never moves, so the residual of a later point depends
    on no point after it. A missing input size counts as the typical one.

    Args:
        values: seconds or bytes, in order of time.
        sizes: bytes of input of each, or None.
        smallest: smaller values are rounded up to this; a duration of 0 has no logarithm.
    """
    if not values:
        return ()
    expected = expectation(values, sizes, smallest=smallest)
    return tuple(
        math.log(max(value, smallest)) - math.log(expected.of(size))
        for value, size in zip(values, sizes, strict=True)
    )


def _distance(pairs: Sequence[tuple[int, float]], expected: Expectation) -> float:
    """Return the sum of the absolute residuals."""
    return sum(abs(math.log(value / expected.of(size))) for size, value in pairs)
