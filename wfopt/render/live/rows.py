"""The rows of the running steps: aligned columns, of which a narrow terminal gets fewer."""

from __future__ import annotations

from collections.abc import Iterator

from wfopt.dataclass import dataclass
from wfopt.model.quantities import format_size
from wfopt.render.live.output_end import last_line, last_lines
from wfopt.render.live.pieces import Look, Piece
from wfopt.render.live.times import rounded, whole_seconds
from wfopt.render.live.view import StepRow, View
from wfopt.render.paint import Style

_INDENT = 2
_ELAPSED, _USUAL, _BAR, _CPU, _MEMORY, _CURVE = 7, 9, 8, 8, 8, 6
_GAP = 2
_LONGEST_NAME = 40
_LEAST_OUTPUT = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which columns there are.

    Attributes:
        name: the width of the names.
        elapsed: whether there is room for the time since the start.
        use: whether there are cpu and memory.
        usual: whether there is the usual duration.
        bar: whether there is a bar for it.
        curves: whether there are curves of cpu and memory.
        output: the width of the last line of output; 0 if there is no room.
    """

    name: int
    elapsed: bool
    use: bool
    usual: bool
    bar: bool
    curves: bool
    output: int


def columns_for(view: View, width: int) -> Columns:
    """Return the columns of rows that take at most so many columns of the terminal.

    They depend on nothing that changes with every step, so that they stay where they are.
    """
    wanted = min(_LONGEST_NAME, view.name_width)
    name = min(wanted, max(6, min(14, width * 3 // 10)))
    left = width - _INDENT - name
    measured, known = view.machine is not None, view.foresees
    chosen = []
    for needed, possible in (
        (_GAP + _ELAPSED, True),
        (2 * _GAP + _CPU + _MEMORY, measured),
        (1 + _USUAL, known),
        (1 + _BAR, known),
        (2 * (1 + _CURVE), measured),
    ):
        # What is worth more comes first; without it there is nothing behind it either.
        fits = possible and needed <= left
        left -= needed if fits else 0
        chosen.append(fits)
    elapsed, use, usual, bar, curves = chosen
    wider = max(0, min(wanted - name, left))
    output = left - wider - _GAP
    return Columns(
        name=name + wider,
        elapsed=elapsed,
        use=use,
        usual=usual,
        bar=bar and usual,
        curves=curves and use,
        output=output if output >= _LEAST_OUTPUT else 0,
    )


def step_line(row: StepRow, columns: Columns, look: Look, width: int, *, chosen: bool = False) -> str:
    """Return the line of a step; one whose output is shown below is marked."""
    margin = f"{'>' if chosen else '':{_INDENT}}"
    pieces: list[Piece] = [(margin + look.name(look.text(row.name), columns.name), Style.BOLD)]
    if columns.elapsed:
        pieces += _times(row, columns, look)
    if columns.use:
        pieces += _use(row, columns, look)
    if columns.output and row.output:
        pieces.append((f"{'':{_GAP}}{look.text(last_line(row.output))}", Style.DIM))
    return look.line(pieces, width)


def output_line(row: StepRow, look: Look, width: int) -> str:
    """Return a line of its own for what a step has printed last; "" if there is nothing."""
    text = look.text(last_line(row.output))
    return look.line([(f"{'':{2 * _INDENT}}{text}", Style.DIM)], width) if text else ""


def tail_lines(row: StepRow, room: int, look: Look, width: int) -> list[str]:
    """Return at most so many lines about what a step has printed last, under a line that names it."""
    margin = " " * _INDENT
    printed = [look.text(line) for line in last_lines(row.output, max(1, room - 1))]
    head: list[Piece] = [(f"{margin}output of ", Style.DIM), (look.text(row.name), Style.BOLD)]
    if not any(printed):
        return [look.line([*head, (": none so far", Style.DIM)], width)]
    body = [look.line([(f"{margin * 2}{line}", None)], width) for line in printed]
    return [look.line([*head, (":", Style.DIM)], width), *body]


def _times(row: StepRow, columns: Columns, look: Look) -> Iterator[Piece]:
    elapsed = f"{'':{_GAP}}{whole_seconds(row.elapsed_s):>{_ELAPSED}}"
    late = row.usual is not None and row.elapsed_s > row.usual.high_s
    yield elapsed, Style.WARNING if late else None
    if columns.usual:
        usual = f"/ {rounded(row.usual.expected_s)}" if row.usual else ""
        yield f" {usual:<{_USUAL}}", Style.DIM
    if columns.bar:
        yield (f" {_bar(row, look):<{_BAR}}", Style.WARNING if late else Style.OK)


def _bar(row: StepRow, look: Look) -> str:
    if row.usual is None:
        return ""
    return look.bar(row.elapsed_s / row.usual.expected_s if row.usual.expected_s > 0 else 1.0, _BAR)


def _use(row: StepRow, columns: Columns, look: Look) -> Iterator[Piece]:
    cpu = f"{row.cpus[-1]:.1f} cpu" if row.cpus else ""
    yield f"{'':{_GAP}}{cpu:>{_CPU}}", None
    if columns.curves:
        yield f" {look.curve(row.cpus, _CURVE, 1.0)}", Style.DIM
    memory = format_size(int(row.memory[-1])) if row.memory else ""
    yield f"{'':{_GAP}}{memory:>{_MEMORY}}", None
    if columns.curves:
        yield f" {look.curve(row.memory, _CURVE, 0.0)}", Style.DIM
