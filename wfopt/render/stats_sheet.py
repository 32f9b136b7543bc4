"""What a view of history shows, as facts, tables and remarks; as text for a terminal and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wfopt.dataclass import dataclass
from wfopt.render.cells import char_width, text_width
from wfopt.render.harmless import harmless
from wfopt.render.paint import Paint, Style

UNKNOWN = "-"
"""What stands for a figure that is not known."""

_LEAST_TEXT = 12
_GAP = "  "


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of text of one line.

    Attributes:
        text: what it says; need not be harmless yet.
        style: how it is painted, or None.
    """

    text: str
    style: Style | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table.

    Attributes:
        name: its heading.
        right: whether its texts stand at its right edge, as numbers do.
        flexible: whether its texts may be cut where a line is too long for the terminal.
    """

    name: str
    right: bool = False
    flexible: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Names with what there is to say about them."""

    rows: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table.

    Attributes:
        columns: what the columns are.
        rows: a cell for each column.
        title: what the table shows, or "".
        rest: what was left out of it, or "".
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""
    rest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remarks:
    """Sentences, each on lines of its own."""

    lines: tuple[Cell, ...]
    title: str = ""


Block = Facts | Grid | Remarks
"""A part of a sheet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Everything that a view shows.

    Attributes:
        title: what it is about.
        blocks: its parts; empty ones are left out.
    """

    title: str
    blocks: tuple[Block, ...] = ()


def sheet_text(sheet: Sheet, paint: Paint, width: int, *, cut: bool) -> str:
    """Return a sheet as lines for a terminal, with a line end.

    Args:
        sheet: what is shown.
        paint: whether and how to color it.
        width: how many columns a line should take; sentences are wrapped there.
        cut: whether texts in tables are cut where a line would be longer.
    """
    parts = ["\n".join(_wrapped(harmless(sheet.title), width, Style.BOLD, paint))]
    parts += [
        "\n".join(_block(block, paint, width, cut=cut)) for block in sheet.blocks if not is_empty(block)
    ]
    return "\n\n".join(parts) + "\n"


def cells_of(*texts: str | Cell) -> tuple[Cell, ...]:
    """Return texts as cells."""
    return tuple(text if isinstance(text, Cell) else Cell(text) for text in texts)


def is_empty(block: Block) -> bool:
    """Return whether a block has nothing to show."""
    return not (block.lines if isinstance(block, Remarks) else block.rows)


def _block(block: Block, paint: Paint, width: int, *, cut: bool) -> Iterator[str]:
    match block:
        case Facts():
            yield from _facts(block, paint, width)
        case Grid():
            yield from _grid(block, paint, width if cut else None)
        case Remarks():
            if block.title:
                yield paint(block.title, Style.BOLD)
            for line in block.lines:
                yield from _wrapped(harmless(line.text), width, line.style, paint)


def _facts(facts: Facts, paint: Paint, width: int) -> Iterator[str]:
    column = max(text_width(name) for name, _ in facts.rows)
    room = width - column - len(_GAP)
    for name, cell in facts.rows:
        first, *others = _wrapped(harmless(cell.text), room, cell.style, paint)
        yield f"{paint(name, Style.DIM)}{' ' * (column - text_width(name))}{_GAP}{first}".rstrip()
        for other in others:
            yield f"{' ' * column}{_GAP}{other}"


def _grid(grid: Grid, paint: Paint, width: int | None) -> Iterator[str]:
    if grid.title:
        yield paint(harmless(grid.title), Style.BOLD)
    rows = [[harmless(cell.text) for cell in row] for row in grid.rows]
    widths = _widths(grid.columns, rows, width)
    names = [_cut(column.name, widths[place]) for place, column in enumerate(grid.columns)]
    yield paint(_line(grid.columns, names, names, widths), Style.DIM)
    for row, texts in zip(grid.rows, rows, strict=True):
        shown = [_cut(text, widths[place]) for place, text in enumerate(texts)]
        painted = [
            text if cell.style is None else paint(text, cell.style)
            for text, cell in zip(shown, row, strict=True)
        ]
        yield _line(grid.columns, shown, painted, widths)
    if grid.rest:
        yield paint(harmless(grid.rest), Style.DIM)


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None) -> list[int]:
    """Return the columns' widths; those that may be cut share what there is too much of, the widest first."""
    widths = [
        max(text_width(text) for text in (column.name, *(row[place] for row in rows)))
        for place, column in enumerate(columns)
    ]
    excess = 0 if width is None else sum(widths) + len(_GAP) * (len(widths) - 1) - width
    flexible = [place for place, column in enumerate(columns) if column.flexible]
    while excess > 0 and flexible:
        widest = max(flexible, key=lambda place: widths[place])
        if widths[widest] <= _LEAST_TEXT:
            break
        widths[widest] -= 1
        excess -= 1
    return widths


def _line(
    columns: Sequence[Column], plain: Sequence[str], painted: Sequence[str], widths: Sequence[int]
) -> str:
    cells = []
    for place, column in enumerate(columns):
        space = " " * (widths[place] - text_width(plain[place]))
        cells.append(space + painted[place] if column.right else painted[place] + space)
    return _GAP.join(cells).rstrip()


def _cut(text: str, width: int) -> str:
    """Return as much of a text as fits, with `…` where something is missing."""
    if text_width(text) <= width:
        return text
    kept = 0
    for place, char in enumerate(text):
        kept += char_width(char)
        if kept > width - 1:
            return text[:place].rstrip() + "…"
    return text


def _wrapped(text: str, width: int, style: Style | None, paint: Paint) -> list[str]:
    """Return a text as lines that are no longer than they must be; a word is never broken."""
    room = max(width, _LEAST_TEXT)
    lines, line = [], ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if line and text_width(longer) > room:
            lines.append(line)
            line = word
        else:
            line = longer
    lines.append(line)
    return [each if style is None else paint(each, style) for each in lines]
