"""The views of a history as documents: each as a key with what stands under it, and as rows of a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import assert_never

from wfopt.metrics.efficiency import StepCache, StepResources
from wfopt.metrics.views import (
    CacheView,
    CompareView,
    Pair,
    ResourcesView,
    RunRow,
    RunsView,
    Series,
    Side,
    StepView,
    TrendView,
    View,
)
from wfopt.model.history import Ending, PastAttempt, PastRun
from wfopt.render.documents import Document
from wfopt.render.stats_fields import rounded, step_document, trend_document, wall_document


def view_document(view: View) -> Document:
    """Return the key of a view, and what stands under it."""
    match view:
        case RunsView():
            return {"run_list": view_rows(view)}
        case StepView():
            return {"step": _step_document(view)}
        case CompareView():
            return {"compare": _compare_document(view)}
        case TrendView():
            return {"series": view_rows(view), "false_alarm_runs": view.run_length}
        case ResourcesView():
            return {"resources": view_rows(view), "resources_runs": view.runs}
        case CacheView():
            return {"cache_steps": view_rows(view), "cache_runs": view.runs}
        case _:
            assert_never(view)


def view_rows(view: View) -> list[Document]:
    """Return a view as the rows of one table."""
    match view:
        case RunsView():
            return [_run_row(row) for row in view.rows]
        case StepView():
            return [_attempt_row(*pair) for pair in view.last]
        case CompareView():
            return [_pair_row(pair) for pair in (view.run, *view.steps)]
        case TrendView():
            return [_series_row(each, view.revisions) for each in view.series]
        case ResourcesView():
            return [_resource_row(each) for each in view.steps]
        case CacheView():
            return [_cache_row(each) for each in view.steps]
        case _:
            assert_never(view)


def _run_row(row: RunRow) -> Document:
    run = row.run
    return {
        **_run_fields(run),
        "status": run.ending.value,
        "exit_code": run.exit_code,
        "wall_s": None if run.ending is Ending.UNFINISHED else rounded(run.wall_s),
        "cpu_s": rounded(run.cpu_s),
        "peak_memory_bytes": run.peak_memory_bytes,
        "hits": run.hits,
        "misses": run.misses,
        "saved_s": rounded(run.saved_s),
        "failed": list(row.failed),
    }


def _run_fields(run: PastRun) -> Document:
    return {
        "run_id": run.run_id,
        "workflow": run.workflow,
        "started_at": rounded(run.started_at),
        "branch": run.revision.branch or None,
        "commit": run.revision.commit or None,
        "host": run.host.name,
    }


def _step_document(view: StepView) -> Document:
    trends = (*view.series.trends, *view.memory_trends)
    return {
        **step_document(view.figures),
        "wall": wall_document(view.wall),
        "peak_memory_bytes": wall_document(view.memory),
        "host": view.series.host or None,
        "durations": [rounded(value) for value in view.series.values],
        "trends": [trend_document(each) for each in trends],
        "last": view_rows(view),
    }


def _attempt_row(run: PastRun, attempt: PastAttempt) -> Document:
    return {
        **_run_fields(run),
        "attempt": attempt.attempt,
        "status": attempt.status.value,
        "reason": attempt.reason,
        "exit_code": attempt.exit_code,
        "wall_s": rounded(attempt.wall_s),
        "cpu_s": rounded(attempt.cpu_s),
        "peak_memory_bytes": attempt.peak_memory_bytes,
        "waited_s": rounded(attempt.waited_s),
        "input_bytes": attempt.input_bytes,
    }


def _compare_document(view: CompareView) -> Document:
    return {
        "before": _side_document(view.before),
        "after": _side_document(view.after),
        "host": view.host or None,
        "run": _pair_row(view.run),
        "steps": [_pair_row(pair) for pair in view.steps],
    }


def _side_document(side: Side) -> Document:
    return {"name": side.name, "kind": side.kind, "runs": [run.run_id for run in side.runs]}


def _pair_row(pair: Pair) -> Document:
    found = pair.comparison
    return {
        "step": pair.step,
        "before_status": pair.before or None,
        "after_status": pair.after or None,
        "before_s": rounded(found.before) if found else None,
        "after_s": rounded(found.after) if found else None,
        "ratio": rounded(found.ratio) if found else None,
        "low": rounded(found.low) if found else None,
        "high": rounded(found.high) if found else None,
        "p_value": rounded(found.p_value) if found else None,
        "runs_before": found.n_before if found else 0,
        "runs_after": found.n_after if found else 0,
        "verdict": found.verdict.name.lower().replace("_", "-") if found else "too-few",
    }


def _series_row(series: Series, revisions: Mapping[str, str]) -> Document:
    return {
        "step": series.step,
        "host": series.host or None,
        "durations": [rounded(value) for value in series.values],
        "trends": list(_trends(series, revisions)),
    }


def _trends(series: Series, revisions: Mapping[str, str]) -> Iterable[Document]:
    for trend in series.trends:
        yield {**trend_document(trend), "commit": revisions.get(trend.since_run)}


def _resource_row(each: StepResources) -> Document:
    return {
        "step": each.step,
        "attempts": each.attempts,
        "cpu": rounded(each.cpu),
        "cpu_used": rounded(each.cpu_used),
        "memory_bytes": each.memory_bytes,
        "peak_memory_bytes": each.peak_bytes,
        "killed": each.killed,
        "suggestions": list(each.suggestions),
    }


def _cache_row(each: StepCache) -> Document:
    return {
        "step": each.step,
        "hits": each.hits,
        "misses": each.misses,
        "saved_s": rounded(each.saved_s),
        "unknown_hits": each.unknown,
        "reasons": [{"reason": reason, "count": count} for reason, count in each.reasons],
    }
