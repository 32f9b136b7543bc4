"""The median of the values with the most similar input sizes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import log

from wfopt.predictor.base import Fitted, Origin
from wfopt.predictor.medians import median
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
        if known not in series.by_size:
            series.by_size[known] = _sorted(series, max(0, known - _NEWEST), known)
        sizes, logs = series.by_size[known]
        count = self._count
        return lambda size: _median_near(sizes, logs, log(size) if size > 1.0 else 0.0, count)

    def trail(self, series: Series, origins: Sequence[Origin]) -> list[float]:
        """As the protocol says; both numbers of neighbors are looked for together."""
        similar, place = series.similar, _COUNTS.index(self._count)
        if origins and origins[-1] not in similar:
            _find(series, origins)
        return [similar[origin][place] for origin in origins]


def _find(series: Series, origins: Sequence[Origin]) -> None:
    """Find the similar values for each origin; the sizes are kept sorted from one to the next."""
    all_sizes, all_logs, similar = series.log_sizes, series.logs, series.similar
    few, many = _COUNTS
    sizes: list[float] = []
    logs: list[float] = []
    end = 0
    for origin in origins:
        place, known = origin
        if known < end or not end:
            end = known
            sizes, logs = _sorted(series, max(0, known - _NEWEST), known)
        while end < known:
            at = bisect_right(sizes, all_sizes[end])
            sizes.insert(at, all_sizes[end])
            logs.insert(at, all_logs[end])
            if end >= _NEWEST:
                at = bisect_left(sizes, all_sizes[end - _NEWEST])
                del sizes[at], logs[at]
            end += 1
        own = all_sizes[place]
        similar[origin] = _median_near(sizes, logs, own, few), _median_near(sizes, logs, own, many)


def _sorted(series: Series, start: int, known: int) -> tuple[list[float], list[float]]:
    """Return the logarithms of some sizes, sorted, the newer of equal ones last, and their values."""
    pairs = sorted(zip(series.log_sizes[start:known], range(start, known), strict=True))
    logs = series.logs
    return [size for size, _ in pairs], [logs[place] for _, place in pairs]


def _median_near(sizes: Sequence[float], logs: Sequence[float], own: float, count: int) -> float:
    """Return the median of the values whose sizes are nearest in their ratio; of equally near the smaller."""
    right = bisect_right(sizes, own)
    first, last = (right - count if right > count else 0), len(sizes) - count
    if last < 0:
        return median(logs)
    while first < last and first < right and own - sizes[first] > sizes[first + count] - own:
        first += 1
    return sorted(logs[first : first + count])[count // 2]
