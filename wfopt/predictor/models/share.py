"""A quantile of all values: the median, or one above it."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence

from wfopt.predictor.base import Fitted, Origin
from wfopt.predictor.series import Series


class Share:
    """Says below what a share of all values lies: steady where nothing but noise changes.

    A quantile above the median is right where the long values are the ones that come back.
    """

    sized = False

    def __init__(self, name: str, share: float) -> None:
        self._share = share
        self.name = name

    def fit(self, series: Series, known: int) -> Fitted:
        found = _quantile(sorted(series.logs[:known]), self._share)
        return lambda _: found

    def trail(self, series: Series, origins: Sequence[Origin]) -> list[float]:
        """As the protocol says; the values are kept sorted instead of sorted again for each origin."""
        if not origins:
            return []
        logs, share = series.logs, self._share
        end = origins[0].known
        ordered = sorted(logs[:end])
        found = []
        for _, known in origins:
            if known < end:
                ordered, end = sorted(logs[:known]), known
            while end < known:
                insort(ordered, logs[end])
                end += 1
            found.append(_quantile(ordered, share))
        return found


def _quantile(ordered: Sequence[float], share: float) -> float:
    """Return a quantile with linear interpolation (type 7 of Hyndman and Fan 1996)."""
    place = share * (len(ordered) - 1)
    below = int(place)
    rest = place - below
    if not rest:
        return ordered[below]
    return ordered[below] * (1 - rest) + ordered[below + 1] * rest
