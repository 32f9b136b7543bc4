"""How long steps usually take."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.support.history import HOST, past_attempt, past_run, stories, story
from wfopt.api import usual as module
from wfopt.api.usual import RUNS, recent_attempts, usual_durations, usual_peaks
from wfopt.metrics.store import open_history
from wfopt.model.history import Ending, Host, RunStory
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import StepId

FAILED, CACHED = StepStatus.FAILED, StepStatus.CACHED


def usual(folder: Path, told: Iterable[RunStory]) -> dict[str, float]:
    troubles: list[object] = []
    path = str(folder / "history.db")
    with open_history(path, wall=lambda: 0.0, monotonic=lambda: 0.0, warn=troubles.append) as writer:
        for each in told:
            writer.write(each)
    assert troubles == []
    return {str(step): wall_s for step, wall_s in usual_durations(str(folder), "wfopt.yml", "north").items()}


def test_no_history_knows_nothing_and_is_not_made(tmp_path: Path) -> None:
    assert usual_durations(str(tmp_path), "wfopt.yml", "north") == {}
    assert os.listdir(tmp_path) == []


def test_the_median_of_what_each_step_took(tmp_path: Path) -> None:
    walls = {"build": [1.0, 9.0, 2.0], "test": [5.0, 4.0, 6.0]}
    assert usual(tmp_path, stories(3, walls)) == {"build": 2.0, "test": 5.0}


def test_only_the_newest_runs_count(tmp_path: Path) -> None:
    walls = {"build": [100.0] * (RUNS + 1) + [1.0] * RUNS}
    assert usual(tmp_path, stories(2 * RUNS + 1, walls)) == {"build": 1.0}


def test_only_attempts_that_ended_well_count(tmp_path: Path) -> None:
    attempts = [
        past_attempt("a", 1.0, status=FAILED),
        past_attempt("a", 2.0, attempt=2),
        past_attempt("b", 7.0, status=FAILED),
        past_attempt("c", status=CACHED)._replace(attempt=0, started_s=None, wall_s=None),
    ]
    assert usual(tmp_path, [story("r1", attempts)]) == {"a": 2.0}


def test_runs_of_other_workflows_and_machines_do_not_count(tmp_path: Path) -> None:
    elsewhere = past_run("r1", host=Host(name="south", cpus=HOST.cpus))
    told = [
        story(elsewhere, [past_attempt("a", 1.0)]),
        story(past_run("r2", workflow="other.yml"), [past_attempt("a", 2.0)]),
        story(past_run("r3", ending=Ending.UNFINISHED, exit_code=None), [past_attempt("a", 3.0)]),
        story(past_run("r4", ending=Ending.FAILED, exit_code=1), [past_attempt("a", 4.0)]),
    ]
    assert usual(tmp_path, told) == {"a": 3.5}


def test_of_huge_runs_fewer_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ATTEMPTS", 3)
    # Two steps a run: after the second run there were enough.
    walls = {"a": [1.0, 2.0, 4.0], "b": [1.0, 2.0, 4.0]}
    assert usual(tmp_path, stories(3, walls)) == {"a": 3.0, "b": 3.0}


@pytest.mark.parametrize("damage", [b"no database" * 1000, b""])
def test_a_history_that_cannot_be_read_knows_nothing(damage: bytes, tmp_path: Path) -> None:
    (tmp_path / "history.db").write_bytes(damage)
    assert usual_durations(str(tmp_path), "wfopt.yml", "north") == {}
    assert (tmp_path / "history.db").read_bytes() == damage


def peaks(folder: Path, step: str = "a") -> tuple[int, ...]:
    return usual_peaks(str(folder), "wfopt.yml", "north", StepId(step))


def test_the_peaks_of_attempts_that_ended_well(tmp_path: Path) -> None:
    attempts = [
        past_attempt("a", peak_memory_bytes=9, status=FAILED),
        past_attempt("a", peak_memory_bytes=5, attempt=2),
        past_attempt("b", peak_memory_bytes=7),
        past_attempt("c"),
    ]
    elsewhere = past_run("r3", host=Host(name="south", cpus=HOST.cpus))
    usual(tmp_path, [story("r1", attempts), story("r2", attempts[1:2]), story(elsewhere, attempts[1:])])
    assert (peaks(tmp_path), peaks(tmp_path, "b"), peaks(tmp_path, "c")) == ((5, 5), (7,), ())


def test_peaks_without_a_history_or_with_a_broken_one(tmp_path: Path) -> None:
    assert peaks(tmp_path) == ()
    assert os.listdir(tmp_path) == []
    (tmp_path / "history.db").write_bytes(b"no database" * 1000)
    assert peaks(tmp_path) == ()


def test_recent_attempts_come_with_their_runs_the_newest_last(tmp_path: Path) -> None:
    usual(tmp_path, stories(RUNS + 2, {"a": [float(number) for number in range(RUNS + 2)]}))
    found = recent_attempts(str(tmp_path), "wfopt.yml", "north")[StepId("a")]
    assert [each.wall_s for _, each in found] == [float(number) for number in range(2, RUNS + 2)]
    assert found[-1][0].run_id > found[0][0].run_id
