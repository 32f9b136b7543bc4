"""Checks say how sure they are as findings in real files turned out, which somebody read and labelled.

`tests/fixtures/precision.csv` counts, by code and confidence, how many of the findings that
`tests/benchmarks/precision.py` drew were right, arguable or wrong.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from wfopt.analyzer.registry import check_named

FIXTURES = Path(__file__).parents[2] / "fixtures"
LEAST_SURE = 0.9


def labelled() -> dict[tuple[str, str], float]:
    """Return the precision by code and confidence; an arguable finding counts half."""
    with (FIXTURES / "precision.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = {}
    for row in rows:
        right, arguable, wrong = (int(row[name]) for name in ("right", "arguable", "wrong"))
        found[row["code"], row["confidence"]] = (right + arguable / 2) / (right + arguable + wrong)
    return found


def confidences(code: str) -> set[str]:
    """Return with which confidence a check speaks up in its fixtures."""
    folder = FIXTURES / "checks" / code
    texts = [path.read_text(encoding="utf-8") for path in folder.glob("*.out")]
    lines = [line.split() for text in texts for line in text.splitlines() if f" {code} " in line]
    return {words[3] for words in lines}


@pytest.mark.parametrize(("code", "confidence"), labelled())
def test_what_is_not_often_right_is_said_with_low_confidence(code: str, confidence: str) -> None:
    assert check_named(code) is not None
    assert confidence == "low" or labelled()[code, confidence] >= LEAST_SURE
    assert confidence in confidences(code)
