"""A line if the input explains the value well, else the median (Lotaru, Bader and others 2022)."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, log

from wfopt.model.quantiles import median
from wfopt.predictor.base import Fitted, Origin
from wfopt.predictor.lines import floor_of, no_lower
from wfopt.predictor.medians import quartiles
from wfopt.predictor.series import Series

_CORRELATED = 0.75
"""From this correlation of Pearson on, the line is taken."""

_RIDGE = 1e-3
"""How much the slope is pulled to 0, as a share of the sizes' variance."""


class Lotaru:
    """Decides by the correlation of sizes and values between a ridge regression and the median."""

    name = "lotaru"
    sized = True

    def fit(self, series: Series, known: int) -> Fitted:
        line = _line(series, known)
        if line is None:
            middle = median(series.logs[:known])
            return lambda _: middle
        (base, slope), least = line, floor_of(series, known)
        return lambda size: log(max(base + slope * size, least))

    def trail(self, series: Series, origins: Sequence[Origin]) -> list[float]:
        sizes, found = series.sizes, []
        for origin in origins:
            place, known = origin
            line = _line(series, known)
            if line is None:
                found.append(quartiles(series, (origin,))[0][0])
            else:
                value = line[0] + line[1] * sizes[place]
                found.append(log(value) if value > 0.0 else -inf)
        return no_lower(series, origins, found)


def _line(series: Series, known: int) -> tuple[float, float] | None:
    """Return the fixed cost and the slope, or None if the correlation is too weak for a line."""
    sums = series.sums
    at = known - sums.start
    xx = sums.xx[at]
    x, y = sums.x[at] / known, sums.y[at] / known
    spread = xx - known * x * x
    product = sums.xy[at] - known * x * y
    scatter = series.squares[at] - known * y * y
    if spread <= 1e-12 * xx or product * abs(product) < _CORRELATED**2 * spread * scatter:
        return None
    slope = product / (spread * (1 + _RIDGE))
    return y - slope * x, slope
