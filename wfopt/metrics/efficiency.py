"""What steps asked for against what they used, and what the cache did for each of them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from wfopt.dataclass import dataclass
from wfopt.model.history import PastAttempt, PastRun
from wfopt.model.outcome import LimitKind, StepStatus
from wfopt.model.quantiles import quantile
from wfopt.model.workflow import StepId

FEWEST_ATTEMPTS = 3
"""With fewer measured attempts nothing is suggested."""

_MEMORY_ROOM = 1.25
"""A peak is not the highest that there will ever be."""

_KILLED_ROOM = 1.5
"""A step that was killed at its limit would have taken more."""

_WASTEFUL = 2.0
_SHORT = 1.1
_UNASKED_BYTES = 100 << 20
"""A step with a smaller peak need not ask for memory."""

_MIB = 1 << 20
_SHORTEST_S = 0.1
"""Of a shorter attempt, the cpus that it kept busy cannot be told."""

_LEAST_CPU = 0.5
_WORTH_CPUS = 1.0
"""A request is not called too high for less."""

_UP_TO_DATE = "up to date"
"""The reason of a step whose last result is still in place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResources:
    """What a step asked for when it ran last, and what it used; None where that is not known.

    Attributes:
        step: which step.
        attempts: how many attempts that really ran were looked at.
        cpu: the cpus that it asked for.
        cpu_used: the cpus that it kept busy in nine of ten attempts, at most.
        memory_bytes: the memory that it asked for.
        peak_bytes: the highest peak of all attempts.
        killed: how many attempts were ended because of their memory.
        suggestions: what to write into the workflow instead, such as `memory: 512MiB`.
    """

    step: StepId
    attempts: int
    cpu: float | None = None
    cpu_used: float | None = None
    memory_bytes: int | None = None
    peak_bytes: int | None = None
    killed: int = 0
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCache:
    """What the cache did for a step.

    Attributes:
        step: which step.
        hits: how often it did not have to run.
        misses: how often it ran although its result is kept.
        saved_s: how long the hits had run when their results were made, as far as that run is remembered.
        unknown: hits whose results were made in no run that is remembered.
        reasons: why it ran, in words, with how often, the most frequent first.
    """

    step: StepId
    hits: int
    misses: int
    saved_s: float
    unknown: int
    reasons: tuple[tuple[str, int], ...]


def resources_of(
    step: StepId, attempts: Sequence[tuple[PastRun, PastAttempt]], *, fewest: int = FEWEST_ATTEMPTS
) -> StepResources:
    """Return what a step asked for and used.

    Args:
        step: which step.
        attempts: its attempts with their runs, the newest last.
        fewest: with fewer measured attempts nothing is suggested.
    """
    ran = [attempt for _, attempt in attempts if attempt.wall_s is not None]
    if not ran:
        return StepResources(step=step, attempts=0)
    peaks = [each.peak_memory_bytes for each in ran if each.peak_memory_bytes is not None]
    busy = [each.cpu_s / (each.wall_s or 1.0) for each in ran if each.cpu_s is not None and _is_long(each)]
    killed = [each.limit.limit for each in ran if each.limit and each.limit.kind is LimitKind.MEMORY]
    asked_cpu, asked_memory = ran[-1].cpu_milli / 1000, ran[-1].memory_bytes
    used = quantile(busy, 0.9) if busy else None
    suggestions = []
    if len(busy) >= fewest and used is not None:
        # What is above all that there is was never given.
        suggestions.append(_better_cpu(min(asked_cpu, attempts[-1][0].cpus), used))
    if len(peaks) >= fewest or killed:
        suggestions.append(_better_memory(asked_memory, max(peaks, default=0), max(killed, default=0)))
    return StepResources(
        step=step,
        attempts=len(ran),
        cpu=asked_cpu,
        cpu_used=used,
        memory_bytes=asked_memory,
        peak_bytes=max(peaks, default=None),
        killed=len(killed),
        suggestions=tuple(filter(None, suggestions)),
    )


def cache_use_of(
    step: StepId, attempts: Sequence[tuple[PastRun, PastAttempt]], *, gapless: bool = True
) -> StepCache:
    """Return what the cache did for a step.

    Args:
        step: which step.
        attempts: its attempts with their runs, the newest last.
        gapless: whether these are all runs of the workflow for a while. Only then, a step that was up to date
            surely had the result of the run or the hit before.
    """
    known, hits = _saved(attempts, gapless=gapless)
    missed = [each for _, each in attempts if each.key and each.wall_s is not None]
    reasons = Counter(each.reason for each in missed)
    return StepCache(
        step=step,
        hits=hits,
        misses=len(missed),
        saved_s=math.fsum(known),
        unknown=hits - len(known),
        reasons=tuple(reasons.most_common()),
    )


def _saved(attempts: Sequence[tuple[PastRun, PastAttempt]], *, gapless: bool) -> tuple[list[float], int]:
    """Return how long hits had run, as far as that is known, and how many hits there are."""
    made: dict[str, float] = {}
    in_place: float | None = None
    known: list[float] = []
    hits = 0
    for _, each in attempts:
        if each.wall_s is not None:
            in_place = each.wall_s if each.key else None
            if each.key:
                made[each.key] = each.wall_s
        elif each.status is StepStatus.CACHED:
            hits += 1
            if not (gapless and each.reason == _UP_TO_DATE):
                in_place = made.get(each.key)
            if in_place is not None:
                known.append(in_place)
    return known, hits


def size_request(size: int) -> str:
    """Return a size as one would write it into a workflow, rounded up.

    >>> size_request(150 << 20), size_request(700 << 20), size_request(3 << 30)
    ('160MiB', '768MiB', '3GiB')
    """
    mib = math.ceil(size / _MIB)
    step = 32 if mib <= 256 else 128 if mib <= 1024 else 512
    rounded = max(math.ceil(mib / step) * step, step)
    return f"{rounded // 1024}GiB" if rounded % 1024 == 0 else f"{rounded}MiB"


def _is_long(attempt: PastAttempt) -> bool:
    return attempt.wall_s is not None and attempt.wall_s >= _SHORTEST_S


def _better_cpu(asked: float, used: float) -> str:
    """Return what to write instead of a request for cpus, or "" if it is fine."""
    enough = max(math.ceil(used / _LEAST_CPU) * _LEAST_CPU, _LEAST_CPU)
    if used > asked * _SHORT or asked >= max(enough * _WASTEFUL, enough + _WORTH_CPUS):
        return f"cpu: {enough:g}"
    return ""


def _better_memory(asked: int | None, peak: int, killed_at: float) -> str:
    """Return what to write instead of a request for memory, or "" if it is fine."""
    if killed_at >= peak:
        return f"memory: {size_request(math.ceil(killed_at * _KILLED_ROOM))}"
    enough = math.ceil(peak * _MEMORY_ROOM)
    fits = peak < _UNASKED_BYTES if asked is None else peak * _SHORT <= asked <= enough * _WASTEFUL
    return "" if fits else f"memory: {size_request(enough)}"
