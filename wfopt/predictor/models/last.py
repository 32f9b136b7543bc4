"""The value of last time."""

from __future__ import annotations

from collections.abc import Sequence

from wfopt.predictor.base import Fitted, Origin
from wfopt.predictor.series import Series


class Last:
    """Says "same as last time": right where a step has moved to a new level for good."""

    name = "last"
    sized = False

    def fit(self, series: Series, known: int) -> Fitted:
        newest = series.logs[known - 1]
        return lambda _: newest

    def trail(self, series: Series, origins: Sequence[Origin]) -> list[float]:
        logs = series.logs
        return [logs[known - 1] for _, known in origins]
