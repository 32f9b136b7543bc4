"""Which past values are predicted again, to see how good the models are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from wfopt.predictor.base import Origin
from wfopt.predictor.series import Series


def origins_of(series: Series, depth: int) -> Sequence[Origin]:
    """Return the newest places worth predicting again, in order of time, `depth` of them at most.

    Of a run with many values only a few spread ones count, so that not all of them are one piece of luck.
    """
    size, runs = len(series), series.runs
    if not series.known and not series.bounds and size and runs[-1] - runs[0] == size - 1:
        # One value a run, as nearly always.
        return _one_a_run(size, depth)
    found: list[Origin] = []
    by_run = _by_run(series)
    counted = by_run[-depth:]
    each = -(-depth // len(counted)) if counted else 0
    for origins in counted:
        step = -(-len(origins) // each)
        found += origins[::step]
    return found[-depth:]


@lru_cache(maxsize=256)
def _one_a_run(size: int, depth: int) -> Sequence[Origin]:
    return [Origin(place, place) for place in range(max(1, size - depth), size)]


def _by_run(series: Series) -> list[list[Origin]]:
    """Return the values with a past, run by run."""
    found: list[list[Origin]] = []
    start, newest = 0, None
    for place, run in enumerate(series.runs):
        fresh = run != newest
        if fresh:
            start, newest = place, run
        known = min(start, series.known[place]) if series.known else start
        if known < 1 or place in series.bounds:
            continue
        if fresh or not found or found[-1][0].place < start:
            found.append([])
        found[-1].append(Origin(place, known))
    return found
