"""Reports and events as JSON documents.

Times are seconds, sizes bytes, shares fractions; what is unknown is null. Numbers are rounded to 6
decimals. Fields may be added; none is ever renamed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from wfopt.engine.report import CacheTotals, Forecast, PlanReport, RunReport, StepReport
from wfopt.engine.requested import asked_by, cpus_of, utilization_of
from wfopt.errors import Diagnostic
from wfopt.events import (
    AlertChanged,
    Event,
    Noticed,
    RunFinished,
    RunStarted,
    Sampled,
    StepCancelled,
    StepFinished,
    StepOutput,
    StepRetried,
    StepSkipped,
    StepStarted,
    StepUndone,
)
from wfopt.model.outcome import Enforcer, LimitHit, LimitKind, StepOutcome, StepStatus, Usage
from wfopt.model.workflow import Request, StepId, Workflow
from wfopt.render.measured import alert_fields, measured_fields

Document = dict[str, object]
"""A JSON object; its keys are written in this order."""

_TIME_LIMITS = frozenset((LimitKind.TIMEOUT, LimitKind.CPU_TIME))


def run_document(report: RunReport) -> Document:
    """Return the `wfopt.run/1` document of a run."""
    asked, utilization = asked_by(report), utilization_of(report)
    return {
        "schema": "wfopt.run/1",
        "workflow": report.workflow.name,
        "file": _file(report.workflow),
        "run_id": report.run_id,
        "status": report.status.value,
        "exit_code": report.exit_code,
        "signal": report.signal,
        "started_at": _rounded(report.started_at),
        "wall_s": _rounded(report.wall_s),
        "cpu_s": _rounded(report.cpu_s),
        "peak_memory_bytes": report.peak_memory_bytes,
        "cpu_utilization": _rounded(report.cpu_utilization),
        "critical_path": {"steps": list(report.critical_path), "wall_s": _rounded(report.critical_path_s)},
        "lower_bound_s": _rounded(report.lower_bound_s),
        "counts": {
            "total": len(report.steps),
            **{status.value: report.count(status) for status in StepStatus},
        },
        "cache": _cache_document(report.cache),
        "enforced_by": _enforced_document(report.enforced_by),
        "alerts": [alert_fields(alert) for alert in report.alerts],
        "strategy": report.strategy,
        "utilization": {"cpu": _rounded(utilization.cpu), "memory": _rounded(utilization.memory)},
        "suggestions": [
            {"step": each.step, "write": each.write, "because": each.because} for each in report.suggestions
        ],
        "steps": [_step_document(step, asked, report.cpus) for step in report.steps],
        "hooks": [_hook_document(hook, asked, report.cpus) for hook in report.hooks],
    }


def plan_document(report: PlanReport) -> Document:
    """Return the `wfopt.plan/1` document of a dry run.

    A step's `wave` is its position in `waves`, counted from 0; the critical path's `length` is the
    number of its steps.
    """
    wave_of = {step: number for number, wave in enumerate(report.waves) for step in wave}
    needs: dict[str, list[Document]] = {step.id: [] for step in report.workflow.steps}
    for edge in report.workflow.edges:
        needs[edge.after].append({"step": edge.before, "kind": edge.kind.value})
    return {
        "schema": "wfopt.plan/1",
        "workflow": report.workflow.name,
        "file": _file(report.workflow),
        "slots": report.slots,
        "strategy": report.strategy,
        "waves": [list(wave) for wave in report.waves],
        "steps": [
            {
                "id": step.id,
                "definition": step.definition or step.id,
                "wave": wave_of.get(step.id),
                "needs": needs[step.id],
                **_forecast_fields(report.forecasts.get(step.id)),
                "cpu": step.request.cpu_milli / 1000,
                "memory_bytes": step.request.memory_bytes,
                "tokens": dict(sorted(step.request.tokens.items())),
                "timeout_s": _rounded(step.timeout_s),
            }
            for step in report.workflow.steps
        ],
        "critical_path": {"steps": list(report.critical_path), "length": len(report.critical_path)},
    }


def _forecast_fields(forecast: Forecast | None) -> Document:
    if forecast is None:
        return {"cached": None, "reason": None}
    return {"cached": forecast.cached, "reason": forecast.reason}


_NOT_RUN: Mapping[type, str] = {
    StepSkipped: "step-skipped",
    StepCancelled: "step-cancelled",
    StepUndone: "step-undone",
}


def event_document(event: Event) -> Document:
    """Return the document of an event; bytes that are not UTF-8 become replacement characters."""
    fields: Document
    match event:
        case RunStarted():
            name = "run-started"
            fields = {
                "run_id": event.run_id,
                "started_at": _rounded(event.started_at),
                "steps": event.steps,
                "slots": event.slots,
                "strategy": event.strategy,
            }
        case StepStarted():
            name = "step-started"
            fields = {"step": event.step, "reason": event.reason, "attempt": event.attempt}
        case StepOutput():
            name = "step-output"
            fields = {
                "step": event.step,
                "text": event.data.decode("utf-8", "replace"),
                "replayed": event.replayed,
            }
        case StepRetried():
            name = "step-retried"
            fields = {
                "step": event.step,
                "attempt": event.attempt,
                "delay_s": _rounded(event.delay_s),
                **_outcome_fields(event.outcome),
            }
        case StepFinished():
            name, fields = "step-finished", {"step": event.step, **_outcome_fields(event.outcome)}
        case StepSkipped() | StepCancelled() | StepUndone():
            name = _NOT_RUN[type(event)]
            fields = {"step": event.step, "reason": event.reason}
        case Noticed():
            name, fields = "noticed", {"step": event.step, **diagnostic_document(event.diagnostic)}
        case Sampled() | AlertChanged():
            name, fields = measured_fields(event)
        case RunFinished():
            name = "run-finished"
            fields = {
                "status": event.status.value,
                "signal": event.signal,
                "enforced_by": _enforced_document(event.enforced_by),
            }
        case _:
            assert_never(event)
    return {"event": name, "at": _rounded(event.at), **fields}


def diagnostic_document(diagnostic: Diagnostic) -> Document:
    """Return the document of a message; lines and columns count from 1."""
    span = diagnostic.primary.span if diagnostic.primary else None
    return {
        "code": diagnostic.code.number,
        "name": diagnostic.code.name,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "file": span.source.name if span else diagnostic.file,
        "line": span.line if span else None,
        "column": span.column if span else None,
        "causes": list(diagnostic.causes),
        "hints": list(diagnostic.hints),
    }


def _outcome_fields(outcome: StepOutcome) -> Document:
    return {
        "status": outcome.status.value,
        "reason": outcome.reason,
        "exit_code": outcome.exit_code,
        "signal": outcome.signal,
        "allowed": outcome.allowed,
        **_usage_fields(outcome.usage),
        "cache_key": outcome.cache.key if outcome.cache else None,
        "restored_files": outcome.cache.restored_files if outcome.cache else 0,
        "limit": _limit_document(outcome.limit),
    }


def _step_document(step: StepReport, asked: Mapping[StepId, Request], cpus: float) -> Document:
    request = asked[step.id]
    return {
        "id": step.id,
        "status": step.status.value,
        "reason": step.reason,
        "exit_code": step.exit_code,
        "signal": step.signal,
        "allowed": step.allowed,
        "attempts": step.attempts,
        "started_s": _rounded(step.started_s),
        **_usage_fields(step.usage),
        "cache_key": step.cache.key if step.cache else None,
        "restored_files": step.cache.restored_files if step.cache else 0,
        "limit": _limit_document(step.limit),
        "requested": {
            "cpu": request.cpu_milli / 1000,
            "memory_bytes": request.memory_bytes,
            "tokens": dict(sorted(request.tokens.items())),
        },
        "utilization": _utilization_document(step.usage, request, cpus),
    }


def _utilization_document(usage: Usage | None, request: Request, cpus: float) -> Document:
    """Return the shares of what a step asked for that it used; null where that cannot be told."""
    cpu = memory = None
    if usage is not None and usage.wall_s > 0:
        cpu = usage.cpu_s / usage.wall_s / cpus_of(request, cpus)
    if usage is not None and request.memory_bytes:
        memory = usage.peak_memory_bytes / request.memory_bytes
    return {"cpu": _rounded(cpu), "memory": _rounded(memory)}


def _cache_document(cache: CacheTotals) -> Document:
    return {
        "hits": cache.hits,
        "misses": cache.misses,
        "saved_s": _rounded(cache.saved_s),
        "restored_files": cache.restored_files,
        "restored_bytes": cache.restored_bytes,
    }


def _hook_document(hook: StepReport, asked: Mapping[StepId, Request], cpus: float) -> Document:
    kind, _, name = hook.id.partition(":")
    return {"hook": kind, "name": name, **_step_document(hook, asked, cpus)}


def _usage_fields(usage: Usage | None) -> Document:
    return {
        "wall_s": _rounded(usage.wall_s) if usage else None,
        "cpu_s": _rounded(usage.cpu_s) if usage else None,
        "peak_memory_bytes": usage.peak_memory_bytes if usage else None,
        "read_bytes": usage.read_bytes if usage else None,
        "written_bytes": usage.written_bytes if usage else None,
        "peak_memory_source": usage.peak_memory_source.value if usage else None,
    }


def _enforced_document(enforced_by: Mapping[str, Enforcer]) -> Document:
    return {kind: enforcer.value for kind, enforcer in sorted(enforced_by.items())}


def _limit_document(hit: LimitHit | None) -> Document | None:
    if hit is None:
        return None
    # Bytes and processes are counted, seconds are measured.
    number = _rounded if hit.kind in _TIME_LIMITS else round
    return {
        "kind": hit.kind.value,
        "limit": number(hit.limit),
        "observed": number(hit.observed),
        "enforced_by": hit.enforced_by.value,
    }


def _file(workflow: Workflow) -> str | None:
    return workflow.source.name if workflow.source else None


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 6)
