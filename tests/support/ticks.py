"""Ticks of a monitor for tests: only what a test is about is written."""

from __future__ import annotations

from collections.abc import Mapping

from wfopt.model.samples import MachineSample, Pressure, StepSample, Tick
from wfopt.model.workflow import StepId

GIB = 1 << 30


def tick(
    at: float = 0.0,
    *,
    cpus_busy: float = 2.0,
    memory: tuple[int, int] | None = (GIB, 10 * GIB),
    disk: int | None = 100 * GIB,
    waited: float | None = 0.0,
    steps: Mapping[str, int] | None = None,
) -> Tick:
    """Return a tick of a machine with two cpus and nothing to worry about.

    Args:
        at: when.
        cpus_busy: how many cpus are busy.
        memory: what is used of how many bytes, or None if that is not known.
        disk: free bytes.
        waited: the share of time in which something waited for memory.
        steps: what each running step holds, in bytes.
    """
    used, total = memory or (None, None)
    machine = MachineSample(
        cpus_busy=cpus_busy,
        cpus=2.0,
        memory_used_bytes=used,
        memory_total_bytes=total,
        pressure=Pressure(memory=waited),
        disk_free_bytes=disk,
    )
    samples = {
        StepId(name): StepSample(cpus_busy=1.0, cpu_s=at, memory_bytes=held)
        for name, held in (steps or {}).items()
    }
    return Tick(at=at, machine=machine, steps=samples)
