"""Steps and runs as comma-separated values."""

from __future__ import annotations

import csv
import io

import pytest

from tests.support.history import not_started, past_attempt, story
from wfopt.model.outcome import Enforcer, LimitHit, LimitKind, StepStatus
from wfopt.render.csv_rows import STEP_COLUMNS, steps_csv


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_steps_have_a_row_for_each_attempt() -> None:
    hit = LimitHit(kind=LimitKind.MEMORY, limit=1, observed=2, enforced_by=Enforcer.KERNEL)
    told = story(
        attempts=[
            past_attempt(
                "a", 0.00001, attempt=1, status=StepStatus.FAILED, limit=hit, signal=9, allowed=True
            ),
            past_attempt("a", 12.5, attempt=2, cpu_milli=500, input_bytes=7, critical=True),
            not_started("b"),
        ]
    )
    first, second, third = rows(steps_csv(told))
    assert (first["limit"], first["signal"], first["exit_code"], first["allowed"]) == (
        "memory",
        "9",
        "",
        "true",
    )
    assert first["wall_s"] == "0.00001"
    assert (second["id"], second["attempt"], second["wall_s"], second["cpu"]) == ("a", "2", "12.5", "0.5")
    assert (second["critical"], second["input_bytes"], second["started_s"]) == ("true", "7", "0")
    assert (third["status"], third["started_s"], third["wall_s"]) == ("cached", "", "")
    assert third["reason"] == "up to date"


def test_without_rows_there_are_only_names() -> None:
    assert steps_csv(story()) == ",".join(STEP_COLUMNS) + "\n"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_texts_are_no_formulas(start: str) -> None:
    (row,) = rows(steps_csv(story(attempts=[past_attempt(f"{start}1+1", reason=f'{start}A1,"')])))
    shown = " " if start == "\r" else start
    assert row["id"] == f"'{shown}1+1"
    assert row["reason"] == f"'{shown}A1,\""


def test_numbers_stay_numbers() -> None:
    (row,) = rows(steps_csv(story(attempts=[past_attempt("a", -1.0)._replace(exit_code=-5)])))
    assert (row["wall_s"], row["exit_code"]) == ("-1", "-5")


def test_marks_that_have_a_meaning_are_quoted() -> None:
    text = steps_csv(story(attempts=[past_attempt("a", reason='say "hi",\r\nthen go')]))
    assert '"say ""hi"",\nthen go"' in text
    assert rows(text)[0]["reason"] == 'say "hi",\nthen go'


def test_texts_that_cannot_be_written_are_replaced() -> None:
    (row,) = rows(steps_csv(story(attempts=[past_attempt("a\udcff", reason="b\0c")])))
    assert row["id"] == "a?"
    assert row["reason"] == "b\ufffdc"
