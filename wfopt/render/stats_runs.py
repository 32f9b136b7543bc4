"""Lists of runs, and two sides of a comparison."""

from __future__ import annotations

from collections.abc import Iterator

from wfopt.metrics.significance import Comparison, Verdict
from wfopt.metrics.views import CompareView, Pair, RunRow, RunsView, Side
from wfopt.model.history import Ending
from wfopt.render.paint import Style
from wfopt.render.stats_sheet import UNKNOWN, Block, Cell, Column, Facts, Grid, Remarks, cells_of
from wfopt.render.stats_words import (
    ENDING_STYLES,
    ago,
    revision_text,
    runs_text,
    seconds,
    short,
)

_MOST_FAILED = 3

_RUN_COLUMNS = (
    Column(name="run"),
    Column(name="when", right=True),
    Column(name="branch, commit", flexible=True),
    Column(name="status"),
    Column(name="wall", right=True),
    Column(name="hits", right=True),
    Column(name="failed", flexible=True),
)
_TEST_COLUMNS = (
    Column(name="95 % interval", right=True),
    Column(name="p", right=True),
    Column(name="runs", right=True),
    Column(name="verdict"),
)
_VERDICTS = {
    Verdict.SLOWER: Cell("slower", Style.WARNING),
    Verdict.FASTER: Cell("faster", Style.OK),
    Verdict.NO_DIFFERENCE: Cell("no difference seen"),
    Verdict.TOO_FEW: Cell("too few runs"),
}


def runs_blocks(view: RunsView, now: float) -> tuple[Block, ...]:
    """Return a table of runs, the newest first."""
    rest = view.total - len(view.rows)
    return (
        Grid(
            columns=_RUN_COLUMNS,
            rows=tuple(_run_row(row, now) for row in view.rows),
            rest=f"… and {rest:,} earlier: `--limit N` lists more" if rest else "",
        ),
    )


def compare_blocks(view: CompareView) -> tuple[Block, ...]:
    """Return both sides, and their steps side by side."""
    single = len(view.before.runs) == len(view.after.runs) == 1
    columns = (
        Column(name="what", flexible=True),
        Column(name="before", right=True),
        Column(name="after", right=True),
        Column(name="ratio", right=True),
        *(() if single else _TEST_COLUMNS),
    )
    rows = tuple(_pair_row(pair, single=single) for pair in (view.run, *view.steps))
    return (
        Facts(rows=(("before", Cell(_side_text(view.before))), ("after", Cell(_side_text(view.after))))),
        Grid(columns=columns, rows=rows),
        Remarks(lines=tuple(_remarks(view, single=single))),
    )


def _run_row(row: RunRow, now: float) -> tuple[Cell, ...]:
    run = row.run
    looked = run.hits + run.misses
    failed = ", ".join(row.failed[:_MOST_FAILED])
    rest = len(row.failed) - _MOST_FAILED
    return cells_of(
        run.run_id,
        ago(run.started_at, now),
        revision_text(run.revision),
        Cell(run.ending.value, ENDING_STYLES[run.ending]),
        seconds(None if run.ending is Ending.UNFINISHED else run.wall_s),
        f"{run.hits}/{looked}" if looked else UNKNOWN,
        f"{failed} and {rest} more" if rest > 0 else failed,
    )


def _side_text(side: Side) -> str:
    newest = side.runs[-1]
    if side.kind == "run":
        return f"run {newest.run_id} ({revision_text(newest.revision)}), {newest.ending.value}"
    name = short(newest.revision.commit) if side.kind == "commit" else side.name
    return f"{side.kind} {name}, {runs_text(len(side.runs))}"


def _pair_row(pair: Pair, *, single: bool) -> tuple[Cell, ...]:
    found = pair.comparison
    name = "whole run" if pair.step is None else pair.step
    if found is None:
        # What became of it stands where its duration would.
        cells = cells_of(name, pair.before or UNKNOWN, pair.after or UNKNOWN, UNKNOWN)
        return cells if single else (*cells, *cells_of(UNKNOWN, UNKNOWN, UNKNOWN, "too few runs"))
    cells = cells_of(name, seconds(found.before), seconds(found.after), f"{found.ratio:.2f}x")
    return cells if single else (*cells, *_test_cells(found))


def _test_cells(found: Comparison) -> tuple[Cell, ...]:
    is_known = found.low is not None and found.high is not None
    return cells_of(
        f"{found.low:.2f} to {found.high:.2f}" if is_known else UNKNOWN,
        UNKNOWN if found.p_value is None else f"{found.p_value:.2g}",
        f"{found.n_before}, {found.n_after}",
        _VERDICTS[found.verdict],
    )


def _remarks(view: CompareView, *, single: bool) -> Iterator[Cell]:
    if not view.host:
        yield Cell("the two sides ran on different machines: their durations say little", Style.WARNING)
    if single:
        yield Cell("one run on each side: no test can tell a change from noise")
