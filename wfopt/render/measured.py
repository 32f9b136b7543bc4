"""What was measured during a run, and what was alarming about it, as parts of JSON documents."""

from __future__ import annotations

from wfopt.events import AlertChanged, Sampled
from wfopt.model.history import Alert
from wfopt.model.samples import MachineSample, Raised, StepSample
from wfopt.model.workflow import StepId

Fields = dict[str, object]
"""A JSON object; its keys are written in this order."""

_DECIMALS = 6


def measured_fields(event: Sampled | AlertChanged) -> tuple[str, Fields]:
    """Return the name of an event, and its fields."""
    if isinstance(event, Sampled):
        steps = [_step(name, sample) for name, sample in event.tick.steps.items()]
        return "sampled", {"machine": _machine(event.tick.machine), "steps": steps}
    change = event.change
    if isinstance(change, Raised):
        return "alert-raised", alert_fields(change.alert)
    return "alert-cleared", {"rule": change.rule, "step": change.step}


def alert_fields(alert: Alert) -> Fields:
    """Return an alert."""
    return {
        "rule": alert.rule,
        "severity": alert.severity,
        "message": alert.message,
        "step": alert.step,
        "raised_s": round(alert.at, _DECIMALS),
    }


def _machine(sample: MachineSample) -> Fields:
    pressure = sample.pressure
    return {
        "cpus_busy": round(sample.cpus_busy, _DECIMALS),
        "cpus": sample.cpus,
        "memory_used_bytes": sample.memory_used_bytes,
        "memory_total_bytes": sample.memory_total_bytes,
        "load": sample.load,
        "pressure": {"cpu": pressure.cpu, "memory": pressure.memory, "io": pressure.io},
        "disk_free_bytes": sample.disk_free_bytes,
    }


def _step(name: StepId, sample: StepSample) -> Fields:
    return {
        "id": name,
        "cpus_busy": round(sample.cpus_busy, _DECIMALS),
        "cpu_s": round(sample.cpu_s, _DECIMALS),
        "memory_bytes": sample.memory_bytes,
        "memory_estimated": sample.memory_estimated,
        "read_bytes": sample.read_bytes,
        "written_bytes": sample.written_bytes,
        "processes": sample.processes,
    }
