"""How far the next value may be from the prediction, from how far past values were from theirs.

The run is the unit: values of one run shared its luck, so together they weigh as much as the only value of
another run. With few runs the interval is the one of Student's t around a scale that is shrunk to the one of
the workflow's other steps; with many it goes from one weighted quantile of past residuals to another, where
the run to come counts as one that may be anywhere (conformal prediction: Vovk, Gammerman and Shafer 2005;
with weights: Barber and others 2023). In between it is a mixture of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot, log, sqrt
from typing import NamedTuple

from wfopt.predictor.students import t_half_width
from wfopt.predictor.widths import LEVEL

_PRIOR_RUNS = 3
"""The scale of other steps weighs as much as so many runs."""

_COLD = 1.5
"""How much wider the first run leaves it: other steps' residuals are mostly those of longer pasts."""

_TAILS = 4
"""The most degrees of freedom by which one level is wider than another: however many runs there are, errors
far larger than the usual ones come more often than normal errors would."""

_UNKNOWN_VARIANCE = 0.25
"""Nothing known at all: the logarithm is off by 0.5, that is a factor of 1.6, in two of three runs."""

_WILD = 2.0
"""Residuals count at most as this in the scale, a factor of 7."""

_FREAK = log(1000.0)
"""A residual is at most so large."""

_MANY = 12
"""From so many runs on, quantiles alone decide."""

_FEW = 2.0
"""With so many runs, quantiles would have half of the say."""

_EXPONENT = 0.4
"""How uncertain it is whether a value goes with the size of its input, at all or in proportion."""

_FARTHEST = log(10.0)
"""An input that is farther off than by this factor is simply far off."""


class Spread(NamedTuple):
    """By how much past values were above their predictions.

    Attributes:
        residuals: the logarithms of the ratios, each with the weight of its value, the smallest first.
        runs: how many runs they are from.
        variance: the mean of their squares, by run.
    """

    residuals: Sequence[tuple[float, float]]
    runs: int
    variance: float


NO_SPREAD = Spread((), 0, 0.0)
"""Nothing was predicted again yet."""


def spread_of(residuals: Sequence[float], runs: Sequence[int]) -> Spread:
    """Return the spread of residuals, given the run of each, runs being together."""
    count = len(set(runs))
    if count == len(runs):
        weighted = [(max(-_FREAK, min(each, _FREAK)), 1.0) for each in residuals]
    else:
        sizes: dict[int, int] = {}
        for run in runs:
            sizes[run] = sizes.get(run, 0) + 1
        weighted = [
            (max(-_FREAK, min(each, _FREAK)), 1.0 / sizes[run])
            for each, run in zip(residuals, runs, strict=True)
        ]
    weighted.sort()
    most = _WILD * _WILD
    total = sum([min(each * each, most) * weight for each, weight in weighted])
    return Spread(weighted, count, total / count if count else 0.0)


def interval(
    spread: Spread, level: float, *, runs: int, others: float | None, distance: float = 0.0
) -> tuple[float, float]:
    """Return how far below and above the prediction the next value may be, in logarithms.

    Args:
        spread: of the step's past.
        level: how often the value is to be inside, between 0 and 1, both excluded.
        runs: how many past runs the prediction rests on, one at least.
        others: the variance of the workflow's other steps, or None.
        distance: by how much the logarithm of the input's size is outside of the range of those seen.

    Returns:
        The lower end, not above 0, and the upper end, not below 0.
    """
    prior = (_UNKNOWN_VARIANCE if others is None else others) * (1 + _COLD / runs)
    judged = spread.runs
    variance = (_PRIOR_RUNS * prior + judged * spread.variance) / (_PRIOR_RUNS + judged)
    factor = _t_factor(level, _PRIOR_RUNS + judged)
    half = factor * sqrt(variance * (1 + 1 / runs))
    far = factor * _EXPONENT * min(distance, _FARTHEST) * 4 / (runs + 3)
    if not judged:
        return -hypot(half, far), hypot(half, far)
    tail = (1 - level) / 2 * (judged + 1)
    low, high = _end(spread.residuals, tail, -half), _end(spread.residuals[::-1], tail, half)
    doubt = _FEW / (judged + _FEW) * max(0.0, 1 - judged / _MANY)
    low, high = min(0.0, low + doubt * (-half - low)), max(0.0, high + doubt * (half - high))
    return -hypot(low, far), hypot(high, far)


def _t_factor(level: float, degrees: int) -> float:
    """Return how many scales a value stays within: those of Student's t at `LEVEL`, else by its tails."""
    tails = min(degrees, _TAILS)
    if tails == degrees:
        return t_half_width(level, degrees)
    return t_half_width(LEVEL, degrees) * t_half_width(level, tails) / t_half_width(LEVEL, tails)


def _end(residuals: Sequence[tuple[float, float]], tail: float, beyond: float) -> float:
    """Return the value outside of which so much weight lies, with linear interpolation.

    The run to come counts with half of its weight beyond this end, where Student's t would place it.
    """
    weight, center, place = 0.5, 0.25, beyond
    if tail <= center:
        return beyond
    for value, own in residuals:
        middle = weight + own / 2
        if middle >= tail:
            return place + (value - place) * (tail - center) / (middle - center)
        weight, center, place = weight + own, middle, value
    return place
