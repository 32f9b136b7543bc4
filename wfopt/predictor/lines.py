"""What models with straight lines over the input size share."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log

from wfopt.predictor.base import Origin
from wfopt.predictor.series import Series, Sums

_LEAST = 0.01
"""A line goes no lower than this share of the smallest value seen: one below 0 would mean nothing."""

_LEAST_LOG = log(_LEAST)

_SAME = 1e-12
"""Sizes whose variance is a smaller share of their square are all the same, as far as floats can tell."""


def line_of(sums: Sums, known: int) -> tuple[float, float]:
    """Return the fixed cost and the slope of the least-squares line through the first values.

    If all sizes are the same, the values are taken to go in proportion to the size.
    """
    at = known - sums.start
    ones, x, y, xx, xy = sums.ones[at], sums.x[at], sums.y[at], sums.xx[at], sums.xy[at]
    spread = ones * xx - x * x
    same = spread <= _SAME * ones * xx
    slope = (xy / xx if xx else 0.0) if same else (ones * xy - x * y) / spread
    return (y - slope * x) / ones, slope


def floor_of(series: Series, known: int) -> float:
    """Return the smallest value that a line may predict from the first values of a series."""
    return _LEAST * exp(min(series.logs[:known]))


def no_lower(series: Series, origins: Sequence[Origin], said: list[float]) -> list[float]:
    """Return what a line said at some origins, in logarithms, but no less than it may."""
    if min(said, default=0.0) >= max(series.logs) + _LEAST_LOG:
        return said
    logs = series.logs
    return [max(each, min(logs[:known]) + _LEAST_LOG) for each, (_, known) in zip(said, origins, strict=True)]
