"""The median of the values with the most similar input sizes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import log

from wfopt.model.quantiles import median
from wfopt.predictor.base import Fitted, Origin
from wfopt.predictor.series import Series

_NEWEST = 64
"""So many of the newest values are looked through."""

_COUNTS = (3, 7)
"""So many neighbors are asked, an odd number."""


class Neighbors:
    """Asks the runs with the most similar inputs: right where a quantity grows in steps, as memory does."""

    sized = True

    def __init__(self, count: int) -> None:
        """Ask so many neighbors: 3 or 7."""
        self._count = count
        self.name = f"nearest-{count}"

    def fit(self, series: Series, known: int) -> Fitted:
        sizes, logs = _sorted(series, known)
        count = self._count

        def estimate(size: float) -> float:
            own = log(size) if size > 1.0 else 0.0
            return _median_near(sizes, logs, own, bisect_right(sizes, own), count)

        return estimate

    def trail(self, series: Series, origins: Sequence[Origin]) -> list[float]:
        """As the protocol says; both numbers of neighbors are looked for together."""
        similar, place = series.similar, _COUNTS.index(self._count)
        if origins and origins[-1] not in similar:
            _find(series, origins)
        return [similar[origin][place] for origin in origins]


def _find(series: Series, origins: Sequence[Origin]) -> None:
    """Find the similar values for each origin; the sizes are kept sorted from one to the next."""
    all_sizes, similar = series.log_sizes, series.similar
    few, many = _COUNTS
    for origin in origins:
        place, known = origin
        sizes, logs = _sorted(series, known)
        own = all_sizes[place]
        right = bisect_right(sizes, own)
        similar[origin] = (
            _median_near(sizes, logs, own, right, few),
            _median_near(sizes, logs, own, right, many),
        )


def _sorted(series: Series, known: int) -> tuple[list[float], list[float]]:
    """Return the newest of the first sizes as logarithms, sorted, newer ones last, and those of the values.

    They are kept sorted from one call to the next while more values are known each time.
    """
    end, sizes, logs = series.by_size
    if end == known:
        return sizes, logs
    all_sizes, all_logs = series.log_sizes, series.logs
    if not 0 < end < known:
        start, end = max(0, known - _NEWEST), known
        order = sorted(range(start, known), key=all_sizes.__getitem__)
        sizes, logs = [all_sizes[place] for place in order], [all_logs[place] for place in order]
    for place in range(end, known):
        at = bisect_right(sizes, all_sizes[place])
        sizes.insert(at, all_sizes[place])
        logs.insert(at, all_logs[place])
        if place >= _NEWEST:
            at = bisect_left(sizes, all_sizes[place - _NEWEST])
            del sizes[at], logs[at]
    series.by_size = known, sizes, logs
    return sizes, logs


def _median_near(sizes: Sequence[float], logs: Sequence[float], own: float, right: int, count: int) -> float:
    """Return the median of the values whose sizes are nearest in their ratio; of equally near the smaller.

    Args:
        sizes: sorted logarithms.
        logs: the logarithms of their values.
        own: the size that is meant.
        right: the place of the first size above it.
        count: how many values, an odd number.
    """
    if len(sizes) < count:
        return median(logs)
    first, last = (right - count if right > count else 0), min(len(sizes) - count, right)
    while first < last and own - sizes[first] > sizes[first + count] - own:
        first += 1
    return sorted(logs[first : first + count])[count // 2]
