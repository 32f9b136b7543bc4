"""Takes what was measured of a run's attempts out of their packed numbers, without all else.

Questions about many attempts at once, such as what to predict, need neither keys nor reasons, which take most
of the time to unpack.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isnan
from struct import Struct

from wfopt.metrics.encoding import FAILED_FIRST, NUMBER_OF, NUMBERS, RAN, STATUS_BITS, STATUSES, unsqueeze
from wfopt.model.history import PastAttempt
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import StepId

_RECORD = Struct(f"<{NUMBERS}d")
_EARLY = Struct(f"<{NUMBERS + 1}d")
_SUCCEEDED = NUMBER_OF[StepStatus.SUCCEEDED]
_CACHED = NUMBER_OF[StepStatus.CACHED]


def has_failures(statuses: bytes, early: bytes) -> bool:
    """Return whether some attempt of a run did not succeed, so that it may have met a limit."""
    return bool(early) or any(
        status & RAN and (status & FAILED_FIRST or status & STATUS_BITS != _SUCCEEDED)
        for status in set(statuses)
    )


def has_limits(details: bytes) -> bool:
    """Return whether some attempt of a run met a limit, which the numbers do not tell.

    Raises:
        ValueError, zlib.error: the details are damaged.
    """
    return bool(unsqueeze(details).get("limits"))


def is_hit(attempt: PastAttempt) -> bool:
    """Return whether it is a step that came from the cache."""
    return attempt.status is StepStatus.CACHED and attempt.wall_s is None


def measured_attempts(
    members: Sequence[StepId], statuses: bytes, records: bytes, early: bytes
) -> list[PastAttempt]:
    """Return the attempts of a run that ran, and the steps that came from the cache, without words and keys.

    Raises:
        ValueError, IndexError, struct.error: they are damaged.
    """
    found = list(_early_attempts(members, early)) if early else []
    numbers = _RECORD.iter_unpack(records)
    for place, status in enumerate(statuses):
        if status & RAN:
            ended = StepStatus.FAILED if status & FAILED_FIRST else STATUSES[(status & STATUS_BITS) - 1]
            found.append(_attempt(members[place], ended, next(numbers, _MISSING)))
        elif status & STATUS_BITS == _CACHED:
            found.append(PastAttempt(members[place], 0, StepStatus.CACHED))
    if next(numbers, None) is not None:
        raise ValueError("a run has more records than steps that ran")
    return found


_MISSING: tuple[float, ...] = ()


def _early_attempts(members: Sequence[StepId], early: bytes) -> Iterator[PastAttempt]:
    for place, *numbers in _EARLY.iter_unpack(early):
        yield _attempt(members[int(place)], StepStatus.FAILED, numbers)


def _attempt(step: StepId, status: StepStatus, numbers: Sequence[float]) -> PastAttempt:
    wall, cpu, peak, inputs, started, waited, _ = numbers
    return PastAttempt(
        step,
        1,
        status,
        "",
        False,  # noqa: FBT003 - by place it takes half the time, and there are many
        "",
        None if isnan(started) else started,
        waited,
        None if isnan(wall) else wall,
        None if isnan(cpu) else cpu,
        None if isnan(peak) else int(peak),
        0,
        0,
        None if isnan(inputs) else int(inputs),
    )
