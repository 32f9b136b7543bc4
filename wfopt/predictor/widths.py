"""How much wider the intervals of a workflow have to be than each step's past says, from how they did.

The past of a step tells how far off its predictions were, but not that the machine has changed, that the
next input is of another kind, or that all models together are better than the best of them. Whether real
values were inside the intervals that were given before tells all of that at once: after each run intervals
become wider if too many values were outside, else narrower (adaptive conformal inference: Gibbs and Candes
2021, here of the width as in conformal control, and of all steps of a workflow together).

Example: 10 of 40 values of a run were outside of intervals at 0.8, where 8 should be: the intervals of the
next run are 3.9 % wider.

Limits: it follows slowly, over dozens of values, and knows one factor for all steps and all levels.
"""

from __future__ import annotations

from math import exp
from typing import NamedTuple

LEVEL = 0.8
"""The level of the intervals that are counted."""

_GAIN = 0.4
"""Where twice as many of very many values are outside as should be, the logarithm grows by so much."""

_MANY = 64.0
"""With so many values in a run it grows by half as much."""

_LEAP = 0.6
"""It grows by no more after one run: where nearly all values were outside, the run was of another kind than
the ones before it, and says little of how wide intervals are to be."""

_UTMOST = 1.0
"""It is at most so far from 0: a factor of 2.7 either way."""


class Widths(NamedTuple):
    """The logarithms of the factors by which intervals are wider.

    Attributes:
        wall: those of durations.
        memory: those of peaks of memory.
    """

    wall: float = 0.0
    memory: float = 0.0


AS_THEY_ARE = Widths()
"""Nothing is known of how intervals did."""


def next_width(width: float, inside: int, count: int) -> float:
    """Return the logarithm of the factor for the run after one.

    Args:
        width: the same for that run.
        inside: how many of its values were inside of intervals at `LEVEL`.
        count: how many values it had.

    >>> round(next_width(0.0, 30, 40), 3), round(next_width(0.0, 40, 40), 3), next_width(0.5, 0, 0)
    (0.038, -0.154, 0.5)
    """
    if not count:
        return width
    excess = (1 - inside / count) / (1 - LEVEL) - 1
    growth = min(_GAIN * count / (count + _MANY) * excess, _LEAP)
    return max(-_UTMOST, min(width + growth, _UTMOST))


def stretched(ends: tuple[float, float], width: float) -> tuple[float, float]:
    """Return the ends of an interval, in logarithms around the expected value, wider by a factor."""
    factor = exp(width)
    return ends[0] * factor, ends[1] * factor
