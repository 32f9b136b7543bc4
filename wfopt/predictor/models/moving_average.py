"""A mean in which newer values weigh more."""

from __future__ import annotations

from collections.abc import Sequence
from operator import mul

from wfopt.predictor.base import Fitted, Origin
from wfopt.predictor.series import Series

_KEPT = 0.7
"""The weight of a value over the one of the next newer."""

_COUNT = 60
"""Older values together would weigh less than a billionth."""

_WEIGHTS = tuple(_KEPT ** (_COUNT - 1 - place) for place in range(_COUNT))
_TOTALS = tuple(sum(_WEIGHTS[_COUNT - count :]) for count in range(_COUNT + 1))


class MovingAverage:
    """Follows slow drifts, and smooths noise (exponential weights, Brown 1956)."""

    name = "ewma"
    sized = False

    def fit(self, series: Series, known: int) -> Fitted:
        found = _sum(series.logs, known) / _TOTALS[min(known, _COUNT)]
        return lambda _: found

    def trail(self, series: Series, origins: Sequence[Origin]) -> list[float]:
        logs, found = series.logs, []
        total, end = 0.0, 0
        for _, known in origins:
            if known < end or not end:
                total = _sum(logs, known)
            else:
                for value in logs[end:known]:
                    total = total * _KEPT + value
            end = known
            found.append(total / _TOTALS[min(known, _COUNT)])
        return found


def _sum(logs: Sequence[float], known: int) -> float:
    """Return the sum of the first values, each times its weight."""
    count = min(known, _COUNT)
    total: float = sum(map(mul, logs[known - count : known], _WEIGHTS[_COUNT - count :]))
    return total
