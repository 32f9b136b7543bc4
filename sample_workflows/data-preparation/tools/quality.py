"""Collect the findings about all series in one CSV file."""

import argparse
import csv
import json
from pathlib import Path


def main() -> None:
    """Read one JSON file for each series and write one row for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("findings", type=Path, help="folder with a JSON file for each series")
    parser.add_argument("table", type=Path, help="CSV file to write")
    options = parser.parse_args()
    paths = sorted(options.findings.glob("*.json"))
    rows = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    with options.table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
