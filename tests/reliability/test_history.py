"""The short form of the campaign on the history; `python -m tests.campaign history` runs the long one."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.campaign.crew import run
from tests.campaign.registry import named
from tests.campaign.scribes import PROBLEMS, PROMISES, tale, troubles
from wfopt.errors import Diagnostic
from wfopt.metrics.store import open_history
from wfopt.model.history import RunStory


def write(folder: Path, *told: RunStory) -> None:
    said: list[Diagnostic] = []
    path = str(folder / "history.db")
    with open_history(path, wall=lambda: 0.0, monotonic=time.monotonic, warn=said.append) as history:
        assert all(history.write(each) for each in told)


def test_what_is_wrong_with_a_history_is_noticed(tmp_path: Path) -> None:
    write(tmp_path, tale("one"), tale("two", idle=True))
    (tmp_path / PROMISES).write_text("one\n")
    assert list(troubles(tmp_path, killed=1)) == []
    assert list(troubles(tmp_path)) == ["2 runs are there, 1 were promised"]
    (tmp_path / PROMISES).write_text("one\ntwo\n")
    assert list(troubles(tmp_path)) == ["two is not what was written"]
    (tmp_path / PROMISES).write_text("one\nlost\n")
    (tmp_path / PROBLEMS).write_text("a warning\n")
    assert list(troubles(tmp_path)) == ["a warning", "lost is not what was written"]


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_what_was_promised_is_there() -> None:
    numbers = range(40)
    tally = run(named("history"), numbers)
    assert not tally.failures, tally.explained()
    assert tally.cases == len(numbers)
    assert {label.split(",")[0] for label in tally.labels} >= {"kills", "crowd", "full", "clocks", "spool"}
    assert tally.labels["damage, started anew"]
    assert tally.labels["damage, as before"]
