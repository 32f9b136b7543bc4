"""Parts of the document of statistics that several views share."""

from __future__ import annotations

from wfopt.metrics.changes import Trend
from wfopt.metrics.overview import CacheFigures, StepFigures, Wall
from wfopt.render.documents import Document


def rounded(number: float | None) -> float | None:
    """Return a number with at most 6 decimals."""
    return None if number is None else round(number, 6)


def wall_document(wall: Wall) -> Document:
    """Return the figures of durations, or of sizes."""
    return {
        "p50": rounded(wall.p50),
        "p90": rounded(wall.p90),
        "mean": rounded(wall.mean),
        "stddev": rounded(wall.stddev),
    }


def cache_document(cache: CacheFigures) -> Document:
    """Return what the cache did."""
    return {
        "hits": cache.hits,
        "misses": cache.misses,
        "hit_rate": rounded(cache.hit_rate),
        "bytes": cache.restored_bytes,
        "saved_s": rounded(cache.saved_s),
    }


def trend_document(trend: Trend) -> Document:
    """Return a lasting change."""
    return {
        "step": trend.step,
        "metric": trend.metric.value,
        "before": rounded(trend.before),
        "after": rounded(trend.after),
        "ratio": rounded(trend.ratio),
        "since_run": trend.since_run,
        "at": rounded(trend.at),
        "direction": trend.direction.value,
        "host": trend.host,
        "runs_before": trend.points_before,
        "runs_after": trend.points_after,
    }


def step_document(each: StepFigures) -> Document:
    """Return what became of a step."""
    totals = each.totals
    return {
        "id": totals.step,
        "runs": totals.runs,
        "succeeded": totals.succeeded,
        "failed": totals.failed,
        "cached": totals.cached,
        "skipped": totals.skipped,
        "cancelled": totals.cancelled,
        "flaky": totals.flaky,
        "attempts": totals.attempts,
        "wall_s": rounded(totals.wall_s),
        "mean_s": rounded(each.mean_s),
        "cpu_s": rounded(totals.cpu_s),
        "waited_s": rounded(totals.waited_s),
        "failure_rate": rounded(each.failure_rate),
        "flaky_rate": rounded(each.flaky_rate),
        "hit_rate": rounded(each.reuse_rate),
        "critical_runs": totals.critical,
        "critical_s": rounded(totals.critical_s),
        "critical_share": rounded(each.critical_share),
    }
