"""What to tell about a step that used more than it may."""

from __future__ import annotations

import math
from collections.abc import Sequence

from wfopt.codes import OVER_LIMIT, OVER_REQUEST
from wfopt.errors import Diagnostic, Label, Severity
from wfopt.model.outcome import Enforcer, LimitHit, LimitKind, PeakSource, Usage
from wfopt.model.quantities import format_duration, format_size
from wfopt.model.workflow import Step

_MIB = 1 << 20

_KEYS = {
    LimitKind.MEMORY: "resources.memory",
    LimitKind.TIMEOUT: "timeout",
    LimitKind.CPU_TIME: "limits.cpu-time",
    LimitKind.FILE_SIZE: "limits.file-size",
    LimitKind.PIDS: "limits.pids",
}
_ROOM = 1.25
"""What a step is suggested to ask for, over what it was seen to hold."""

_BLIND_FACTOR = 2
"""The same over its limit, where the kernel lets nobody see what it would have held."""

_SOURCES = {
    PeakSource.CGROUP: "all of its processes and the files they have in memory",
    PeakSource.TREE: "all of its processes together",
    PeakSource.PROCESS: "its largest process",
}


def over_limit_words(hit: LimitHit) -> str:
    """Return which limit was exceeded, in few words.

    >>> over_limit_words(
    ...     LimitHit(kind=LimitKind.MEMORY, limit=2048, observed=4096, enforced_by=Enforcer.WATCHDOG)
    ... )
    'went over its memory of 2 KiB'
    """
    return f"went over its {_name(hit.kind)} of {_figure(hit.kind, hit.limit)}"


def over_limit(step: Step, hit: LimitHit, peaks: Sequence[int] = ()) -> Diagnostic:
    """Return the message about a step that was ended, or refused something, because of a limit.

    Args:
        step: which step.
        hit: what it exceeded.
        peaks: the most bytes that it held in each of its earlier good runs, as far as they are known.
    """
    causes = [_cause(hit)]
    if peaks and hit.kind is LimitKind.MEMORY:
        causes.append(f"history: {peaks_words(peaks)}")
    return Diagnostic(
        code=OVER_LIMIT,
        message=f"step `{step.id}` {over_limit_words(hit)}",
        primary=_label(step, _KEYS[hit.kind], "the limit"),
        causes=tuple(causes),
        hints=(_hint(step, hit, peaks),),
    )


def peaks_words(peaks: Sequence[int]) -> str:
    """Return what a step held in some runs, in few words.

    >>> peaks_words([212 << 20, 240 << 20]), peaks_words([212 << 20])
    ('peaks of 212 to 240 MiB over 2 runs', 'a peak of 212 MiB in 1 run')
    """
    low, high = format_size(min(peaks)), format_size(max(peaks))
    if len(peaks) == 1:
        return f"a peak of {low} in 1 run"
    number, _, unit = low.rpartition(" ")
    start = number if high.endswith(f" {unit}") else low
    span = high if low == high else f"{start} to {high}"
    return f"peaks of {span} over {len(peaks)} runs"


def over_request(step: Step, usage: Usage) -> Diagnostic | None:
    """Return the warning about a step that held more memory than it asks for, None if it did not.

    It happens where nobody enforces limits, or where a step takes it and gives it back between two looks.
    """
    asked = step.request.memory_bytes
    if not asked or not step.limits.memory or usage.peak_memory_bytes <= asked:
        return None
    observed = format_size(usage.peak_memory_bytes)
    return Diagnostic(
        code=OVER_REQUEST,
        message=f"step `{step.id}` held {observed} of memory, but asks for {format_size(asked)}",
        severity=Severity.WARNING,
        primary=_label(step, "resources.memory", "asked for here"),
        causes=(f"counted: {_SOURCES[usage.peak_memory_source]}; it was not seen in time to end the step",),
        hints=(f"write `memory: {_round_up(usage.peak_memory_bytes * _ROOM)}`",),
    )


def _cause(hit: LimitHit) -> str:
    if hit.enforced_by is Enforcer.WATCHDOG:
        observed = _figure(hit.kind, hit.observed)
        return f"observed: {observed}; the watchdog ended all of its processes"
    if hit.kind is LimitKind.MEMORY:
        return (
            f"observed: {_figure(hit.kind, hit.observed)}; the kernel gave it no more and killed what asked"
        )
    if hit.kind is LimitKind.PIDS:
        return f"observed: {hit.observed:.0f}; the kernel refused to start another one"
    return "observed: all of that; the kernel ended the process"


def _hint(step: Step, hit: LimitHit, peaks: Sequence[int]) -> str:
    if hit.kind is LimitKind.MEMORY:
        least = hit.observed * _ROOM if hit.enforced_by is Enforcer.WATCHDOG else hit.limit * _BLIND_FACTOR
        least = max(least, max(peaks, default=0) * _ROOM)
        more = f"write `memory: {_round_up(least)}` under its `resources`"
        if step.retries.memory_factor > 1:
            return f"{more}, or more `retries`"
        return f"{more}, or `retries: {{ max: 2, memory-factor: 2 }}` to find out how much it needs"
    return f"raise `{_KEYS[hit.kind].rpartition('.')[2]}` of its `limits`, or let it do less at once"


def _name(kind: LimitKind) -> str:
    return "number of processes" if kind is LimitKind.PIDS else kind.value.replace("-", " ")


def _figure(kind: LimitKind, value: float) -> str:
    if kind in (LimitKind.TIMEOUT, LimitKind.CPU_TIME):
        return format_duration(value)
    return f"{value:.0f}" if kind is LimitKind.PIDS else format_size(round(value))


def _round_up(size: float) -> str:
    return f"{max(1, math.ceil(size / _MIB))}MiB"


def _label(step: Step, key: str, text: str) -> Label | None:
    span = step.places.get(key)
    if span is not None:
        return Label(span, text)
    return Label(step.span) if step.span else None
