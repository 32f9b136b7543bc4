"""A series as one line of blocks, for terminals."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from wfopt.model.quantiles import median

_BLOCKS = "▁▂▃▄▅▆▇█"
_PLAIN = "_.-~=+*#"


def sparkline(values: Sequence[float], width: int = 20, *, plain: bool = False) -> str:
    """Return a line of at most `width` characters; the lowest value is the lowest block.

    More values than that are put into buckets of about the same size, each drawn by its median. A series
    without any change is drawn in the middle.

    Args:
        values: finite numbers, in order; none give an empty line.
        width: the most characters.
        plain: whether to draw in ASCII.

    Raises:
        ValueError: the width is not positive.

    >>> sparkline([1, 2, 3, 4, 5, 6, 7, 8])
    '▁▂▃▄▅▆▇█'
    """
    if width < 1:
        raise ValueError("a sparkline needs a width of at least 1")
    blocks = _PLAIN if plain else _BLOCKS
    drawn = _buckets(values, width)
    low, high = min(drawn, default=0.0), max(drawn, default=0.0)
    if high <= low:
        return blocks[3] * len(drawn)
    top = len(blocks) - 1
    return "".join(blocks[round((each - low) / (high - low) * top)] for each in drawn)


def _buckets(values: Sequence[float], width: int) -> list[float]:
    """Return the medians of at most `width` stretches that cover all values."""
    count = len(values)
    buckets = min(count, width)
    edges = [place * count // buckets for place in range(buckets + 1)] if buckets else [0]
    return [median(values[start:end]) for start, end in pairwise(edges)]
