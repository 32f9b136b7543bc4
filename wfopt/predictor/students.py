"""Quantiles of Student's t distribution, without a library for them."""

from __future__ import annotations

from functools import lru_cache
from math import atan, cos, pi, sin, sqrt

_ROUNDS = 80


@lru_cache(maxsize=1024)
def t_half_width(level: float, degrees: int) -> float:
    """Return the number that a t variable stays within, on both sides of 0, with a probability.

    Args:
        level: the probability, between 0 and 1, both excluded.
        degrees: of freedom, at least 1.

    >>> round(t_half_width(0.8, 1), 3), round(t_half_width(0.95, 10), 3)
    (3.078, 2.228)
    """
    low, high = 0.0, 1.0
    while _within(high, degrees) < level and high < 1e9:
        low, high = high, high * 2
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        if _within(middle, degrees) < level:
            low = middle
        else:
            high = middle
        if high - low <= 1e-9 * high:
            break
    return high


def _within(limit: float, degrees: int) -> float:
    """Return the probability of |t| below a limit: the closed forms of Abramowitz and Stegun 26.7.3 and 4."""
    angle = atan(limit / sqrt(degrees))
    square = cos(angle) ** 2
    odd = degrees % 2
    term = cos(angle) if odd else 1.0
    total = 0.0
    for place in range(1 + odd, degrees + 1, 2):
        total += term
        term *= square * place / (place + 1)
    if odd:
        return 2 / pi * (angle + sin(angle) * total)
    return sin(angle) * total
