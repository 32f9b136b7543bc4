"""Everything about one step."""

from __future__ import annotations

from collections.abc import Iterator

from wfopt.metrics.sparkline import sparkline
from wfopt.metrics.views import StepView
from wfopt.model.history import PastAttempt, PastRun
from wfopt.render.stats_sheet import UNKNOWN, Block, Cell, Column, Facts, Grid, cells_of
from wfopt.render.stats_trends import SPARK_WIDTH, trends_grid
from wfopt.render.stats_words import (
    ago,
    percent,
    seconds,
    size,
    status_cell,
    wall_text,
)
from wfopt.render.words import counted

_LAST_COLUMNS = (
    Column(name="run"),
    Column(name="when", right=True),
    Column(name="status"),
    Column(name="wall", right=True),
    Column(name="peak", right=True),
    Column(name="why", flexible=True),
)


def step_blocks(view: StepView, now: float) -> tuple[Block, ...]:
    """Return the facts about a step, its trends and its last attempts."""
    trends = (*view.series.trends, *view.memory_trends)
    hosts = {each.host for each in trends} | {view.series.host}
    return (
        Facts(rows=tuple(_facts(view))),
        trends_grid(trends, now, with_hosts=len(hosts) > 1),
        Grid(columns=_LAST_COLUMNS, rows=tuple(_attempt_row(*pair, now) for pair in view.last)),
    )


def _facts(view: StepView) -> Iterator[tuple[str, Cell]]:
    totals = view.figures.totals
    counts = (
        (totals.succeeded, "succeeded"),
        (totals.failed, "failed"),
        (totals.cached, "cached"),
        (totals.skipped, "skipped"),
        (totals.cancelled, "cancelled"),
    )
    listed = ", ".join(f"{count} {word}" for count, word in counts if count)
    yield "runs", Cell(f"{totals.runs:,}: {listed}" if listed else f"{totals.runs:,}")
    yield "wall", Cell(wall_text(view.wall))
    yield "peak", Cell(f"p50 {size(view.memory.p50)}, p90 {size(view.memory.p90)}")
    yield (
        "attempts",
        Cell(
            f"{totals.attempts:,}; {percent(view.figures.failure_rate)} failed in the end,"
            f" {percent(view.figures.flaky_rate)} needed another one"
        ),
    )
    yield "cached", Cell(percent(view.figures.reuse_rate))
    yield (
        "critical",
        Cell(
            f"in {counted(totals.critical, 'run')}, {percent(view.figures.critical_share)}"
            " of the time on the critical path"
        ),
    )
    yield "waited", Cell(f"{seconds(totals.waited_s)} for room on the machine")
    yield "durations", Cell(sparkline(view.series.values, SPARK_WIDTH) or UNKNOWN)


def _attempt_row(run: PastRun, attempt: PastAttempt, now: float) -> tuple[Cell, ...]:
    return cells_of(
        run.run_id,
        ago(run.started_at, now),
        status_cell(attempt.status),
        seconds(attempt.wall_s),
        size(attempt.peak_memory_bytes),
        attempt.reason,
    )
