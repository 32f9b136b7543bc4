"""What `wfopt stats` prints, in each of its formats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from wfopt.metrics.health import Health
from wfopt.metrics.views import (
    CacheView,
    CompareView,
    ResourcesView,
    RunsView,
    Stats,
    StepView,
    TrendView,
    View,
)
from wfopt.render.documents import Document
from wfopt.render.stats_checks import (
    cache_blocks,
    gates_block,
    health_blocks,
    resources_blocks,
    savings_blocks,
)
from wfopt.render.stats_csv import csv_text
from wfopt.render.stats_document import check_document, saving_document
from wfopt.render.stats_fields import step_document
from wfopt.render.stats_overview import hosts_text, overview_blocks
from wfopt.render.stats_runs import compare_blocks, runs_blocks
from wfopt.render.stats_sheet import Block, Cell, Remarks, Sheet
from wfopt.render.stats_step import step_blocks
from wfopt.render.stats_trends import trend_blocks
from wfopt.render.stats_view_documents import view_rows
from wfopt.render.stats_words import runs_text, title_of
from wfopt.render.words import counted

_MOST_WORKFLOWS = 5


def health_sheet(health: Health) -> Sheet:
    """Return the health alone, where nothing else can be told."""
    return Sheet(title="health", blocks=health_blocks(health))


def stats_sheet(stats: Stats, part: str) -> Sheet:
    """Return what is shown to people.

    Args:
        stats: what is told.
        part: `overview`, `optimization` or `health`, if nothing else is looked at.
    """
    blocks = (*_blocks(stats, part), gates_block(stats.gates, stats.gate_host, stats.hosts))
    return Sheet(title=title_of(stats.scope, runs_text(stats.runs), stats.now), blocks=blocks)


def stats_csv(stats: Stats, part: str) -> str:
    """Return the table of a view; of the overview, that of the steps. Arguments as for `stats_sheet`."""
    return csv_text(_rows(stats, part))


def _rows(stats: Stats, part: str) -> list[Document]:
    if stats.view is not None:
        return view_rows(stats.view)
    if stats.whole is None:
        return []
    match part:
        case "optimization":
            return [saving_document(each) for each in stats.whole.savings.each]
        case "health":
            return [check_document(each) for each in stats.whole.health.checks]
        case _:
            return [step_document(each) for each in stats.whole.overview.steps]


def _blocks(stats: Stats, part: str) -> Iterator[Block]:
    if not stats.runs and part != "health":
        yield Remarks(lines=(Cell(_nothing(stats)),))
    elif stats.view is not None:
        yield from _view_blocks(stats.view, stats.now)
        if len(stats.hosts) > 1:
            yield Remarks(lines=(Cell(hosts_text(stats.hosts)),))
    elif stats.whole is not None:
        match part:
            case "optimization":
                yield from savings_blocks(stats.whole.savings, stats.now)
            case "health":
                yield from health_blocks(stats.whole.health)
            case _:
                yield from overview_blocks(stats.whole, stats.now)


def _nothing(stats: Stats) -> str:
    """Return why there is nothing to show, and what to do."""
    if not stats.remembered:
        return "no run is remembered yet: `wfopt run` adds one"
    if stats.scope.workflow is not None and stats.scope.workflow not in stats.workflows:
        listed = ", ".join(f"`{each}`" for each in stats.workflows[:_MOST_WORKFLOWS])
        return f"no run of `{stats.scope.workflow}` is remembered yet; there are runs of {listed}"
    return f"none of the {counted(stats.remembered, 'run')} in the history is among these"


def _view_blocks(view: View, now: float) -> tuple[Block, ...]:
    match view:
        case RunsView():
            return runs_blocks(view, now)
        case StepView():
            return step_blocks(view, now)
        case CompareView():
            return compare_blocks(view)
        case TrendView():
            return trend_blocks(view, now)
        case ResourcesView():
            return resources_blocks(view)
        case CacheView():
            return cache_blocks(view)
        case _:
            assert_never(view)
