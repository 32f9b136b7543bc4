"""What all runs of a scope have in common, with trends, savings and health."""

from __future__ import annotations

from collections.abc import Sequence

from wfopt.api.stats_health import Surroundings, surrounding_checks
from wfopt.dataclass import dataclass, replace
from wfopt.metrics.base import History
from wfopt.metrics.baseline import busy
from wfopt.metrics.changes import Trend, find_trends
from wfopt.metrics.health import (
    Health,
    accuracy_check,
    alerts_check,
    failures_check,
    unfinished_check,
)
from wfopt.metrics.overview import Overview, overview, recent_runs, share, wall_of
from wfopt.metrics.savings import savings_of
from wfopt.metrics.views import Whole, WorkflowRow
from wfopt.model.history import Ending, PastRun, Point, Scope

TRENDS = 3
"""So many trends are told, the largest first."""

_TREND_STEPS = 10
_TREND_RUNS = 500
_TREND_POINTS = 200
"""Few enough that they are found within a tenth of a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a history is, and how much it remembers.

    Attributes:
        around: where it lives.
        database: the path of its file.
        remembered: how many runs it holds.
    """

    around: Surroundings
    database: str
    remembered: int


def whole(history: History, scope: Scope, place: Place) -> Whole:
    """Return what all runs of a scope have in common.

    Raises:
        HistoryError: the history cannot be read.
    """
    points = history.run_points(scope)
    recent = recent_runs(history, scope)
    common = overview(points, recent, history.step_totals(scope))
    workflows = _workflows(history, scope) if scope.workflow is None else ()
    return Whole(
        overview=common,
        workflows=workflows,
        trends=() if workflows else _trends(history, scope, points, common),
        savings=savings_of(history.rewrites(scope.workflow), recent),
        health=_health(points, recent, common, place),
    )


def _workflows(history: History, scope: Scope) -> tuple[WorkflowRow, ...]:
    """Return each workflow by itself, the one with the newest run first; nothing if there is only one."""
    rows = []
    for workflow in history.workflows():
        points = history.run_points(replace(scope, workflow=workflow))
        if points:
            rows.append(_workflow_row(workflow, points))
    return tuple(sorted(rows, key=lambda row: -row.last_at)) if len(rows) > 1 else ()


def _workflow_row(workflow: str, points: Sequence[Point]) -> WorkflowRow:
    good = [point.wall_s for point in points if point.status == Ending.SUCCEEDED.value]
    failed = sum(point.status == Ending.FAILED.value for point in points)
    return WorkflowRow(
        workflow=workflow,
        runs=len(points),
        success_rate=share(len(good), len(good) + failed),
        wall=wall_of(good),
        last_at=points[-1].at,
    )


def _trends(history: History, scope: Scope, points: Sequence[Point], common: Overview) -> tuple[Trend, ...]:
    """Return the newest trend of the runs and of each of the steps that take longest, the largest first."""
    near = replace(scope, limit=min(scope.limit or _TREND_RUNS, _TREND_RUNS))
    slowest = sorted(common.steps, key=lambda each: -each.totals.wall_s)[:_TREND_STEPS]
    found = [find_trends(busy(points)[-_TREND_POINTS:])]
    for each in slowest:
        step = each.totals.step
        found.append(find_trends(history.step_points(near, step)[-_TREND_POINTS:], step=step))
    newest = [trends[-1] for trends in found if trends]
    return tuple(sorted(newest, key=lambda each: -abs(each.after - each.before))[:TRENDS])


def _health(points: Sequence[Point], recent: Sequence[PastRun], common: Overview, place: Place) -> Health:
    owner = place.around.owner()
    return Health(
        (
            *surrounding_checks(place.around, place.database, place.remembered),
            failures_check(points),
            unfinished_check(points, owner.run_id if owner else ""),
            alerts_check(recent),
            accuracy_check(common.accuracy),
        )
    )
