"""Lasting changes of durations and memory: a table of them, and how durations went on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wfopt.metrics.baseline import Metric
from wfopt.metrics.changes import Direction, Trend
from wfopt.metrics.detector import GUARANTEE
from wfopt.metrics.sparkline import sparkline
from wfopt.metrics.views import Series, TrendView
from wfopt.model.quantiles import median
from wfopt.render.paint import Style
from wfopt.render.stats_sheet import UNKNOWN, Block, Cell, Column, Grid, Remarks, cells_of
from wfopt.render.stats_words import ago, seconds, short, size

WHOLE_RUN = "whole run"
"""What whole runs are called among steps."""

SPARK_WIDTH = 40

_NEWEST = 5

_SERIES_COLUMNS = (
    Column(name="what", flexible=True),
    Column(name="first to last"),
    Column(name="now", right=True),
    Column(name="runs", right=True),
    Column(name="changes", right=True),
)


def trends_grid(
    trends: Sequence[Trend], now: float, *, with_hosts: bool, commits: Mapping[str, str] | None = None
) -> Grid:
    """Return a table of lasting changes.

    Args:
        trends: the changes.
        now: the time of day, in seconds since 1970.
        with_hosts: whether the machine is told.
        commits: the commits of runs by their ids, to be told instead of the time, or None.
    """
    columns = (
        Column(name="trend", flexible=True),
        Column(name=""),
        Column(name="before", right=True),
        Column(name="after", right=True),
        Column(name="ratio", right=True),
        Column(name="since run"),
        Column(name="when", right=True) if commits is None else Column(name="commit"),
        *((Column(name="host", flexible=True),) if with_hosts else ()),
    )
    return Grid(
        columns=columns,
        rows=tuple(_trend_row(each, now, commits, with_hosts=with_hosts) for each in trends),
    )


def trend_blocks(view: TrendView, now: float) -> tuple[Block, ...]:
    """Return a line of blocks for whole runs and each step, what changed since when, and a promise."""
    trends = [each for series in view.series for each in series.trends]
    hosts = {each.host for each in trends} | {series.host for series in view.series if series.host}
    nothing = Cell("nothing is slower or faster for good")
    return (
        Grid(columns=_SERIES_COLUMNS, rows=tuple(_series_row(each) for each in view.series)),
        trends_grid(trends, now, with_hosts=len(hosts) > 1, commits=view.revisions),
        Remarks(lines=() if trends else (nothing,)),
        Remarks(lines=(Cell(GUARANTEE.format(run_length=view.run_length)),)),
    )


def _trend_row(
    trend: Trend, now: float, commits: Mapping[str, str] | None, *, with_hosts: bool
) -> tuple[Cell, ...]:
    is_worse = trend.direction is Direction.SLOWER
    is_memory = trend.metric is Metric.MEMORY
    shown = size if is_memory else seconds
    way = ("larger" if is_worse else "smaller") if is_memory else trend.direction.value
    where = ago(trend.at, now) if commits is None else short(commits.get(trend.since_run, "")) or UNKNOWN
    return cells_of(
        WHOLE_RUN if trend.step is None else trend.step,
        Cell(way, Style.WARNING if is_worse else Style.OK),
        shown(trend.before),
        shown(trend.after),
        f"{trend.ratio:.2f}x",
        trend.since_run,
        where,
        *((trend.host,) if with_hosts else ()),
    )


def _series_row(series: Series) -> tuple[Cell, ...]:
    newest = series.values[-_NEWEST:]
    return cells_of(
        WHOLE_RUN if series.step is None else series.step,
        sparkline(series.values, SPARK_WIDTH) or UNKNOWN,
        seconds(median(newest)) if newest else UNKNOWN,
        str(len(series.values)),
        str(len(series.trends)),
    )
