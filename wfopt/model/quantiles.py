"""Medians, quantiles and spreads of small samples, without the import time of `statistics`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

_MAD_TO_SD = 1.4826
"""The standard deviation of normal values, divided by their median absolute deviation."""


def median(values: Iterable[float]) -> float:
    """Return the middle value, or the mean of the two middle ones.

    Raises:
        ValueError: there are no values.
    """
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values: a median needs at least one")
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of the values lies, with linear interpolation.

    This is type 7 of Hyndman and Fan, "Sample Quantiles in Statistical Packages" (1996), the default of R.

    Raises:
        ValueError: there are no values, or the share is not between 0 and 1.
    """
    if not values:
        raise ValueError("no values: a quantile needs at least one")
    if not 0 <= share <= 1:
        raise ValueError(f"`{share}` is not a share between 0 and 1")
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    rest = place - below
    if rest == 0:
        return float(ordered[below])
    return ordered[below] * (1 - rest) + ordered[below + 1] * rest


def mean(values: Sequence[float]) -> float:
    """Return the arithmetic mean.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("no values: a mean needs at least one")
    return math.fsum(values) / len(values)


def stddev(values: Sequence[float]) -> float:
    """Return the standard deviation of a sample (divided by n - 1).

    Raises:
        ValueError: there are fewer than two values.
    """
    if len(values) < 2:
        raise ValueError("too few values: a standard deviation needs at least two")
    center = mean(values)
    return math.sqrt(math.fsum((each - center) ** 2 for each in values) / (len(values) - 1))


def mad_sd(values: Sequence[float]) -> float:
    """Return a standard deviation that outliers hardly move: the scaled median absolute deviation.

    Raises:
        ValueError: there are no values.
    """
    center = median(values)
    return _MAD_TO_SD * median([abs(each - center) for each in values])
