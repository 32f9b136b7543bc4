"""A straight line over the size of the input whose slope is a median, so that wild values do not bend it."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

from wfopt.model.quantiles import median
from wfopt.predictor.base import Fitted, Origin
from wfopt.predictor.lines import floor_of
from wfopt.predictor.series import Series

_NEWEST = 30
"""So many of the newest values count."""

_FEW = 20
"""Of so many values, each is paired with all that are far enough apart, 55 pairs at most; else with one."""

_GROWTH = 1.25
"""A line is fitted again for the trail when so many times as many values are known."""


class TheilSen:
    """The median of slopes between pairs, and the median of what is left as the fixed cost.

    Of the values in the order of their sizes, only pairs half of them apart count (Theil 1950, "incomplete"
    method; Sen 1968 for ties): short pairs tell more of the noise than of the slope, and more of many values
    are predicted better from than more pairs of fewer.

    If all sizes are the same, the values are taken to go in proportion to the size.

    In logarithms the line is a power law, `c x^b`, which suits steps that grow faster than their input.
    """

    sized = True

    def __init__(self, name: str, *, power_law: bool = False) -> None:
        self.name = name
        self._power_law = power_law

    def fit(self, series: Series, known: int) -> Fitted:
        start = max(0, known - _NEWEST)
        if self._power_law:
            base, slope = _line(series.log_sizes[start:known], series.logs[start:known], 1.0)
            return lambda size: base + slope * (log(size) if size > 1.0 else 0.0)
        size = series.sizes[start]
        same = series.values[start] / size if size else 0.0
        base, slope = _line(series.sizes[start:known], series.values[start:known], same)
        least = floor_of(series, known)
        return lambda size: log(max(base + slope * size, least))

    def trail(self, series: Series, origins: Sequence[Origin]) -> list[float]:
        sizes, found, due = series.sizes, [], 0.0
        for place, known in origins:
            if known >= due:
                fitted = self.fit(series, known)
                due = known * _GROWTH
            found.append(fitted(sizes[place]))
        return found


def _line(xs: Sequence[float], ys: Sequence[float], same: float) -> tuple[float, float]:
    """Return the fixed cost and the slope, which is `same` if all sizes are the same."""
    points = sorted(zip(xs, ys, strict=True))
    apart = (len(points) + 1) // 2
    if len(points) > _FEW:
        pairs = zip(points, points[apart:], strict=False)
        slopes = [(far_y - y) / (far_x - x) for (x, y), (far_x, far_y) in pairs if far_x > x]
    else:
        slopes = [
            (far_y - y) / (far_x - x)
            for place, (x, y) in enumerate(points[: len(points) - apart], apart)
            for far_x, far_y in points[place:]
            if far_x > x
        ]
    slope = median(slopes) if slopes else same
    return median([y - slope * x for x, y in points]), slope
