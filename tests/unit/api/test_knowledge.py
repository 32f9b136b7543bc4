"""What is known of steps from the history."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.history import HOST, not_started, past_attempt, past_run, stories, story
from tests.support.told_history import write_history
from wfopt.api import knowledge as module
from wfopt.api.knowledge import knowledge_of, past_of, read_past
from wfopt.dataclass import replace
from wfopt.metrics.damage import HistoryError
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import StepId
from wfopt.resources.pool import Capacity

CAPACITY = Capacity(slots=3, cpu_milli=2500, memory_bytes=1 << 30)
A, B = StepId("a"), StepId("b")


def state(folder: Path) -> str:
    return str(folder / ".wfopt")


def test_durations_and_memory_are_predicted(tmp_path: Path) -> None:
    walls = [4.0, 5.0, 4.5, 4.2, 5.1] * 4
    attempts = [past_attempt("a", wall, peak_memory_bytes=int(wall * 100)) for wall in walls]
    write_history(tmp_path, [story(past_run(f"r{place:02}"), [each]) for place, each in enumerate(attempts)])
    found = knowledge_of(state(tmp_path), "wfopt.yml", "north", CAPACITY)
    facts = found.of(A)
    assert (found.runs, found.source) == (20, "20 runs on this machine")
    assert (found.cpu_milli, found.slots, found.memory_bytes) == (2500, 3, 1 << 30)
    assert facts.wall is not None
    assert facts.memory is not None
    assert 3.9 < facts.wall.low <= facts.wall.expected <= facts.wall.high <= 5.5
    assert facts.wall.samples == 20
    assert facts.memory.expected == pytest.approx(450, rel=0.1)
    assert (facts.slowest_s, facts.cpu_s) == (5.1, 2.25)


def test_failures_and_hits_are_counted(tmp_path: Path) -> None:
    failed = past_attempt("a", 9.0, status=StepStatus.FAILED)
    runs = [
        [past_attempt("a", 3.0)],
        [failed, past_attempt("a", 3.0, attempt=2)],
        [not_started("a")],
        [failed],
    ]
    write_history(tmp_path, [story(past_run(f"r{place}"), each) for place, each in enumerate(runs)])
    facts = knowledge_of(state(tmp_path), "wfopt.yml", "north", CAPACITY).of(A)
    assert (facts.attempts, facts.failures, facts.hit_share) == (4, 2, 0.2)
    assert facts.slowest_s == 9.0


def test_a_step_that_never_ended_well_has_no_duration(tmp_path: Path) -> None:
    write_history(
        tmp_path, [story("r1", [past_attempt("a", 9.0, status=StepStatus.FAILED), not_started("b")])]
    )
    found = knowledge_of(state(tmp_path), "wfopt.yml", "north", CAPACITY)
    assert (found.of(A).wall, found.of(A).memory, found.of(A).failures) == (None, None, 1)
    assert (found.of(B).wall, found.of(B).hit_share) == (None, 1.0)


def test_nothing_is_known_without_a_history_or_of_other_machines(tmp_path: Path) -> None:
    assert knowledge_of(state(tmp_path), "wfopt.yml", "north", CAPACITY).runs == 0
    south = replace(HOST, name="south")
    write_history(tmp_path, [story(past_run("r1", host=south), [past_attempt("a")])])
    found = knowledge_of(state(tmp_path), "wfopt.yml", "north", CAPACITY)
    assert (found.steps, found.runs, found.source) == ({}, 0, "")
    assert len(past_of(state(tmp_path), "wfopt.yml").runs) == 1


def test_the_newest_runs_count_and_fewer_of_large_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_history(tmp_path, stories(70, {"a": [1.0], "b": [2.0]}))
    runs = read_past(state(tmp_path), "wfopt.yml").runs
    assert [run.run_id for run, _ in (runs[0], runs[-1])] == ["run-0020", "run-0069"]
    assert len(read_past(state(tmp_path), "wfopt.yml", runs=4).runs) == 4
    monkeypatch.setattr(module, "_ATTEMPTS", 20)
    assert len(read_past(state(tmp_path), "wfopt.yml").runs) == 10
    monkeypatch.setattr(module, "_ATTEMPTS", 2)
    assert len(read_past(state(tmp_path), "wfopt.yml").runs) == 5


def test_a_broken_history(tmp_path: Path) -> None:
    (tmp_path / ".wfopt").mkdir()
    (tmp_path / ".wfopt" / "history.db").write_bytes(b"no database" * 1000)
    assert past_of(state(tmp_path), "wfopt.yml").runs == ()
    with pytest.raises(HistoryError):
        read_past(state(tmp_path), "wfopt.yml")
