"""What steps are held to: from the file to the runner, and what becomes of the one that took too much."""

from __future__ import annotations

import math
from collections.abc import Callable

from wfopt.dataclass import replace
from wfopt.model.outcome import LimitKind, StepOutcome
from wfopt.model.workflow import USUAL_LIMITS, Step

NONE: dict[str, int] = {}
"""What most steps are held to."""


def limits_of(step: Step, cpu_milli: int) -> dict[str, int]:
    """Return what a step is held to, as `Launch.limits` has it.

    There is no limit on cpus unless the file asks for one: it would slow a step down while cpus are idle, and
    what is reserved for others is theirs as soon as they want it, since the kernel shares fairly.

    Args:
        step: the step.
        cpu_milli: the cpu capacity, which its share is clamped to.
    """
    request, limits = step.request, step.limits
    if request.memory_bytes is None and limits is USUAL_LIMITS:
        return NONE
    asked = {
        "memory": request.memory_bytes if limits.memory else None,
        "cpu": min(request.cpu_milli, cpu_milli) if limits.cpu else None,
        "pids": limits.pids,
        # The kernel counts whole seconds.
        "cpu-time": None if limits.cpu_time_s is None else math.ceil(limits.cpu_time_s),
        "file-size": limits.file_size_bytes,
        "open-files": limits.open_files,
        "nice": limits.nice,
    }
    return {name: value for name, value in asked.items() if value}


def ran_out_of_memory(outcome: StepOutcome) -> bool:
    """Return whether an attempt was ended because it went over its memory."""
    return outcome.limit is not None and outcome.limit.kind is LimitKind.MEMORY


def with_more_memory(step: Step, grant: Callable[[int], int]) -> Step:
    """Return a step that went over its memory as its next attempt is to be.

    Args:
        step: as it was, with the memory that was not enough.
        grant: reserves so many bytes for it from now on, or as many as there are, and returns how many.
    """
    before, factor = step.request.memory_bytes, step.retries.memory_factor
    if before is None or factor <= 1:
        return step
    granted = grant(math.ceil(before * factor))
    return replace(step, request=replace(step.request, memory_bytes=granted))
