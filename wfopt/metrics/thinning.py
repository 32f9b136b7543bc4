"""Keeps the course of a run in few samples, however long it takes."""

from __future__ import annotations

from wfopt.model.history import Sample
from wfopt.model.samples import Tick

MOST = 200
"""How many samples of a run are kept: as many as a chart has columns."""


class Thinning:
    """Takes samples and keeps at most so many, each for the same number of neighbours.

    When there are too many, each two become one, and from then on twice as many as before go into one.
    A merged sample has the mean of the cpus, the most memory and the most running steps of those it
    stands for, and the time of the last of them.

    Args:
        most: how many to keep; an even number from 2 on.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._width = 1
        self._kept: list[Sample] = []
        self._open: Sample | None = None
        self._in_open = 0

    def add(self, sample: Sample) -> None:
        """Take up the next sample in time."""
        self._open = sample if self._open is None else _merged(self._open, self._in_open, sample, 1)
        self._in_open += 1
        if self._in_open < self._width:
            return
        self._kept.append(self._open)
        self._open, self._in_open = None, 0
        if len(self._kept) == self._most:
            pairs = zip(self._kept[::2], self._kept[1::2], strict=True)
            self._kept = [_merged(first, 1, second, 1) for first, second in pairs]
            self._width *= 2

    def samples(self) -> tuple[Sample, ...]:
        """Return what is kept, in order of time; the last sample may stand for fewer than the others."""
        return tuple(self._kept) if self._open is None else (*self._kept, self._open)


def sample_of(tick: Tick) -> Sample:
    """Return what all steps together did at one tick."""
    steps = tick.steps.values()
    return Sample(
        at=tick.at,
        cpus=sum(step.cpus_busy for step in steps),
        memory_bytes=sum(step.memory_bytes for step in steps),
        running=len(steps),
    )


def _merged(earlier: Sample, weight: int, later: Sample, other: int) -> Sample:
    """Return one sample for two, each of which stands for so many."""
    return Sample(
        at=later.at,
        cpus=(earlier.cpus * weight + later.cpus * other) / (weight + other),
        memory_bytes=max(earlier.memory_bytes, later.memory_bytes),
        running=max(earlier.running, later.running),
    )
