"""An optimization as a JSON document."""

from __future__ import annotations

from typing import Any

from wfopt.optimizer.base import Change, Refusal
from wfopt.optimizer.pipeline import Passed
from wfopt.optimizer.report import Figures, OptimizeReport, Verification

SCHEMA = "wfopt.optimize/1"

Document = dict[str, Any]


def optimize_document(report: OptimizeReport) -> Document:
    """Return the document; times are null where nothing is timed."""
    return {
        "schema": SCHEMA,
        "file": report.file,
        "format": report.format,
        "level": report.level.value,
        "strategy": report.strategy,
        "slots": report.slots,
        "before": _figures(report.before, report),
        "after": _figures(report.after, report),
        "saving": {
            "time_s": _seconds(report.saving, report),
            "share": _rounded(report.share),
            "basis": report.basis,
        },
        "changes": [
            _change(each, passed, report) for passed in report.optimized.passed for each in passed.changes
        ],
        "refused": [_refusal(each) for each in report.optimized.refusals],
        "passes": [
            {"name": name, "seconds": _rounded(seconds)} for name, seconds in report.optimized.seconds.items()
        ],
        "verified": _verified(report.verified) if report.verified is not None else None,
    }


def _figures(figures: Figures, report: OptimizeReport) -> Document:
    return {
        "steps": figures.steps,
        "edges": figures.edges,
        "critical_path": list(figures.critical_path),
        "critical_path_s": _seconds(figures.critical, report),
        "work_s": _seconds(figures.work, report),
        "makespan_s": _seconds(figures.makespan, report),
        "basis": report.basis,
    }


def _change(change: Change, passed: Passed, report: OptimizeReport) -> Document:
    saved = report.saved(passed)
    whole = report.before.makespan
    return {
        "pass": change.made_by,
        "steps": list(change.steps),
        "edge": list(change.edge) if change.edge else None,
        "what": change.what,
        "evidence": change.evidence,
        "why": change.why,
        "saving": {
            "pass_time_s": _seconds(saved, report),
            "pass_share": _rounded(saved / whole) if whole > 0 else 0.0,
            "work_s": _seconds(change.work, report),
            "memory_bytes": change.memory,
        },
    }


def _refusal(refusal: Refusal) -> Document:
    return {
        "pass": refusal.made_by,
        "steps": list(refusal.steps),
        "edge": list(refusal.edge) if refusal.edge else None,
        "what": refusal.what,
        "evidence": None,
        "why": refusal.why,
        "hint": refusal.hint,
        "saving": None,
    }


def _verified(found: Verification) -> Document:
    return {
        "equal": found.equal,
        "files_compared": found.files,
        "files_differing": found.unequal_files,
        "statuses_compared": found.statuses,
        "statuses_differing": found.unequal_statuses,
        "values_compared": found.values,
        "values_differing": found.unequal_values,
        "differences": list(found.differences),
        "noise": found.noise,
        "unmade": found.unmade,
        "original_runs": found.originals,
        "runs": found.runs,
        "failed": list(found.failed),
        "before_wall_s": _rounded(found.before_s),
        "after_wall_s": _rounded(found.after_s),
        "speedup": _rounded(found.speedup) if found.speedup is not None else None,
        "predicted_speedup": _rounded(found.predicted) if found.predicted is not None else None,
    }


def _seconds(amount: float, report: OptimizeReport) -> float | None:
    return _rounded(amount) if report.timed else None


def _rounded(number: float) -> float:
    return round(number, 6)
