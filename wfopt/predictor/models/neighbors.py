"""The median of the values with the most similar input sizes."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from math import inf, log

from wfopt.predictor.base import Fitted, Origin
from wfopt.predictor.medians import median
from wfopt.predictor.series import Series

_NEWEST = 64
"""So many of the newest values are looked through."""

_MOST = 7
"""So many neighbors are found; no model asks more."""

Keyed = tuple[float, int]
"""The logarithm of a size and the place of its value."""


class Neighbors:
    """Asks the runs with the most similar inputs: right where a quantity grows in steps, as memory does."""

    sized = True

    def __init__(self, count: int) -> None:
        self._count = count
        self.name = f"nearest-{count}"

    def fit(self, series: Series, known: int) -> Fitted:
        start = max(0, known - _NEWEST)
        keys = sorted(zip(series.log_sizes[start:known], range(start, known), strict=True))
        logs, count = series.logs, self._count
        return lambda size: median(_nearest(keys, logs, log(size) if size > 1.0 else 0.0)[:count])

    def trail(self, series: Series, origins: Sequence[Origin]) -> list[float]:
        """As the protocol says; what was found for one number of neighbors serves all others."""
        similar, count = series.similar, self._count
        if any(origin not in similar for origin in origins):
            _find(series, origins)
        return [median(similar[origin][:count]) for origin in origins]


def _find(series: Series, origins: Sequence[Origin]) -> None:
    """Find the most similar values for each origin; their sizes are kept sorted from one to the next."""
    log_sizes, logs = series.log_sizes, series.logs
    keys: list[Keyed] = []
    start = end = 0
    for origin in origins:
        place, known = origin
        if known < end or not end:
            start, end = max(0, known - _NEWEST), known
            keys = sorted(zip(log_sizes[start:end], range(start, end), strict=True))
        while end < known:
            insort(keys, (log_sizes[end], end))
            end += 1
        while start < known - _NEWEST:
            del keys[bisect_left(keys, (log_sizes[start], start))]
            start += 1
        series.similar[origin] = _nearest(keys, logs, log_sizes[place])


def _nearest(keys: Sequence[Keyed], logs: Sequence[float], log_size: float) -> list[float]:
    """Return the values nearest in the ratio of the sizes; the newer of equally large ones first."""
    right = bisect_left(keys, (log_size, inf))
    left, size = right - 1, len(keys)
    found = []
    for _ in range(min(_MOST, size)):
        if right == size or (left >= 0 and log_size - keys[left][0] <= keys[right][0] - log_size):
            found.append(logs[keys[left][1]])
            left -= 1
        else:
            found.append(logs[keys[right][1]])
            right += 1
    return found
