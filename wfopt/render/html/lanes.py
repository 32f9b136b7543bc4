"""Which lane of a chart each span of time is drawn in."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

_TOLERANCE_S = 0.0005
"""Two spans may overlap by this much and share a lane: an end is noticed a little after it happened."""


def lanes_of(spans: Sequence[tuple[float, float]]) -> list[int]:
    """Return the lane of each span (start and end, in seconds), so that no lane holds two at a time.

    Spans are taken in order of their starts, each into the lowest lane that is free (interval partitioning;
    no assignment needs fewer lanes). Where two start together, the earlier in the sequence is taken first.

    >>> lanes_of([(0.0, 2.0), (1.0, 3.0), (2.0, 4.0)])
    [0, 1, 0]
    """
    lanes = [0] * len(spans)
    free: list[int] = []
    busy: list[tuple[float, int]] = []
    for place in sorted(range(len(spans)), key=lambda each: (spans[each][0], each)):
        start, end = spans[place]
        while busy and busy[0][0] <= start + _TOLERANCE_S:
            heapq.heappush(free, heapq.heappop(busy)[1])
        # Every lane in use is in `busy` once `free` is empty, so the next number is a new one.
        lanes[place] = heapq.heappop(free) if free else len(busy)
        heapq.heappush(busy, (max(start, end), lanes[place]))
    return lanes
