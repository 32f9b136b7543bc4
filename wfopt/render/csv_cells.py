"""Cells of comma-separated values, for spreadsheets and other programs.

A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, quoted or not, and some of
these start programs or send data away. Texts that come from files and steps therefore get an apostrophe in
front of these, and of a tab or a carriage return, which spreadsheets skip over; numbers never do.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a line of names and a line for each row (RFC 4180, but with the line ends of Unix)."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([cell(value) for value in row] for row in rows)
    return stream.getvalue()


def cell(value: object) -> str:
    """Return a value as the text of a cell; what is unknown is empty."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            # As in the JSON documents; never `1e-05`, which few readers of CSV expect.
            return f"{value:.6f}".rstrip("0").removesuffix(".")
        case str():
            # Halves of surrogate pairs cannot be written, and NUL ends a text for many readers.
            text = value.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")
            text = f"'{text}" if text.startswith(_FORMULA_STARTS) else text
            # Alone, it ends a row for some readers although nobody would have quoted it.
            return text.replace("\r\n", "\n").replace("\r", " ")
        case _:
            return str(value)
