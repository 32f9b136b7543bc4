"""A sheet with the movable feasts of a year, set as a table of plain text."""

from collections.abc import Iterable, Sequence

from almanac.days import WEEKDAYS, Day, from_gregorian, sunday_after, to_gregorian, weekday
from almanac.easter import eastern, western
from almanac.roman import LARGEST, to_roman

DAYS_FROM_EASTER = {
    "Ash Wednesday": -46,
    "Palm Sunday": -7,
    "Good Friday": -2,
    "Easter Sunday": 0,
    "Ascension Day": 39,
    "Whit Sunday": 49,
    "Corpus Christi": 60,
}


def feasts(year: int) -> dict[str, Day]:
    """Return the movable feasts of a year in their order."""
    easter = from_gregorian(western(year))
    found = {name: to_gregorian(easter + days) for name, days in DAYS_FROM_EASTER.items()}
    found["Eastern Easter"] = eastern(year)
    found["First of Advent"] = to_gregorian(sunday_after(from_gregorian(Day(year, 11, 26))))
    return dict(sorted(found.items(), key=lambda item: item[1]))


def text_table(rows: Iterable[Sequence[str]]) -> str:
    """Return rows of cells as lines in which the cells of a column begin below each other."""
    listed = [tuple(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*listed, strict=True)]
    lines = []
    for row in listed:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def year_sheet(year: int) -> str:
    """Return the sheet of a year."""
    numeral = f" ({to_roman(year)})" if year <= LARGEST else ""
    rows = []
    for name, day in feasts(year).items():
        rows.append((name, str(day), WEEKDAYS[weekday(from_gregorian(day))]))
    return f"Movable feasts of {year}{numeral}\n\n{text_table(rows)}"
