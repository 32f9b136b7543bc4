"""A prediction as a JSON document."""

from __future__ import annotations

from typing import Any

from wfopt.model.estimates import Estimate
from wfopt.model.prediction import PlayedAgain, PredictReport, StepOutlook, Sweep, Tested, Trust, Whole

SCHEMA = "wfopt.predict/1"

Document = dict[str, Any]


def predict_document(report: PredictReport) -> Document:
    """Return the document; what is not known is null, and what was not asked for is missing."""
    document: Document = {
        "schema": SCHEMA,
        "file": report.file,
        "runs": report.runs,
        "level": report.level,
        **_whole(report.whole),
        "steps": [_step(each) for each in report.steps],
        "unknown_steps": len(report.unknown),
        "order_of_magnitude": _span(report.borrowed),
        "ignored_values": report.ignored,
        "scenarios": [
            {"name": each.name, **_whole(each.whole), "remarks": list(each.remarks)}
            for each in report.variations
        ],
    }
    if report.tested is not None:
        document["backtest"] = _backtest(report.tested)
    if report.sweep is not None:
        document["cpus_sweep"] = _sweep(report.sweep)
    return document


def _whole(whole: Whole) -> Document:
    return {
        "makespan": _makespan(whole),
        "cpu_s": _rounded(whole.cpu_s),
        "peak_memory_bytes": whole.memory_bytes,
        "critical_path": list(whole.path),
        "machine": {
            "cpus": whole.cpu_milli / 1000,
            "slots": whole.slots,
            "memory_bytes": whole.memory_capacity,
            "strategy": whole.strategy,
        },
    }


def _makespan(whole: Whole) -> Document:
    found = whole.makespan
    span = _span(found) or {"expected_s": None, "low_s": None, "high_s": None, "basis": "unknown"}
    return {**span, "confidence": _trust(whole.trust)}


def _span(estimate: Estimate | None) -> Document | None:
    if estimate is None:
        return None
    return {
        "expected_s": _rounded(estimate.expected),
        "low_s": _rounded(estimate.low),
        "high_s": _rounded(estimate.high),
        "basis": estimate.basis.value,
    }


def _step(step: StepOutlook) -> Document:
    wall, memory = step.wall, step.memory
    return {
        "id": step.step,
        **(_span(wall) or {"expected_s": None, "low_s": None, "high_s": None, "basis": "unknown"}),
        "model": wall.model if wall else None,
        "input": wall.input or None if wall else None,
        "samples": wall.samples if wall else 0,
        "confidence": _trust(step.trust),
        "memory": {
            "expected_bytes": int(memory.expected) if memory else None,
            "high_bytes": int(memory.high) if memory else None,
            "allocation_bytes": step.allocation,
        },
        "cpu_s": _rounded(step.cpu_s),
        "failure_probability": _rounded(step.failure),
        "cached": step.cached,
        "reason": step.reason or None,
        "critical_probability": _rounded(step.on_path),
    }


def _trust(trust: Trust) -> Document:
    return {
        "word": trust.word,
        "samples": trust.samples,
        "runs_ago": trust.runs_ago,
        "spread": _rounded(trust.spread),
    }


def _backtest(tested: PlayedAgain) -> Document:
    overall = tested.overall
    return {
        "steps": len(tested.steps),
        "values": overall.count if overall else 0,
        "median_ape": _rounded(overall.median_ape) if overall else None,
        "p90_ape": _rounded(overall.p90_ape) if overall else None,
        "coverage": _rounded(overall.coverage) if overall else None,
        "by_step": [{"id": each.name, **_accuracy(each)} for each in tested.steps],
        "by_model": [{"model": each.name, **_accuracy(each)} for each in tested.models],
    }


def _accuracy(tested: Tested) -> Document:
    return {
        "values": tested.count,
        "median_ape": _rounded(tested.median_ape),
        "p90_ape": _rounded(tested.p90_ape),
        "coverage": _rounded(tested.coverage),
    }


def _sweep(sweep: Sweep) -> Document:
    return {
        "enough_cpus": sweep.enough,
        "points": [
            {"cpus": cpus, "makespan_s": _rounded(seconds)} for cpus, seconds in sweep.seconds.items()
        ],
    }


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 6)
