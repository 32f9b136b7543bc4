"""Which slot of the machine each attempt of a run had, reconstructed from its times."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from wfopt.model.history import PastAttempt

NO_SLOT = -1
"""The slot of an attempt that was not started."""


def slots_of(attempts: Sequence[PastAttempt]) -> tuple[int, ...]:
    """Return the slot of each attempt, counted from 0, or `NO_SLOT` if it was not started.

    No two attempts of one slot overlap, and there are only as many slots as attempts ran at once. Times are
    compared in whole microseconds, those of `span_us`.
    """
    # Of two that start together the shorter one comes first.
    spans = sorted(
        (span, place) for place, each in enumerate(attempts) if (span := span_us(each)) is not None
    )
    slots = [NO_SLOT] * len(attempts)
    for (_, place), lane in zip(spans, lanes_of([span for span, _ in spans]), strict=True):
        slots[place] = lane
    return tuple(slots)


def span_us(attempt: PastAttempt) -> tuple[int, int] | None:
    """Return the start and the end of an attempt, in microseconds of the run; None if it was not started."""
    if attempt.started_s is None:
        return None
    start = round(attempt.started_s * 1_000_000)
    return start, max(start, round((attempt.started_s + (attempt.wall_s or 0.0)) * 1_000_000))


def lanes_of(spans: Sequence[tuple[float, float]], tolerance: float = 0.0) -> list[int]:
    """Return the lane of each span (start and end), so that no lane holds two at a time.

    Spans are taken in order of their starts, each into the lowest lane that is free (interval partitioning;
    no assignment needs fewer lanes: Kleinberg and Tardos, Algorithm Design, 4.1). Where two start together,
    the earlier in the sequence is taken first. Two may overlap by the tolerance and share a lane.

    >>> lanes_of([(0.0, 2.0), (1.0, 3.0), (2.0, 4.0)])
    [0, 1, 0]
    """
    lanes = [0] * len(spans)
    free: list[int] = []
    busy: list[tuple[float, int]] = []
    for place in sorted(range(len(spans)), key=lambda each: (spans[each][0], each)):
        start, end = spans[place]
        while busy and busy[0][0] <= start + tolerance:
            heapq.heappush(free, heapq.heappop(busy)[1])
        # Every lane in use is in `busy` once `free` is empty, so the next number is a new one.
        lanes[place] = heapq.heappop(free) if free else len(busy)
        heapq.heappush(busy, (max(start, end), lanes[place]))
    return lanes
