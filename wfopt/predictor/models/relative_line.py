"""A straight line over the size of the input, fitted to relative errors."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, log

from wfopt.predictor.base import Fitted, Origin
from wfopt.predictor.lines import floor_of, line_of, no_lower
from wfopt.predictor.series import Series


class RelativeLine:
    """A fixed cost and a cost for each byte: `a + b x`, least squares with the weights 1/y^2.

    The weights make a second of a short run count more than one of a long run. It goes on sensibly to inputs
    larger than any seen, where a power law that was bent by the fixed cost does not.
    """

    name = "line"
    sized = True

    def fit(self, series: Series, known: int) -> Fitted:
        base, slope = line_of(series.relative_sums, known)
        least = floor_of(series, known)

        def estimate(size: float) -> float:
            return log(max(base + slope * size, least))

        return estimate

    def trail(self, series: Series, origins: Sequence[Origin]) -> list[float]:
        sizes, sums, found = series.sizes, series.relative_sums, []
        for place, known in origins:
            base, slope = line_of(sums, known)
            value = base + slope * sizes[place]
            found.append(log(value) if value > 0.0 else -inf)
        return no_lower(series, origins, found)
