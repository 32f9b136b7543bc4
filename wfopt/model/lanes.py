"""Which slot of the machine each attempt of a run had, reconstructed from its times."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from wfopt.model.history import PastAttempt

NO_SLOT = -1
"""The slot of an attempt that was not started."""


def slots_of(attempts: Sequence[PastAttempt]) -> tuple[int, ...]:
    """Return the slot of each attempt, counted from 0, or `NO_SLOT` if it was not started.

    No two attempts of one slot overlap, and there are only as many slots as attempts ran at once: each takes
    the lowest free one when it starts, in order of time, which is optimal for intervals (Kleinberg and
    Tardos, Algorithm Design, 4.1). Times are compared in whole microseconds, those of `span_us`.
    """
    spans = [(span, place) for place, each in enumerate(attempts) if (span := span_us(each)) is not None]
    slots = [NO_SLOT] * len(attempts)
    busy: list[tuple[int, int]] = []
    free: list[int] = []
    for (start, end), place in sorted(spans):
        while busy and busy[0][0] <= start:
            heapq.heappush(free, heapq.heappop(busy)[1])
        slot = heapq.heappop(free) if free else len(busy)
        heapq.heappush(busy, (end, slot))
        slots[place] = slot
    return tuple(slots)


def span_us(attempt: PastAttempt) -> tuple[int, int] | None:
    """Return the start and the end of an attempt, in microseconds of the run; None if it was not started."""
    if attempt.started_s is None:
        return None
    start = round(attempt.started_s * 1_000_000)
    return start, max(start, round((attempt.started_s + (attempt.wall_s or 0.0)) * 1_000_000))
