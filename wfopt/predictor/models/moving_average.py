"""A mean in which newer values weigh more."""

from __future__ import annotations

from collections.abc import Sequence
from operator import mul

from wfopt.predictor.base import Fitted, Origin
from wfopt.predictor.series import Series

_NEWEST = 0.3
"""The share of the newest value."""

_COUNT = 20
"""Older values together would weigh less than a thousandth."""

_WEIGHTS = tuple((1 - _NEWEST) ** (_COUNT - 1 - place) for place in range(_COUNT))
_TOTALS = tuple(sum(_WEIGHTS[_COUNT - count :]) for count in range(_COUNT + 1))


class MovingAverage:
    """Follows slow drifts, and smooths noise (exponential weights, Brown 1956)."""

    name = "ewma"
    sized = False

    def fit(self, series: Series, known: int) -> Fitted:
        found = _mean(series.logs, known)
        return lambda _: found

    def trail(self, series: Series, origins: Sequence[Origin]) -> list[float]:
        logs = series.logs
        return [_mean(logs, known) for _, known in origins]


def _mean(logs: Sequence[float], known: int) -> float:
    count = min(known, _COUNT)
    total: float = sum(map(mul, logs[known - count : known], _WEIGHTS[_COUNT - count :]))
    return total / _TOTALS[count]
