"""The views of a history that are about single steps and runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wfopt.dataclass import replace
from wfopt.metrics.base import History
from wfopt.metrics.baseline import Metric, busy, measured
from wfopt.metrics.changes import Trend, find_trends, rules_for
from wfopt.metrics.efficiency import cache_use_of, resources_of
from wfopt.metrics.overview import cache_of, ranked, recent_runs, wall_of
from wfopt.metrics.views import (
    CacheView,
    ResourcesView,
    RunRow,
    RunsView,
    Series,
    StepView,
    TrendView,
)
from wfopt.model.history import Ending, PastRun, Point, Scope
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import StepId

LISTED_RUNS = 20
"""So many runs are listed where no limit is set."""

TREND_RUNS = 2000
"""Durations are looked at in so many of the newest runs."""

USED_RUNS = 100
"""What steps used and why they ran is looked up in so many of the newest runs."""

_LAST_RUNS = 50
_LAST_ATTEMPTS = 10


def within(scope: Scope, most: int) -> Scope:
    """Return a scope of at most so many of its newest runs."""
    return replace(scope, limit=min(scope.limit or most, most))


def runs_view(history: History, scope: Scope) -> RunsView:
    """Return the newest runs of a scope, the newest first.

    Raises:
        HistoryError: the history cannot be read.
    """
    runs = history.runs(replace(scope, limit=scope.limit or LISTED_RUNS))
    rows = (RunRow(run=run, failed=_failed(history, run)) for run in reversed(runs))
    return RunsView(rows=tuple(rows), total=history.count(replace(scope, limit=None)))


def _failed(history: History, run: PastRun) -> tuple[StepId, ...]:
    story = history.story(run.run_id) if run.ending is not Ending.SUCCEEDED else None
    if story is None:
        return ()
    last = {each.step: each for each in story.attempts}
    return tuple(step for step, each in last.items() if each.status is StepStatus.FAILED and not each.allowed)


def step_view(history: History, scope: Scope, step: StepId) -> StepView | None:
    """Return everything about a step, or None if it is part of no run in the scope.

    Raises:
        HistoryError: the history cannot be read.
    """
    near = within(scope, TREND_RUNS)
    points = history.step_points(near, step)
    figures = [each for each in ranked(history.step_totals(near)) if each.totals.step == step]
    if not figures:
        return None
    series = series_of(step, points)
    here = [point for point in points if point.host == series.host]
    peaks = [value for point in here if (value := measured(point, Metric.MEMORY)) is not None]
    last = history.attempts_of(within(scope, _LAST_RUNS), step)[-_LAST_ATTEMPTS:]
    return StepView(
        figures=figures[0],
        wall=wall_of(series.values),
        memory=wall_of(peaks),
        series=series,
        memory_trends=find_trends(points, step=step, metric=Metric.MEMORY),
        last=tuple(reversed(last)),
    )


def trend_view(history: History, scope: Scope, steps: Iterable[StepId]) -> TrendView:
    """Return how the durations of runs and of their steps went on.

    Raises:
        HistoryError: the history cannot be read.
    """
    near = within(scope, TREND_RUNS)
    runs = history.run_points(near)
    series = [series_of(None, busy(runs))]
    series += [series_of(step, history.step_points(near, step)) for step in steps]
    return TrendView(
        series=tuple(series),
        revisions=revisions_of(history, (trend for each in series for trend in each.trends)),
        run_length=rules_for(Metric.WALL).run_length,
    )


def series_of(step: StepId | None, points: Sequence[Point]) -> Series:
    """Return the durations on the machine of the newest success, and what changed on any machine."""
    good = [(point, value) for point in points if (value := measured(point, Metric.WALL)) is not None]
    host = good[-1][0].host if good else ""
    return Series(
        step=step,
        host=host,
        values=[value for point, value in good if point.host == host],
        trends=find_trends(points, step=step),
    )


def revisions_of(history: History, trends: Iterable[Trend]) -> dict[str, str]:
    """Return the commits of the runs at which something changed, by the run's id."""
    found = {}
    for run_id in dict.fromkeys(trend.since_run for trend in trends):
        run = history.find(run_id, None)
        if run is not None and run.revision.commit:
            found[run_id] = run.revision.commit
    return found


def resources_view(history: History, scope: Scope, steps: Iterable[StepId]) -> ResourcesView:
    """Return what steps asked for against what they used.

    Raises:
        HistoryError: the history cannot be read.
    """
    near = within(scope, USED_RUNS)
    found = [resources_of(step, history.attempts_of(near, step)) for step in steps]
    return ResourcesView(steps=tuple(each for each in found if each.attempts), runs=history.count(near))


def cache_view(history: History, scope: Scope, steps: Iterable[StepId]) -> CacheView:
    """Return what the cache did for each step.

    Raises:
        HistoryError: the history cannot be read.
    """
    near = within(scope, USED_RUNS)
    gapless = scope.branch is None and scope.host is None
    found = [cache_use_of(step, history.attempts_of(near, step), gapless=gapless) for step in steps]
    used = [each for each in found if each.hits or each.misses]
    runs = recent_runs(history, near, USED_RUNS)
    return CacheView(
        figures=cache_of(runs),
        steps=tuple(sorted(used, key=lambda each: (-each.misses, -each.hits))),
        runs=len(runs),
    )
