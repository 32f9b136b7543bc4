"""The live display as lines of text that fit a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from wfopt.dataclass import dataclass
from wfopt.model.quantities import format_size
from wfopt.render.cells import text_width
from wfopt.render.live.pieces import Look, Piece
from wfopt.render.live.rows import columns_for, output_line, step_line, tail_lines
from wfopt.render.live.times import interval, rounded, whole_seconds
from wfopt.render.live.view import AlertRow, MachineRow, View
from wfopt.render.paint import Style
from wfopt.render.words import counted

_MOST_ALERTS = 3
_LEAST_BAR, _MOST_BAR = 6, 24
_CURVE = 8
_ROOM_FOR_MACHINE = 6
_LEAST_TAIL, _MOST_TAIL = 2, 13


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the first line; of several that do not fit, that with the largest `rank` goes first."""

    rank: int
    text: str
    style: Style | None = None


def panel(view: View, width: int, height: int, look: Look) -> tuple[str, ...]:
    """Return the lines of the display.

    They take three quarters of the terminal at most, so that what scrolls above stays in sight, and leave
    room for the cursor below them.

    Args:
        view: what to show.
        width: the columns that no line goes beyond.
        height: the lines of the terminal.
        look: how things look.
    """
    room = max(0, height - 1 - height // 4)
    if not room or width < 1:
        return ()
    lines = [_head(view, width, look)]
    if view.machine is not None and room >= _ROOM_FOR_MACHINE:
        lines.append(_machine(view.machine, width, look))
    left = room - len(lines)
    alerts = list(_alerts(view.alerts, min(_MOST_ALERTS, max(1, left // 4)), width, look)) if left > 1 else []
    left -= len(alerts)
    tail = _tail(view, left, width, look)
    lines += _steps(view, left - len(tail), width, look)
    return (*lines, *tail, *alerts)


def _tail(view: View, room: int, width: int, look: Look) -> list[str]:
    """Return the output of the chosen step, which takes at most half of the room, but what rows leave."""
    if view.chosen is None:
        return []
    room = min(_MOST_TAIL, max(room // 2, room - len(view.running)))
    return tail_lines(view.chosen, room, look, width) if room >= _LEAST_TAIL else []


def _head(view: View, width: int, look: Look) -> str:
    """Return the line that sums the run up, without what is least needed if there is no room for it."""
    parts, separator = list(_parts(view, look)), f" {look.glyphs.dot} "
    while True:
        used = sum(text_width(part.text) for part in parts) + len(separator) * (len(parts) - 1)
        if used <= width or len(parts) == 1:
            break
        parts.remove(max(parts, key=lambda part: part.rank))
    pieces: list[Piece] = []
    bar = min(_MOST_BAR, width - used - 1)
    if bar >= _LEAST_BAR:
        done = view.counts.done / view.counts.total if view.counts.total else 1.0
        pieces.append((f"{look.bar(done, bar)} ", Style.OK))
    for place, part in enumerate(parts):
        if place:
            pieces.append((separator, Style.DIM))
        pieces.append((part.text, part.style))
    return look.line(pieces, width)


def _parts(view: View, look: Look) -> Iterator[_Part]:
    counts = view.counts
    yield _Part(0, f"{counts.done}/{counts.total}", Style.BOLD)
    for rank, count, word, style in (
        (1, counts.running, "running", None),
        (6, counts.waiting, "waiting", None),
        (7, counts.blocked, "blocked", Style.DIM),
        (8, counts.cached, "cached", Style.OK),
        (2, counts.failed, "failed", Style.ERROR),
        (5, counts.skipped, "skipped", Style.SKIP),
        (5, counts.cancelled, "cancelled", Style.SKIP),
    ):
        if count:
            yield _Part(rank, f"{count} {word}", style)
    yield _Part(3, whole_seconds(view.elapsed_s))
    if view.left is not None:
        yield _Part(4, f"{rounded(view.left.expected_s)} left", Style.BOLD)
        ends = interval(view.left, look.glyphs.dash)
        if ends:
            yield _Part(9, ends, Style.DIM)
    if view.has_keys and view.running:
        yield _Part(10, "q: less" if view.chosen is not None else "j/k: output", Style.DIM)


def _machine(machine: MachineRow, width: int, look: Look) -> str:
    busy = look.curve(machine.busy, _CURVE, machine.cpus)
    parts = [f"cpu {machine.busy[-1]:.1f} of {machine.cpus:g} {busy}"]
    if machine.memory:
        total = machine.memory_total
        of = f" of {format_size(total)}" if total else ""
        memory = look.curve(machine.memory, _CURVE, total or 0.0)
        parts.append(f"memory {format_size(int(machine.memory[-1]))}{of} {memory}")
    if machine.load is not None:
        parts.append(f"load {machine.load:.1f}")
    separator = f" {look.glyphs.dot} "
    while len(parts) > 1 and len(separator.join(parts)) > width:
        parts.pop()
    return look.line([(separator.join(parts), Style.DIM)], width)


def _steps(view: View, room: int, width: int, look: Look) -> Iterator[str]:
    """Yield at most `room` lines; steps that find none are counted in the last of several lines."""
    if room < 1:
        return
    hidden = len(view.running) - room
    shown = view.running if hidden <= 0 else view.running[: max(1, room - 1)]
    columns = columns_for(view, width)
    spare = room - len(shown) if hidden <= 0 else 0
    for row in shown:
        chosen = view.chosen is not None and view.chosen.name == row.name
        yield step_line(row, columns, look, width, chosen=chosen)
        output = output_line(row, look, width) if spare and not columns.output else ""
        if output:
            spare -= 1
            yield output
    if hidden > 0 and room > 1:
        yield look.line([(f"  {look.glyphs.more} and {hidden + 1} more running", Style.DIM)], width)


def _alerts(alerts: tuple[AlertRow, ...], room: int, width: int, look: Look) -> Iterator[str]:
    hidden = len(alerts) - room
    for alert in alerts if hidden <= 0 else alerts[: max(1, room - 1)]:
        style = Style.ERROR if alert.critical else Style.WARNING
        about = f"{look.text(alert.step)}: " if alert.step else ""
        pieces: list[Piece] = [(f"{look.glyphs.mark} ", style), (about, Style.BOLD)]
        yield look.line([*pieces, (look.text(alert.message), style)], width)
    if hidden > 0 and room > 1:
        text = f"{look.glyphs.more} and {counted(hidden + 1, 'more alert')}"
        yield look.line([(text, Style.DIM)], width)
