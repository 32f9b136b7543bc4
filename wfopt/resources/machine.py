"""What this machine offers, and its control groups leave of it."""

from __future__ import annotations

import os
import re
from functools import lru_cache

from wfopt.resources.cgroups import Limits, read_limits

_JOBS = re.compile(r"([0-9]{1,5})(%?)")


@lru_cache(maxsize=1)
def limits_of(root: str = "/") -> Limits:
    """Return what control groups allow this process.

    Read once: several parts of a start ask, and a step is not admitted by other limits than the one before.
    """
    return read_limits(root)


def usable_cpu_milli(root: str = "/") -> int:
    """Return how many thousandths of a cpu this process may use: its affinity and its control groups count.

    Args:
        root: the folder that stands for the root of the file system, for the control groups.
    """
    affinity = _cpus() * 1000
    group = limits_of(root).cpu
    return affinity if group is None else min(affinity, group.milli)


def usable_cpus(root: str = "/") -> int:
    """Return how many whole cpus this process may use, at least 1; 1 of 1.5."""
    return max(1, usable_cpu_milli(root) // 1000)


def total_memory(root: str = "/") -> int | None:
    """Return the bytes of memory that this process may use, or None if the machine does not say."""
    limit = limits_of(root).memory_bytes
    try:
        physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return limit
    return physical if limit is None else min(physical, limit)


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


def _cpus() -> int:
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)
