"""Check one raw CSV file against its description and write plain dates and values.

The dates must follow each other without a gap, and each value must be a number
within the limits; at most the allowed number of values may be missing.  Any other
finding ends the program with an error that names the line.
"""

import argparse
import csv
import json
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

MONTHS = 12


class UnfitDataError(Exception):
    """A raw file that does not look as its description says."""


def following(day: str, interval: str) -> str:
    """Return the date one interval after a date; dates are YYYY, YYYY-MM or YYYY-MM-DD."""
    match interval:
        case "year":
            return f"{int(day) + 1:04}"
        case "month":
            year, month = divmod(int(day[:4]) * MONTHS + int(day[5:7]), MONTHS)
            return f"{year:04}-{month + 1:02}"
        case "week":
            return (date.fromisoformat(day) + timedelta(weeks=1)).isoformat()
        case _:
            message = f"unknown interval {interval!r}"
            raise UnfitDataError(message)


def date_of(row: dict[str, str], columns: list[str]) -> str:
    """Return the date of a row in the form YYYY, YYYY-MM or YYYY-MM-DD."""
    return "-".join(row[column].zfill(2) for column in columns)


def observations(path: Path, series: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the date and the value of each row; a missing value is an empty string."""
    columns = [*series["date_columns"], series["value_column"]]
    expected = ""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != columns:
            message = f"{path}:1: the columns are {reader.fieldnames}, not {columns}"
            raise UnfitDataError(message)
        for row in reader:
            where = f"{path}:{reader.line_num}"
            day = date_of(row, series["date_columns"])
            if expected not in {"", day}:
                message = f"{where}: {day} where {expected} should be"
                raise UnfitDataError(message)
            value = row[series["value_column"]]
            if value and not series["lowest"] <= float(value) <= series["highest"]:
                message = f"{where}: {value} is not within the limits"
                raise UnfitDataError(message)
            expected = following(day, series["interval"])
            yield day, value


def clean(name: str, series: dict[str, Any], raw: Path, cleaned: Path) -> dict[str, object]:
    """Write the cleaned file and return what was found in the raw one."""
    rows = list(observations(raw, series))
    present = [(day, value) for day, value in rows if value]
    missing = len(rows) - len(present)
    if missing > series["missing_allowed"]:
        message = f"{raw}: {missing} values are missing"
        raise UnfitDataError(message)
    with cleaned.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["date", "value"])
        writer.writerows(present)
    values = [float(value) for _, value in present]
    return {
        "series": name,
        "rows": len(rows),
        "missing": missing,
        "first": rows[0][0],
        "last": rows[-1][0],
        "lowest": min(values),
        "highest": max(values),
    }


def main() -> None:
    """Check and clean one series."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--catalogue", type=Path, required=True, help="JSON file on all series")
    parser.add_argument("series", help="name of the series in the catalogue")
    parser.add_argument("raw", type=Path, help="CSV file to read")
    parser.add_argument("cleaned", type=Path, help="CSV file to write")
    parser.add_argument("findings", type=Path, help="JSON file to write")
    options = parser.parse_args()
    catalogue = json.loads(options.catalogue.read_text(encoding="utf-8"))
    try:
        found = clean(options.series, catalogue[options.series], options.raw, options.cleaned)
    except (UnfitDataError, ValueError) as error:
        sys.exit(f"clean.py: {error}")
    options.findings.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
