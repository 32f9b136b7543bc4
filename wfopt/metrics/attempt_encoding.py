"""How the attempts of a run are packed into few bytes, and unpacked again.

What is asked about many runs at once stands in fixed places, to be taken out by the thousand: one byte for
each step and hook of a run (`statuses`), and seven numbers for each that ran (`records`), of its last
attempt, in the order of the graph. Attempts before the last one are the same seven numbers behind the place
of the step (`early`). All else, which is only asked about single runs, is JSON.

Of a step that was not started, only how it ended and why are kept. Times that are negative, infinite or not
a number become 0.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from math import isnan, nan
from operator import attrgetter
from typing import Any

from wfopt.dataclass import dataclass
from wfopt.metrics.encoding import (
    CPU,
    CRITICAL,
    FAILED_FIRST,
    FLAKY,
    INPUT,
    LIMITS_ON_TIME,
    NUMBER_OF,
    NUMBERS,
    PEAK,
    RAN,
    STARTED,
    STATUS_BITS,
    STATUSES,
    TIMED_OUT,
    WAITED,
    WALL,
    seconds,
    squeeze,
    unsqueeze,
)
from wfopt.model.history import PastAttempt
from wfopt.model.outcome import Enforcer, LimitHit, LimitKind, StepStatus
from wfopt.model.workflow import StepId

Plain = list[list[Any]]
"""The end of steps that were not started, in the order of the graph: `[status, reason, allowed, steps]`."""

_COLUMNS: tuple[tuple[str, str, Any], ...] = (
    ("attempt", "attempt", 1),
    ("allowed", "allowed", False),
    ("key", "key", ""),
    ("read", "read_bytes", 0),
    ("written", "written_bytes", 0),
    ("exit", "exit_code", 0),
    ("signal", "signal", None),
    ("milli", "cpu_milli", 1000),
    ("memory", "memory_bytes", None),
    ("critical", "critical", False),
)
"""Name in JSON, name of the field, and the value that need not be written if all have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """The attempts of a run.

    Attributes:
        statuses: a byte for each step and hook.
        records: the numbers of the last attempts of those that ran.
        early: the numbers of the attempts before, each behind the place of its step.
        ran: how many attempts ran.
        details: the rest.
    """

    statuses: bytes
    records: bytes
    early: bytes
    ran: int
    details: bytes


def plain(cast: Sequence[StepId], attempts: Sequence[PastAttempt]) -> Plain | None:
    """Return what became of the steps of a run in which nothing was started; None if something was."""
    found = {each.step: _end_of(each) for each in attempts if not each.attempt and each.wall_s is None}
    ends = list(map(found.get, cast))
    if not len(attempts) == len(found) == len(ends) - ends.count(None):
        return None
    return [
        [NUMBER_OF[end[0]], *end[1:], len(list(group))] if end else [0, "", False, len(list(group))]
        for end, group in groupby(ends)
    ]


def pack_plain(ended: Plain) -> Packed:
    """Return the attempts of a run in which nothing was started.

    Raises:
        ValueError, TypeError: it is damaged.
    """
    statuses = b"".join(bytes((status,)) * steps for status, _, _, steps in ended)
    return Packed(statuses=statuses, records=b"", early=b"", ran=0, details=squeeze({"plain": ended}))


def pack_attempts(cast: Sequence[StepId], attempts: Sequence[PastAttempt]) -> Packed:
    """Return the attempts of a run.

    Args:
        cast: the steps of its graph, then all hooks among the attempts.
        attempts: in the order in which they ended.

    Raises:
        KeyError: one is not in the cast.
    """
    ended = None if any(each.attempt for each in attempts) else plain(cast, attempts)
    if ended is not None:
        return pack_plain(ended)
    place = {step: number for number, step in enumerate(cast)}
    statuses = _statuses(place, attempts)
    last = {place[each.step]: each for each in attempts if each.wall_s is not None}
    records, early = array("d"), array("d")
    for where in sorted(last):
        records.extend(_record(last[where]))
    for each in attempts:
        if each.wall_s is not None and last[place[each.step]] is not each:
            early.extend((place[each.step], *_record(each)))
    return Packed(
        statuses=bytes(statuses),
        records=_to_disk(records),
        early=_to_disk(early),
        ran=len(records) // NUMBERS + len(early) // (NUMBERS + 1),
        details=squeeze(_details(place, attempts)),
    )


