"""An optimization as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from wfopt.optimizer.base import Change, Refusal
from wfopt.optimizer.report import Figures, OptimizeReport
from wfopt.render.optimization.wording import (
    amount_text,
    passed_text,
    saving_text,
    verified_remarks,
    verified_text,
)
from wfopt.render.paint import Paint, Style
from wfopt.render.stats_sheet import Block, Cell, Column, Facts, Grid, Remarks, Sheet, cells_of, sheet_text
from wfopt.render.words import counted, path_text

DIFFERENCES = 20
"""So many differences of both versions are told."""

REFUSALS = 8
"""So many refusals are told, unless all are asked for."""


def optimization_text(report: OptimizeReport, paint: Paint, width: int, *, cut: bool, verbose: bool) -> str:
    """Return the plan before and after, what was changed and what was not, with a line end.

    Args:
        report: what is told.
        paint: whether and how to color it.
        width: how many columns a line should take.
        cut: whether texts in tables are cut where a line would be longer.
        verbose: whether all refusals and the times of the passes are told.
    """
    sheet = Sheet(
        title=f"{report.file}: {saving_text(report)}", blocks=tuple(_blocks(report, verbose=verbose))
    )
    return sheet_text(sheet, paint, width, cut=cut)


def _blocks(report: OptimizeReport, *, verbose: bool) -> Iterator[Block]:
    if report.is_changed or verbose:
        yield _plans(report)
    yield from _changes(report)
    yield _refusals(report.optimized.refusals, verbose=verbose)
    if verbose:
        yield _times(report)
    if report.verified is not None:
        style = Style.OK if report.verified.equal else Style.ERROR
        differences = report.verified.differences
        lines = [Cell(verified_text(report.verified), style)]
        lines += [Cell(each) for each in differences[:DIFFERENCES]]
        if len(differences) > DIFFERENCES:
            lines.append(Cell(f"and {len(differences) - DIFFERENCES} more", Style.DIM))
        lines += [Cell(each, Style.DIM) for each in verified_remarks(report.verified)]
        yield Remarks(lines=tuple(lines), title="verified")


def _plans(report: OptimizeReport) -> Grid:
    before, after = report.before, report.after
    rows = [
        ("steps", str(before.steps), str(after.steps)),
        ("edges", str(before.edges), str(after.edges)),
        ("work", *(amount_text(each.work, timed=report.timed) for each in (before, after))),
        ("critical path", *(_path(each, report) for each in (before, after))),
        (
            f"makespan, {counted(report.slots, 'slot')}",
            *(amount_text(each.makespan, timed=report.timed) for each in (before, after)),
        ),
    ]
    return Grid(
        columns=(
            Column(name="plan"),
            Column(name="before", flexible=True),
            Column(name="after", flexible=True),
        ),
        rows=tuple(cells_of(*row) for row in rows),
    )


def _path(figures: Figures, report: OptimizeReport) -> str:
    return f"{amount_text(figures.critical, timed=report.timed)}: {path_text(figures.critical_path)}"


def _changes(report: OptimizeReport) -> Iterator[Block]:
    for passed in report.optimized.passed:
        lines = [Cell(line) for line in _told(passed.changes)]
        yield Remarks(lines=tuple(lines), title=f"{passed.name}: {passed_text(passed, report)}")


def _told(changes: Sequence[Change]) -> Iterator[str]:
    """Yield a line for each change; a reason that several in a row have is told once."""
    for (why, evidence), group in groupby(changes, lambda each: (each.why, each.evidence)):
        alike = list(group)
        if len(alike) == 1:
            yield f"{alike[0].what}: {why} ({evidence})"
            continue
        yield from (each.what for each in alike)
        yield f"in each case, {why} ({evidence})"


def _refusals(refusals: tuple[Refusal, ...], *, verbose: bool) -> Remarks:
    shown = refusals if verbose else refusals[:REFUSALS]
    lines = [
        Cell(f"{each.what}: {each.why}" + (f"; {each.hint}" if each.hint else ""), Style.DIM)
        for each in shown
    ]
    left = len(refusals) - len(shown)
    if left:
        lines.append(Cell(f"and {left} more (`-v` tells them)", Style.DIM))
    return Remarks(lines=tuple(lines), title="not changed")


def _times(report: OptimizeReport) -> Facts:
    seconds = report.optimized.seconds.items()
    return Facts(rows=tuple((name, Cell(f"{taken * 1000:.1f} ms")) for name, taken in seconds))
