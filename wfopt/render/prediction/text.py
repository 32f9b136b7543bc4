"""A prediction as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wfopt.model.prediction import PlayedAgain, PredictReport, StepOutlook, Sweep, Tested, Whole
from wfopt.model.quantities import format_duration, format_size
from wfopt.render.paint import Paint, Style
from wfopt.render.prediction.wording import (
    NO_HISTORY,
    UNKNOWN,
    basis_text,
    cached_text,
    expected_text,
    headline,
    interval_text,
    machine_text,
    memory_text,
    model_text,
    share_text,
    trust_text,
)
from wfopt.render.stats_sheet import Block, Cell, Column, Facts, Grid, Remarks, Sheet, cells_of, sheet_text
from wfopt.render.words import counted

SHOWN_STEPS = 40
"""So many steps are listed, those that take longest, unless all are asked for."""

_PATH_STEPS = 12
_BAR = 40
_BLOCK, _PLAIN_BLOCK = "█", "#"


def prediction_text(
    report: PredictReport, paint: Paint, width: int, *, cut: bool, verbose: bool, plain: bool = False
) -> str:
    """Return what to expect, with a line end.

    Args:
        report: what is told.
        paint: whether and how to color it.
        width: how many columns a line should take.
        cut: whether texts in tables are cut where a line would be longer.
        verbose: whether all steps are told, and more of each.
        plain: whether bars are drawn in ASCII.
    """
    sheet = Sheet(
        title=f"{report.file}: {headline(report)}",
        blocks=tuple(_blocks(report, verbose=verbose, plain=plain)),
    )
    return sheet_text(sheet, paint, width, cut=cut)


def _blocks(report: PredictReport, *, verbose: bool, plain: bool) -> Iterator[Block]:
    yield _steps(report, verbose=verbose)
    yield _facts(report)
    yield from _variations(report)
    if report.sweep is not None:
        yield _sweep(report.sweep, plain=plain)
    if report.tested is not None:
        yield from _tested(report.tested)
    yield Remarks(lines=tuple(_remarks(report)))


def _steps(report: PredictReport, *, verbose: bool) -> Grid:
    steps: Sequence[StepOutlook] = report.steps
    left = 0
    if len(steps) > SHOWN_STEPS and not verbose:
        longest = sorted(steps, key=lambda each: -(each.wall.expected if each.wall else 0.0))[:SHOWN_STEPS]
        kept = {each.step for each in longest}
        left = len(steps) - len(kept)
        steps = [each for each in steps if each.step in kept]
    columns = [
        Column(name="step", flexible=True),
        Column(name="expected", right=True),
        Column(name="interval"),
        Column(name="model"),
        Column(name="samples", right=True),
        Column(name="memory", right=True),
        Column(name="cached"),
        Column(name="on the path", right=True),
    ]
    if verbose:
        columns += [
            Column(name="confidence"),
            Column(name="to give", right=True),
            Column(name="fails", right=True),
            Column(name="why", flexible=True),
        ]
    return Grid(
        columns=tuple(columns),
        rows=tuple(_step(each, verbose=verbose) for each in steps),
        rest=f"and {counted(left, 'shorter step')} (`-v` lists them)" if left else "",
    )


def _step(step: StepOutlook, *, verbose: bool) -> tuple[Cell, ...]:
    style = Style.DIM if step.cached else None
    samples = str(step.wall.samples) if step.wall and step.wall.samples else ""
    texts = [
        step.step,
        expected_text(step.wall),
        interval_text(step.wall),
        model_text(step.wall),
        samples,
        memory_text(step.memory),
        cached_text(step),
        share_text(step.on_path) if step.on_path else "",
    ]
    if verbose:
        texts += [
            step.trust.word,
            format_size(step.allocation) if step.allocation else "",
            share_text(step.failure) if step.failure is not None else "",
            step.reason,
        ]
    return tuple(Cell(text, style) for text in texts)


def _facts(report: PredictReport) -> Facts:
    whole = report.whole
    rows = [("makespan", Cell(_makespan(whole), Style.BOLD)), ("rests on", Cell(basis_text(report)))]
    is_due = whole.makespan is not None and whole.makespan.expected > 0
    if is_due:
        rows.append(("confidence", Cell(trust_text(whole.trust))))
    if is_due and whole.cpu_s is not None:
        rows.append(("cost", Cell(f"{_number(whole.cpu_s)} cpu-seconds")))
    if whole.memory_bytes is not None:
        rows.append(("memory", Cell(f"{format_size(whole.memory_bytes)} at once")))
    if whole.path:
        rows.append(("critical path", Cell(_path(report))))
    rows.append(("machine", Cell(machine_text(whole))))
    unknown = len(report.unknown)
    if unknown:
        told = f"{unknown} of {counted(len(report.steps), 'step')}"
        if report.borrowed is not None:
            told += f"; by the others, the order of magnitude of each is {interval_text(report.borrowed)}"
        rows.append(("unknown", Cell(told)))
    return Facts(rows=tuple(rows))


def _makespan(whole: Whole) -> str:
    if whole.makespan is None or whole.makespan.expected <= 0:
        return UNKNOWN if whole.makespan is None else "nothing to do"
    return f"{expected_text(whole.makespan)} ({interval_text(whole.makespan)})"


def _number(value: float) -> str:
    return f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def _path(report: PredictReport) -> str:
    odds = {each.step: each.on_path for each in report.steps}
    path = report.whole.path
    told = [f"{step} ({share_text(odds[step])})" for step in path[:_PATH_STEPS]]
    left = len(path) - len(told)
    return " → ".join(told) + (f" → {left} more" if left else "")


def _variations(report: PredictReport) -> Iterator[Block]:
    if not report.variations:
        return
    rows = [("as it is", report.whole), *((each.name, each.whole) for each in report.variations)]
    yield Grid(
        title="what if",
        columns=(
            Column(name="scenario", flexible=True),
            Column(name="makespan", right=True),
            Column(name="interval"),
            Column(name="against now", right=True),
            Column(name="cpu-seconds", right=True),
            Column(name="memory", right=True),
            Column(name="machine"),
        ),
        rows=tuple(_variation(name, whole, report.whole) for name, whole in rows),
    )
    remarks = [Cell(f"{each.name}: {remark}") for each in report.variations for remark in each.remarks]
    yield Remarks(lines=tuple(remarks))


def _variation(name: str, whole: Whole, base: Whole) -> tuple[Cell, ...]:
    against = ""
    if whole is not base and whole.makespan and base.makespan and base.makespan.expected > 0:
        against = f"{(whole.makespan.expected / base.makespan.expected - 1) * 100:+.0f} %"
    return cells_of(
        name,
        expected_text(whole.makespan),
        interval_text(whole.makespan),
        against,
        "" if whole.cpu_s is None else _number(whole.cpu_s),
        "" if whole.memory_bytes is None else format_size(whole.memory_bytes),
        machine_text(whole),
    )


def _sweep(sweep: Sweep, *, plain: bool) -> Grid:
    longest = max(sweep.seconds.values(), default=0.0)
    block = _PLAIN_BLOCK if plain else _BLOCK
    rows = []
    for cpus, seconds in sweep.seconds.items():
        bar = block * max(1, round(_BAR * seconds / longest)) if longest > 0 else ""
        note = " <- more cpus save next to nothing" if cpus == sweep.enough else ""
        rows.append(cells_of(str(cpus), format_duration(seconds), f"{bar}{note}"))
    return Grid(
        title="makespan by cpus",
        columns=(Column(name="cpus", right=True), Column(name="makespan", right=True), Column(name="")),
        rows=tuple(rows),
    )


def _tested(tested: PlayedAgain) -> Iterator[Block]:
    if tested.overall is None:
        yield Remarks(lines=(Cell("no step has enough runs to predict one of them from the others"),))
        return
    yield _accuracy("backtest, by step", "step", [*tested.steps, tested.overall])
    yield _accuracy("backtest, by model", "model", tested.models)


def _accuracy(title: str, first: str, rows: Sequence[Tested]) -> Grid:
    return Grid(
        title=title,
        columns=(
            Column(name=first, flexible=True),
            Column(name="predicted", right=True),
            Column(name="median error", right=True),
            Column(name="9 in 10 within", right=True),
            Column(name="inside interval", right=True),
        ),
        rows=tuple(
            cells_of(
                each.name,
                str(each.count),
                f"{each.median_ape * 100:.1f} %",
                f"{each.p90_ape * 100:.1f} %",
                "" if each.coverage is None else share_text(each.coverage),
            )
            for each in rows
        ),
    )


def _remarks(report: PredictReport) -> Iterator[Cell]:
    if not report.runs:
        yield Cell(NO_HISTORY)
    if report.ignored:
        left_out = counted(report.ignored, "value")
        yield Cell(f"left out of the past: {left_out} without sense, such as a negative one")
