"""Puts a run and the runs before it together on one page."""

from __future__ import annotations

import os
from collections.abc import Sequence

from wfopt.api.recorder import HISTORY
from wfopt.dataclass import replace
from wfopt.errors import UserError
from wfopt.metrics.base import History
from wfopt.metrics.baseline import busy
from wfopt.metrics.changes import find_trends
from wfopt.metrics.store import read_history
from wfopt.model.history import Point, RunStory, Scope
from wfopt.model.workflow import StepId
from wfopt.render.html.page import render_page
from wfopt.render.html.past import PageHistory, TrendMark

_RUNS = 1000
_STEPS = 12


def page_of(story: RunStory, state_folder: str) -> str:
    """Return the page of a run, with the runs before it if their history can be read."""
    try:
        with read_history(os.path.join(state_folder, HISTORY)) as history:
            past = past_of(history, Scope(workflow=story.run.workflow, limit=_RUNS))
    except UserError:
        past = None
    return render_page(story, past)


def newest_page(history: History, scope: Scope) -> str:
    """Return the page of the newest run in a scope, with the runs before it.

    Raises:
        HistoryError: the history cannot be read.
    """
    newest = history.runs(replace(scope, limit=1))
    story = history.story(newest[-1].run_id) if newest else None
    return render_page(story, past_of(history, replace(scope, limit=min(scope.limit or _RUNS, _RUNS))))


def past_of(history: History, scope: Scope) -> PageHistory:
    """Return what a page shows of the runs in a scope.

    Raises:
        HistoryError: the history cannot be read.
    """
    runs = history.runs(scope)
    points = history.run_points(scope)
    totals = sorted(history.step_totals(scope), key=lambda each: -each.wall_s / max(1, each.attempts))
    steps = {each.step: history.step_points(scope, each.step) for each in totals[:_STEPS] if each.attempts}
    return PageHistory(
        runs=points,
        hit_rates={run.run_id: run.hits / (run.hits + run.misses) for run in runs if run.hits + run.misses},
        steps=steps,
        trends=[
            *_marks(None, busy(points)),
            *(mark for step, found in steps.items() for mark in _marks(step, found)),
        ],
    )


def _marks(step: StepId | None, points: Sequence[Point]) -> list[TrendMark]:
    return [
        TrendMark(
            step=step,
            metric="wall_s",
            before=trend.before,
            after=trend.after,
            since_run=trend.since_run,
        )
        for trend in find_trends(points, step=step)
    ]
