"""What models with straight lines over the input size share."""

from __future__ import annotations

from wfopt.predictor.series import Series, Sums

_SAME = 1e-12
"""Sizes whose variance is a smaller share of their square are all the same, as far as floats can tell."""

_LEAST = 0.01
"""A line goes no lower than this share of the smallest value seen: one below 0 would mean nothing."""


def slope_of(sums: Sums, known: int) -> float:
    """Return the slope of the least-squares line through the first values.

    If all sizes are the same, the values are taken to go in proportion to the size.
    """
    ones, x, xx = sums.ones[known], sums.x[known], sums.xx[known]
    spread = ones * xx - x * x
    if spread <= _SAME * ones * xx:
        return sums.xy[known] / xx if xx else 0.0
    slope: float = (ones * sums.xy[known] - x * sums.y[known]) / spread
    return slope


def floor_of(series: Series, known: int) -> float:
    """Return the smallest value that a line may predict from the first values of a series."""
    return _LEAST * series.minima[known - 1]
