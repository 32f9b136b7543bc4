"""Codes are found by number, name or start, and findings stand in the order of what they are worth."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.analyses import DUPLICATE_STEP, NO_TIMEOUT, TEXT, UNTIMED, analyzed, finding, saving
from wfopt.analyzer.base import Confidence, Gain
from wfopt.analyzer.selecting import (
    Least,
    Selection,
    UnknownCodeError,
    at_least,
    code_of,
    codes_of,
    ranked,
    value_of,
)
from wfopt.errors import Severity
from wfopt.source import SourceFile

SOURCE = SourceFile("wfopt.yml", TEXT)


@pytest.mark.parametrize("word", ["WF301", "wf301", "no-timeout", "NO-TIMEOUT"])
def test_a_code_has_a_number_and_a_name(word: str) -> None:
    assert codes_of(word) == {NO_TIMEOUT}
    assert code_of(word) is NO_TIMEOUT


def test_a_start_means_all_that_start_so() -> None:
    assert {NO_TIMEOUT} < codes_of("WF3")
    assert {code.number[:3] for code in codes_of("wf3")} == {"WF3"}
    assert len(codes_of("WF")) > 100


@pytest.mark.parametrize(
    ("word", "near"), [("WF999", "WF909"), ("no-timeouts", "no-timeout"), ("xyz", None), ("WF3x", "WF")]
)
def test_what_is_no_code(word: str, near: str | None) -> None:
    with pytest.raises(UnknownCodeError) as caught:
        codes_of(word)
    assert (caught.value.near or "").startswith(near or "")
    assert (caught.value.near is None) is (near is None)


def test_a_start_is_not_one_code() -> None:
    with pytest.raises(UnknownCodeError):
        code_of("WF3")


def test_time_counts_twice_as_much_as_work_and_sureness_matters() -> None:
    sure = finding(SOURCE, saving=saving(0.2))
    work = finding(SOURCE, saving=saving(0.2, Gain.WORK))
    unsure = finding(SOURCE, saving=saving(0.2), confidence=Confidence.LOW)
    assert [value_of(each) for each in (sure, work, unsure)] == pytest.approx([0.2, 0.1, 0.06])
    assert value_of(finding(SOURCE)) == 0


def test_the_order_is_worth_then_severity_then_place() -> None:
    late = finding(SOURCE, "test", severity=Severity.ERROR)
    early = finding(SOURCE, "build", severity=Severity.ERROR)
    note = finding(SOURCE, "build", severity=Severity.NOTE)
    dear = finding(SOURCE, "lint", severity=Severity.NOTE, saving=saving(0.1))
    assert ranked([note, late, dear, early]) == [dear, early, late, note]


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, True),
        ({"select": frozenset({NO_TIMEOUT})}, True),
        ({"select": frozenset({DUPLICATE_STEP})}, False),
        ({"severity": Severity.WARNING}, True),
        ({"severity": Severity.ERROR}, False),
        ({"least": Least(share=0.2)}, True),
        ({"least": Least(share=0.21)}, False),
        ({"least": Least(seconds=36.0)}, True),
        ({"least": Least(seconds=37.0)}, False),
        # What is ignored is counted elsewhere.
        ({"ignore": frozenset({NO_TIMEOUT})}, True),
    ],
)
def test_what_is_wanted(
    changes: dict[str, Any], wanted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    graph = analyzed(tmp_path).files[0].graph
    assert graph.critical == 180
    assert Selection(**changes).wants(finding(SOURCE, saving=saving(0.2)), graph) is wanted


def test_seconds_are_never_made_of_numbers_of_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    graph = analyzed(tmp_path, UNTIMED).files[0].graph
    assert not Least(seconds=0.0).is_met(saving(0.9), graph)
    assert not Least(share=0.0).is_met(None, graph)
    assert graph.amounts(saving(0.9)) is None


def test_as_severe_or_more() -> None:
    error, note = finding(SOURCE, severity=Severity.ERROR), finding(SOURCE, severity=Severity.NOTE)
    assert list(at_least([note, error], Severity.WARNING)) == [error]
    assert list(at_least([note, error], Severity.NOTE)) == [note, error]
