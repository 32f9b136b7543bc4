"""What this machine offers."""

from __future__ import annotations

import os
import re

_JOBS = re.compile(r"([0-9]{1,5})(%?)")


def usable_cpus() -> int:
    """Return how many cpus this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


def total_memory() -> int | None:
    """Return the bytes of memory of this machine, or None if it does not say."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return None


def slots_of(jobs: str, cpus: int) -> int | None:
    """Return the number of slots that `-j` means, or None if it means nothing.

    >>> slots_of("auto", 8), slots_of("50%", 8), slots_of("3", 8), slots_of("0", 8)
    (8, 4, 3, None)
    """
    if jobs == "auto":
        return cpus
    match = _JOBS.fullmatch(jobs)
    if match is None or not int(match[1]):
        return None
    return max(1, cpus * int(match[1]) // 100) if match[2] else int(match[1])
