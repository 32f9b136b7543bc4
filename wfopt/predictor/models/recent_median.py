"""The median of the newest few values."""

from __future__ import annotations

from collections.abc import Sequence

from wfopt.model.quantiles import median
from wfopt.predictor.base import Fitted, Origin
from wfopt.predictor.series import Series


class RecentMedian:
    """Follows a change of level after half as many values as it looks at, and no single value before.

    Args:
        count: how many values, an odd number.
    """

    sized = False

    def __init__(self, count: int) -> None:
        self._count = count
        self.name = f"median-{count}"

    def fit(self, series: Series, known: int) -> Fitted:
        found = median(series.logs[max(0, known - self._count) : known])
        return lambda _: found

    def trail(self, series: Series, origins: Sequence[Origin]) -> list[float]:
        logs, count = series.logs, self._count
        half = count // 2
        return [
            sorted(logs[known - count : known])[half] if known >= count else median(logs[:known])
            for _, known in origins
        ]
