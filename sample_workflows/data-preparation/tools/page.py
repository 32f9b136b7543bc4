"""Put the charts and tables into one web page that needs nothing else."""

import argparse
import csv
import json
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from typing import Any

STYLE = """
body { font: 16px/1.5 sans-serif; color: #333; background: #f4f4f1; margin: 2rem auto;
  max-width: 52rem; padding: 0 1rem; }
svg { display: block; margin: 1rem 0; width: 100%; }
table { border-collapse: collapse; margin: 1rem 0; background: #fff; }
th, td { border: 1px solid #ddd; padding: .2rem .7rem; text-align: right; }
th:first-child, td:first-child { text-align: left; }
"""


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield the lines of a table."""
    yield "<table>"
    yield "<tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in head) + "</tr>"
    for row in rows:
        yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
    yield "</table>"


def decades(rows: list[dict[str, str]], names: list[str]) -> Iterator[str]:
    """Yield a table with a row for each decade and a column for each series."""
    values = {(row["decade"], row["series"]): row["value"] for row in rows}
    periods = sorted({row["decade"] for row in rows})
    body = ([period, *(values.get((period, name), "") for name in names)] for period in periods)
    yield from table(["decade", *names], body)


def extremes(rows: list[dict[str, str]], name: str) -> str:
    """Return a sentence on the highest and the lowest values of one series."""
    parts = []
    for extreme in ("highest", "lowest"):
        found = [row for row in rows if row["series"] == name and row["extreme"] == extreme]
        listed = ", ".join(f"{row['value']} ({row['date']})" for row in found)
        parts.append(f"{extreme.title()}: {listed}.")
    return " ".join(parts)


def sections(catalogue: dict[str, dict[str, Any]], results: Path) -> Iterator[str]:
    """Yield the body of the page."""
    found = read_rows(results / "summary" / "extremes.csv")
    for name, series in catalogue.items():
        yield f"<h2>{escape(series['title'])}</h2>"
        yield (results / "charts" / f"{name}.svg").read_text(encoding="utf-8").rstrip()
        yield f"<p>In {escape(series['unit'])}. {escape(extremes(found, name))}</p>"
        yield f"<p>Source: {escape(series['source'])}.</p>"
    yield "<h2>Means of whole decades</h2>"
    yield from decades(read_rows(results / "summary" / "decades.csv"), list(catalogue))
    yield "<h2>Checks of the raw files</h2>"
    quality = read_rows(results / "quality.csv")
    yield from table(quality[0].keys(), (row.values() for row in quality))


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--catalogue", type=Path, required=True, help="JSON file on all series")
    parser.add_argument("results", type=Path, help="folder with the results of the other steps")
    parser.add_argument("page", type=Path, help="HTML file to write")
    options = parser.parse_args()
    catalogue = json.loads(options.catalogue.read_text(encoding="utf-8"))
    lines = [
        "<!DOCTYPE html>",
        "<html lang='en'>",
        "<head>",
        "<meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width'>",
        "<title>Four climate series</title>",
        f"<style>{STYLE}</style>",
        "</head>",
        "<body>",
        "<h1>Four climate series</h1>",
        *sections(catalogue, options.results),
        "</body>",
        "</html>",
    ]
    options.page.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
