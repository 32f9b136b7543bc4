"""Load all cleaned series into one new SQLite database.

The same input makes the same file, byte for byte: the rows come in a fixed order,
in one transaction, and nothing in the database tells when it was made.
"""

import argparse
import csv
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

SCHEMA = """
PRAGMA journal_mode = OFF;  -- the database is new: there is nothing to roll back to
PRAGMA page_size = 4096;
BEGIN;
CREATE TABLE series (
    name TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    unit TEXT NOT NULL,
    source TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE observation (
    series TEXT NOT NULL REFERENCES series (name),
    date TEXT NOT NULL,  -- YYYY, YYYY-MM or YYYY-MM-DD
    value REAL NOT NULL,
    PRIMARY KEY (series, date)
) WITHOUT ROWID;
"""


def observations(name: str, path: Path) -> Iterator[tuple[str, str, float]]:
    """Yield the rows of one cleaned file."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield name, row["date"], float(row["value"])


def load(catalogue: dict[str, dict[str, Any]], folder: Path, database: Path) -> None:
    """Write the database."""
    database.unlink(missing_ok=True)
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.executescript(SCHEMA)
        for name, series in sorted(catalogue.items()):
            connection.execute(
                "INSERT INTO series VALUES (?, ?, ?, ?)",
                (name, series["title"], series["unit"], series["source"]),
            )
            connection.executemany(
                "INSERT INTO observation VALUES (?, ?, ?)",
                observations(name, folder / f"{name}.csv"),
            )
        connection.execute("COMMIT")


def main() -> None:
    """Read the catalogue and the cleaned files, and write the database."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--catalogue", type=Path, required=True, help="JSON file on all series")
    parser.add_argument("cleaned", type=Path, help="folder with a CSV file for each series")
    parser.add_argument("database", type=Path, help="database to write")
    options = parser.parse_args()
    catalogue = json.loads(options.catalogue.read_text(encoding="utf-8"))
    load(catalogue, options.cleaned, options.database)


if __name__ == "__main__":
    main()
