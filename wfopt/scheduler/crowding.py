"""How long a schedule keeps all cpus busy: steps take a little longer then than they do alone."""

from __future__ import annotations

from collections.abc import Sequence

from wfopt.scheduler.schedule import Schedule

CROWDING = 0.05
"""By what share of the time steps get later that keep all cpus busy together: they share caches, memory and
the rest of the machine. `python tests/benchmarks/optimizing.py --effect` prints by how much on this one."""

_BUSY = 0.9
"""Cpus that are kept busy to this share have nothing left for another step."""


def crowded_s(schedule: Schedule, loads: Sequence[float], cpus: float) -> float:
    """Return for how many seconds two nodes or more keep all cpus busy.

    Args:
        schedule: when nodes run.
        loads: for each node, how many cpus it keeps busy.
        cpus: how many there are.
    """
    moments = [
        moment
        for start, end, load in zip(schedule.starts, schedule.ends, loads, strict=True)
        if end > start
        for moment in ((start, 1, round(1000 * load)), (end, -1, -round(1000 * load)))
    ]
    found = before = 0.0
    running = milli = 0
    for moment, count, load in sorted(moments):
        if running > 1 and milli >= _BUSY * 1000 * cpus:
            found += moment - before
        before, running, milli = moment, running + count, milli + load
    return found
