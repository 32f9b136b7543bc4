"""Run the query in an SQL file and write its answer as CSV."""

import argparse
import csv
import sqlite3
from contextlib import closing
from pathlib import Path


def main() -> None:
    """Ask a database that nobody writes to any more."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database", type=Path, help="SQLite database to ask")
    parser.add_argument("query", type=Path, help="file with one SELECT statement")
    parser.add_argument("answer", type=Path, help="CSV file to write")
    options = parser.parse_args()
    address = f"{options.database.resolve().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as connection:
        cursor = connection.execute(options.query.read_text(encoding="utf-8"))
        with options.answer.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(column[0] for column in cursor.description)
            writer.writerows(cursor)


if __name__ == "__main__":
    main()