def unpack_attempts(
    cast: Sequence[str], statuses: bytes, records: bytes, early: bytes, details: bytes
) -> tuple[PastAttempt, ...]:
    """Return the attempts of a run.

    Raises:
        ValueError, LookupError, TypeError, zlib.error: they are damaged.
    """
    rest = unsqueeze(details)
    if "plain" in rest:
        return tuple(_plain_attempts(cast, rest["plain"]))
    looks, count = rest["status"], len(rest["status"])
    columns = [_column(rest, name, default, count) for name, _, default in _COLUMNS]
    places = _column(rest, "step", None, count)
    reasons = [rest["reasons"][each] for each in _column(rest, "reason", 0, count)]
    figures = _Figures(statuses, records, early)
    made = []
    for number in range(count):
        where = places[number]
        numbers = figures.take(where, looks[number]) or rest["odd"].get(str(number))
        values = [column[number] for column in columns]
        status = STATUSES[int(looks[number][0]) - 1]
        limit = rest["limits"].get(str(number))
        made.append(_attempt(cast[where], status, reasons[number], limit, numbers, values))
    return tuple(made)


def from_disk(data: bytes) -> array[float]:
    """Return the numbers of records.

    Raises:
        ValueError: it is damaged.
    """
    numbers = array("d", data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


_end_of = attrgetter("status", "reason", "allowed")


_alike = attrgetter("status", "reason", "wall_s")
"""Of a thousand steps nearly all are alike, mostly one after the other."""


def _statuses(place: Mapping[StepId, int], attempts: Iterable[PastAttempt]) -> bytearray:
    """Return the byte of each step and hook."""
    found = bytearray(len(place))
    for (status, _, wall_s), group in groupby(attempts, _alike):
        number = NUMBER_OF[status]
        for each in group:
            where = place[each.step]
            if wall_s is None and not found[where]:
                found[where] = number | (CRITICAL if each.critical else 0)
            else:
                found[where] = _next_status(found[where], each)
    return found


def _next_status(before: int, attempt: PastAttempt) -> int:
    """Return the byte of a step after one more attempt."""
    status = NUMBER_OF[attempt.status]
    kept = before & CRITICAL | (CRITICAL if attempt.critical else 0)
    had_failed = before & STATUS_BITS == NUMBER_OF[StepStatus.FAILED] or before & FLAKY
    if had_failed and status == NUMBER_OF[StepStatus.SUCCEEDED]:
        kept |= FLAKY
    if attempt.wall_s is not None:
        timed_out = attempt.limit is not None and attempt.limit.kind in LIMITS_ON_TIME
        return status | kept | RAN | (TIMED_OUT if timed_out else 0)
    kept |= before & (RAN | TIMED_OUT | FAILED_FIRST)
    if before & RAN and before & STATUS_BITS == NUMBER_OF[StepStatus.FAILED]:
        kept |= FAILED_FIRST
    return status | kept


def _record(each: PastAttempt) -> tuple[float, ...]:
    wall = nan if each.wall_s is None else seconds(each.wall_s)
    return (
        wall,
        nan if each.cpu_s is None else seconds(each.cpu_s),
        nan if each.peak_memory_bytes is None else each.peak_memory_bytes,
        nan if each.input_bytes is None else each.input_bytes,
        nan if each.started_s is None else seconds(each.started_s),
        seconds(each.waited_s),
        wall if each.critical else 0.0,
    )


def _to_disk(numbers: array[float]) -> bytes:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def _details(place: Mapping[StepId, int], attempts: Sequence[PastAttempt]) -> dict[str, Any]:
    looks: list[str] = []
    reason: list[int] = []
    reasons: dict[str, int] = {}
    for (status, why, wall_s), group in groupby(attempts, _alike):
        count = len(list(group))
        looks += [f"{NUMBER_OF[status]}{'' if wall_s is None else 'r'}"] * count
        reason += [reasons.setdefault(why, len(reasons))] * count
    started = [(number, each) for number, each in enumerate(attempts) if each.attempt]
    found: dict[str, Any] = {
        "status": looks,
        "step": [place[each.step] for each in attempts],
        "reason": reason,
        "reasons": list(reasons),
        "limits": {
            number: [
                each.limit.kind.value,
                each.limit.limit,
                each.limit.observed,
                each.limit.enforced_by.value,
            ]
            for number, each in enumerate(attempts)
            if each.limit is not None
        },
        "odd": {
            number: [None if isnan(value) else value for value in _record(each)]
            for number, each in started
            if each.wall_s is None
        },
    }
    for name, field, default in _COLUMNS:
        if name in _ALWAYS:
            values = list(map(attrgetter(field), attempts))
        else:
            values = [default] * len(attempts)
            for number, each in started:
                values[number] = getattr(each, field)
        if values.count(default) != len(values):
            found[name] = values
    return found


_ALWAYS = ("attempt", "allowed")
"""Columns that are also kept of steps that were not started."""


def _column(rest: Mapping[str, Any], name: str, default: Any, count: int) -> list[Any]:
    values = rest.get(name, [default] * count)
    if not isinstance(values, list) or len(values) != count:
        raise ValueError("the columns of a run have different lengths")
    return values


class _Figures:
    """The numbers of a run's attempts, taken one by one in the order in which they ended."""

    def __init__(self, statuses: bytes, records: bytes, early: bytes) -> None:
        ran = [place for place, status in enumerate(statuses) if status & RAN]
        numbers, before = from_disk(records), from_disk(early)
        if len(numbers) != NUMBERS * len(ran):
            raise ValueError("a run has not as many records as steps that ran")
        self._waiting: dict[int, list[array[float]]] = {place: [] for place in ran}
        for start in range(0, len(before), NUMBERS + 1):
            place = int(before[start])
            self._waiting[place].append(before[start + 1 : start + NUMBERS + 1])
        for number, place in enumerate(ran):
            self._waiting[place].append(numbers[number * NUMBERS : (number + 1) * NUMBERS])

    def take(self, place: int, look: str) -> Sequence[float | None] | None:
        """Return the numbers of the next attempt of a step; None if it did not run."""
        return self._waiting[place].pop(0) if look.endswith("r") else None


def _plain_attempts(cast: Sequence[str], ended: Plain) -> Iterable[PastAttempt]:
    steps = iter(cast)
    for status, reason, allowed, count in ended:
        for _ in range(count):
            step = next(steps, None)
            if step is None:
                return
            if status:
                yield PastAttempt(
                    step=StepId(step), attempt=0, status=STATUSES[status - 1], reason=reason, allowed=allowed
                )


def _attempt(
    step: str,
    status: StepStatus,
    reason: str,
    limit: list[Any] | None,
    numbers: Sequence[float | None] | None,
    values: list[Any],
) -> PastAttempt:
    attempt, allowed, key, read, written, exit_code, signal, milli, memory, critical = values
    if not attempt:
        return PastAttempt(step=StepId(step), attempt=0, status=status, reason=reason, allowed=allowed)
    figures = [None if value is None or isnan(value) else value for value in numbers or [None] * NUMBERS]
    return PastAttempt(
        step=StepId(step),
        attempt=attempt,
        status=status,
        reason=reason,
        allowed=allowed,
        key=key,
        started_s=figures[STARTED],
        waited_s=figures[WAITED] or 0.0,
        wall_s=figures[WALL],
        cpu_s=figures[CPU],
        peak_memory_bytes=_whole(figures[PEAK]),
        read_bytes=read,
        written_bytes=written,
        input_bytes=_whole(figures[INPUT]),
        exit_code=exit_code,
        signal=signal,
        limit=None if limit is None else _limit(*limit),
        cpu_milli=milli,
        memory_bytes=memory,
        critical=critical,
    )


def _limit(kind: str, limit: float, observed: float, enforced_by: str) -> LimitHit:
    return LimitHit(kind=LimitKind(kind), limit=limit, observed=observed, enforced_by=Enforcer(enforced_by))


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
