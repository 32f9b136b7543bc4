"""Statistics as the `wfopt.stats/1` document.

Times are seconds, sizes bytes, shares fractions; what is unknown is null. Numbers are rounded to 6 decimals.
Fields may be added; none is ever renamed.
"""

from __future__ import annotations

from wfopt.metrics.gate import GateResult
from wfopt.metrics.health import Check, Health
from wfopt.metrics.savings import PassRecord, Saving
from wfopt.metrics.views import Stats, Whole
from wfopt.render.documents import Document
from wfopt.render.stats_fields import cache_document, rounded, step_document, trend_document, wall_document
from wfopt.render.stats_view_documents import view_document


def stats_document(stats: Stats) -> Document:
    """Return the document; a view stands in it under a key of its own.

    Raises:
        ValueError: what all runs have in common was not asked for.
    """
    if stats.whole is None:
        raise ValueError("a document needs what all runs have in common")
    document: Document = {
        "schema": "wfopt.stats/1",
        "workflow": stats.scope.workflow,
        "filters": {
            "since": stats.scope.since,
            "branch": stats.scope.branch,
            "host": stats.scope.host,
            "limit": stats.scope.limit,
        },
        **_whole_document(stats.whole),
    }
    if stats.view is not None:
        document |= view_document(stats.view)
    if stats.gates:
        document["gates"] = [gate_document(each, stats.gate_host) for each in stats.gates]
    return document


def health_document(health: Health) -> Document:
    """Return the health with all checks."""
    return {
        "status": health.condition.value,
        "checks": [check_document(check) for check in health.checks],
    }


def check_document(check: Check) -> Document:
    """Return a check with its evidence."""
    return {"name": check.name, "status": check.condition.value, "evidence": check.evidence}


def saving_document(each: Saving) -> Document:
    """Return what an optimization was to save, and did."""
    rewrite = each.rewrite
    return {
        "workflow": rewrite.workflow,
        "at": rounded(rewrite.at),
        "passes": list(rewrite.passes),
        "before": rewrite.before,
        "after": rewrite.after,
        "runs_before": each.runs_before,
        "runs_after": each.runs_after,
        "before_s": rounded(each.before_s),
        "after_s": rounded(each.after_s),
        "predicted_saving_s": rounded(rewrite.predicted_saving_s),
        "measured_saving_s": rounded(each.measured_s),
        "host": each.host or None,
    }


def record_document(each: PassRecord) -> Document:
    """Return how far what a pass promised has come true."""
    return {
        "pass": each.name,
        "rewrites": each.rewrites,
        "predicted_saving_s": rounded(each.predicted_s),
        "measured_saving_s": rounded(each.measured_s),
        "trust": rounded(each.trust),
    }


def gate_document(result: GateResult, host: str) -> Document:
    """Return what a gate says about the runs on a machine."""
    return {
        "gate": str(result.gate),
        "step": result.gate.step,
        "tripped": result.tripped,
        "before": rounded(result.before),
        "after": rounded(result.after),
        "ratio": rounded(result.ratio),
        "noise": rounded(result.noise),
        "runs_before": result.n_before,
        "runs_after": result.n_after,
        "host": host or None,
        "why": result.why,
    }


def _whole_document(whole: Whole) -> Document:
    common, savings = whole.overview, whole.savings
    used = common.utilization
    return {
        "runs": common.runs,
        "success_rate": rounded(common.success_rate),
        "endings": {ending.value: count for ending, count in common.endings.items()},
        "first_at": rounded(common.first_at),
        "last_at": rounded(common.last_at),
        "hosts": dict(common.hosts),
        "detailed_runs": common.detailed,
        "wall_s": wall_document(common.wall),
        "cache": cache_document(common.cache),
        "utilization": {
            "cpu": rounded(used.cpu),
            "memory": rounded(used.memory),
            "cpu_of_reserved": rounded(used.cpu_reserved),
            "memory_of_reserved": rounded(used.memory_reserved),
        },
        "alerts": dict(common.alerts),
        "steps": [step_document(each) for each in common.steps],
        "workflows": [
            {
                "workflow": row.workflow,
                "runs": row.runs,
                "success_rate": rounded(row.success_rate),
                "wall_s": wall_document(row.wall),
                "last_at": rounded(row.last_at),
            }
            for row in whole.workflows
        ],
        "trends": [trend_document(each) for each in whole.trends],
        "optimization": {
            "runs": savings.runs,
            "predicted_saving_s": rounded(savings.predicted_s),
            "measured_saving_s": rounded(savings.measured_s),
            "rewrites": [saving_document(each) for each in savings.each],
            "passes": [record_document(each) for each in savings.passes],
        },
        "prediction": {
            "runs": common.accuracy.runs,
            "median_ape": rounded(common.accuracy.median_ape),
            "coverage": rounded(common.accuracy.coverage),
            "over_time": [
                {
                    "runs": part.runs,
                    "median_ape": rounded(part.median_ape),
                    "coverage": rounded(part.coverage),
                }
                for part in common.accuracy.over_time
            ],
        },
        "health": health_document(whole.health),
    }
