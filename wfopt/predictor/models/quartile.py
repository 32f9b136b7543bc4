"""The median of all values, or their upper quartile."""

from __future__ import annotations

from collections.abc import Sequence

from wfopt.predictor.base import Fitted, Origin
from wfopt.predictor.medians import quartiles, quartiles_of
from wfopt.predictor.series import Series


class Quartile:
    """Says below what a half or three quarters of all values lie: steady where nothing but noise changes.

    The upper quartile is right where the long values are the ones that come back.
    """

    sized = False

    def __init__(self, name: str, *, upper: bool = False) -> None:
        self._place = int(upper)
        self.name = name

    def fit(self, series: Series, known: int) -> Fitted:
        found = quartiles_of(sorted(series.logs[:known]))[self._place]
        return lambda _: found

    def trail(self, series: Series, origins: Sequence[Origin]) -> list[float]:
        place = self._place
        return [each[place] for each in quartiles(series, origins)]
