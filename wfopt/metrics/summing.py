"""Adds up what became of each step over many runs, thousands of packed runs at a time."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from math import isnan

from wfopt.metrics.attempt_encoding import from_disk
from wfopt.metrics.encoding import (
    CPU,
    CRITICAL,
    CRITICAL_WALL,
    FLAKY,
    NUMBER_OF,
    NUMBERS,
    RAN,
    RECORD_BYTES,
    STATUS_BITS,
    WAITED,
    WALL,
)
from wfopt.model.history import StepTotals
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import StepId

_SUMMED = (WALL, CPU, WAITED, CRITICAL_WALL)
_IDLE = bytes(RECORD_BYTES)
_WHO_RAN = bytes(bool(status & RAN) for status in range(256))

PackedRun = tuple[bytes, bytes | None, bytes | None]
"""The statuses, records and early records of a run."""


class Sums:
    """The sums of all runs with the same graph."""

    def __init__(self, members: Sequence[StepId]) -> None:
        """Start with no runs."""
        self._members = members
        self._statuses: list[bytes] = []
        self._sums = [[0.0] * len(_SUMMED) for _ in members]
        self._early = [0] * len(members)

    def add(self, runs: Iterable[PackedRun]) -> None:
        """Add some runs.

        Raises:
            ValueError, IndexError: one is damaged.
        """
        size, dense = len(self._members), []
        for statuses, records, early in runs:
            if len(statuses) != size:
                raise ValueError("a run has not as many statuses as steps")
            self._statuses.append(statuses)
            if records:
                dense.append(records if len(records) == size * RECORD_BYTES else _spread(statuses, records))
            if early:
                self._add_early(from_disk(early))
        if dense:
            self._add_columns(from_disk(b"".join(dense)))

    def totals(self) -> list[StepTotals]:
        """Return what became of each step and hook."""
        joined, size = b"".join(self._statuses), len(self._members)
        return [
            self._total(place, joined[place::size], self._members[place], self._sums[place])
            for place in range(size)
        ]

    def _total(self, place: int, found: bytes, step: StepId, sums: Sequence[float]) -> StepTotals:
        counted = {value: found.count(value) for value in set(found)}
        ended = {
            status: sum(count for value, count in counted.items() if value & STATUS_BITS == number)
            for status, number in NUMBER_OF.items()
        }
        return StepTotals(
            step=step,
            runs=len(found),
            succeeded=ended[StepStatus.SUCCEEDED],
            failed=ended[StepStatus.FAILED],
            cached=ended[StepStatus.CACHED],
            skipped=ended[StepStatus.SKIPPED],
            cancelled=ended[StepStatus.CANCELLED],
            flaky=_with(counted, FLAKY),
            attempts=_with(counted, RAN) + self._early[place],
            wall_s=sums[0],
            cpu_s=sums[1],
            critical=_with(counted, CRITICAL),
            critical_s=sums[3],
            waited_s=sums[2],
        )

    def _add_columns(self, numbers: array[float]) -> None:
        width = len(self._members) * NUMBERS
        for place, sums in enumerate(self._sums):
            for which, column in enumerate(_SUMMED):
                sums[which] += _sum(numbers[place * NUMBERS + column :: width])

    def _add_early(self, numbers: array[float]) -> None:
        for start in range(0, len(numbers), NUMBERS + 1):
            place = int(numbers[start])
            self._early[place] += 1
            for which, column in enumerate(_SUMMED):
                self._sums[place][which] += _sum(numbers[start + 1 + column : start + 2 + column])


def merged(parts: Iterable[StepTotals]) -> list[StepTotals]:
    """Return one total for each step, in the order in which they first appear."""
    found: dict[StepId, StepTotals] = {}
    for part in parts:
        known = found.get(part.step)
        found[part.step] = part if known is None else _plus(known, part)
    return list(found.values())


def _plus(one: StepTotals, other: StepTotals) -> StepTotals:
    return StepTotals(
        step=one.step,
        **{
            name: getattr(one, name) + getattr(other, name) for name in StepTotals.__slots__ if name != "step"
        },
    )


def _with(counted: dict[int, int], bit: int) -> int:
    return sum(count for value, count in counted.items() if value & bit)


def _sum(values: array[float]) -> float:
    total = sum(values)
    return sum(value for value in values if not isnan(value)) if isnan(total) else total


def _spread(statuses: bytes, records: bytes) -> bytes:
    """Return the records of a run with zeros for the steps that did not run."""
    parts, start = [], 0
    for together in statuses.translate(_WHO_RAN).split(b"\0"):
        end = start + len(together) * RECORD_BYTES
        parts.append(records[start:end])
        start = end
    if start != len(records):
        raise ValueError("a run has not as many records as steps that ran")
    return _IDLE.join(parts)
