"""Cpus, memory and running steps over the time of a run, for charts."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from wfopt.dataclass import dataclass
from wfopt.model.history import PastAttempt, Sample

_MOMENTS = 1000
"""So many moments of a run are told apart: more than a screen has columns."""


@dataclass(frozen=True, slots=True)
class UsageCurve:
    """What a run used; each value holds from its moment to the next.

    Attributes:
        samples: the moments, in order of time.
        estimated: whether they were derived from the steps instead of measured.
    """

    samples: tuple[Sample, ...]
    estimated: bool


def usage_curve(measured: Sequence[Sample], attempts: Iterable[PastAttempt]) -> UsageCurve:
    """Return what a run used: as measured, else as its attempts suggest.

    An attempt is taken to have kept its average number of cpus busy and to have held its peak of memory
    from start to end. What is known of neither stays 0.
    """
    if measured:
        return UsageCurve(tuple(measured), estimated=False)
    return UsageCurve(tuple(_estimated(attempts)), estimated=True)


class _Means:
    """The mean, between each two of some moments, of a sum of rectangles that lie within them."""

    def __init__(self, moments: Sequence[float]) -> None:
        self._moments = moments
        self._change = [0.0] * (len(moments) + 1)

    def add(self, start_s: float, end_s: float, height: float) -> None:
        # In its own cell a change counts for the rest of the cell, from the next one on in full.
        for moment, change in ((start_s, height), (end_s, -height)):
            cell = bisect_right(self._moments, moment) - 1
            share = 0.0
            if cell + 1 < len(self._moments):
                first, then = self._moments[cell : cell + 2]
                share = (moment - first) / (then - first)
            self._change[cell] += change * (1.0 - share)
            self._change[cell + 1] += change * share

    def values(self) -> Iterator[float]:
        return accumulate(self._change[:-1])


def _estimated(attempts: Iterable[PastAttempt]) -> list[Sample]:
    ran = [(each.started_s, each.wall_s, each) for each in attempts]
    spans = [(start, start + wall, each) for start, wall, each in ran if start is not None and wall]
    spans = [(start, end, each) for start, end, each in spans if 0 <= start < end]
    if not spans:
        return []
    moments = sorted({0.0, *(moment for start, end, _ in spans for moment in (start, end))})
    if len(moments) > _MOMENTS:
        last = moments[-1]
        moments = [last * cell / _MOMENTS for cell in range(_MOMENTS)] + [last]
    cpus, memory, running = _Means(moments), _Means(moments), _Means(moments)
    for start, end, each in spans:
        cpus.add(start, end, (each.cpu_s or 0.0) / (end - start))
        memory.add(start, end, float(each.peak_memory_bytes or 0))
        running.add(start, end, 1.0)
    columns = zip(moments, cpus.values(), memory.values(), running.values(), strict=True)
    samples: list[Sample] = []
    for at, busy, held, count in columns:
        # The sums of many floats come back to 0 only nearly.
        sample = Sample(at, max(round(busy, 3), 0.0), max(round(held), 0), round(count))
        if not samples or _values(samples[-1]) != _values(sample):
            samples.append(sample)
    return samples


def _values(sample: Sample) -> tuple[float, int, int]:
    return sample.cpus, sample.memory_bytes, sample.running
