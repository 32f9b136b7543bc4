"""The median and the upper quartile of what is known at each origin."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence

from wfopt.predictor.base import Origin
from wfopt.predictor.series import Series


def quartiles(series: Series, origins: Sequence[Origin]) -> list[tuple[float, float]]:
    """Return the median and the upper quartile of the values known at each origin.

    The values are kept sorted from one origin to the next instead of sorted again, and once for all models.
    """
    found, logs = series.quartiles, series.logs
    end = 0
    ordered: list[float] = []
    for _, known in origins:
        if known in found:
            continue
        if not end or known < end:
            ordered, end = sorted(logs[:known]), known
        while end < known:
            insort(ordered, logs[end])
            end += 1
        found[known] = quartiles_of(ordered)
    return [found[known] for _, known in origins]


def quartiles_of(ordered: Sequence[float]) -> tuple[float, float]:
    """Return the median and the upper quartile of sorted values (type 7 of Hyndman and Fan 1996)."""
    last = len(ordered) - 1
    middle = (ordered[last // 2] + ordered[(last + 1) // 2]) / 2
    below = 3 * last // 4
    rest = 3 * last - 4 * below
    upper = ordered[below]
    return middle, upper + (ordered[below + 1] - upper) * rest / 4 if rest else upper
