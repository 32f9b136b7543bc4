"""What the steps of a run asked for against what they used."""

from __future__ import annotations

import math

from wfopt.dataclass import dataclass
from wfopt.engine.report import RunReport
from wfopt.model.outcome import Usage
from wfopt.model.workflow import Request, StepId

USUAL_CPU_MILLI = Request().cpu_milli
"""The share of the cpus of a step that asks for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Utilization:
    """The shares of what steps reserved while they ran that they used; None where nothing was reserved.

    Attributes:
        cpu: of the seconds of cpus, 0 to 1 and more.
        memory: of the bytes times seconds, taking peaks as used; of the steps that asked for memory.
    """

    cpu: float | None = None
    memory: float | None = None


def asks_for_cpus(request: Request) -> bool:
    """Return whether a request is for another share of the cpus than usual."""
    return request.cpu_milli != USUAL_CPU_MILLI


def asked_by(report: RunReport) -> dict[StepId, Request]:
    """Return what the steps and hooks of a run asked for."""
    workflow = report.workflow
    return {step.id: step.request for step in (*workflow.steps, *workflow.hooks)}


def asked_and_ran(report: RunReport) -> list[StepId]:
    """Return the steps and hooks that ran, of those that asked for something of their own."""
    found = {
        step
        for step, request in asked_by(report).items()
        if request.memory_bytes is not None or asks_for_cpus(request)
    }
    return [each.id for each in (*report.steps, *report.hooks) if each.usage is not None and each.id in found]


def cpus_of(request: Request, cpus: float) -> float:
    """Return the cpus that a request holds, of those that there are."""
    return min(request.cpu_milli / 1000, cpus)


def cpus_used(usage: Usage) -> float | None:
    """Return how many cpus were busy on average, or None if it took no time."""
    return usage.cpu_s / usage.wall_s if usage.wall_s > 0 else None


def utilization_of(report: RunReport) -> Utilization:
    """Return how much of what the steps of a run reserved they used."""
    asked = asked_by(report)
    ran = [(each.usage, asked[each.id]) for each in report.steps if each.usage is not None]
    reserved = math.fsum(usage.wall_s * cpus_of(request, report.cpus) for usage, request in ran)
    held = [(usage, request.memory_bytes) for usage, request in ran if request.memory_bytes]
    wanted = math.fsum(usage.wall_s * size for usage, size in held)
    used = math.fsum(usage.wall_s * usage.peak_memory_bytes for usage, _ in held)
    return Utilization(
        cpu=math.fsum(usage.cpu_s for usage, _ in ran) / reserved if reserved else None,
        memory=used / wanted if wanted else None,
    )
