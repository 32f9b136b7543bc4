"""Which process belongs to which step."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.fake_proc import FakeProc
from wfopt.model.workflow import StepId
from wfopt.resources.belonging import Belonging
from wfopt.resources.procfs import read_rows

A, B = StepId("a"), StepId("b")
SPAWNER = 50
BOTH = {A: 100, B: 200}


@pytest.fixture
def proc(tmp_path: Path) -> FakeProc:
    """Return a machine with a shell, wfopt, its spawner and the first processes of two steps."""
    made = FakeProc(tmp_path)
    made.process(1, 0)
    made.process(30, 1)
    made.process(40, 30, session=30)
    made.process(SPAWNER, 40, session=30)
    made.process(100, SPAWNER, session=30)
    made.process(200, SPAWNER, session=30)
    return made


def found(
    belonging: Belonging, proc: FakeProc, leaders: dict[StepId, int], spawner: int | None = SPAWNER
) -> dict[str, list[int]]:
    members = belonging.members(read_rows(proc.path), leaders, spawner)
    return {str(step): sorted(row.pid for row in rows) for step, rows in members.items()}


def test_descendants(proc: FakeProc) -> None:
    proc.process(101, 100, group=100, session=30)
    proc.process(102, 101, group=102, session=102)
    proc.process(103, 102, group=102, session=102)
    proc.process(201, 200, group=200, session=30)
    proc.process(300, 30, session=30)
    assert found(Belonging(proc.path), proc, BOTH) == {"a": [100, 101, 102, 103], "b": [200, 201]}


@pytest.mark.parametrize(
    ("group", "session", "environ", "owner"),
    [
        (100, 30, {}, "a"),
        (300, 100, {}, "a"),
        (300, 300, {"WFOPT_STEP_ID": "b"}, "b"),
        (300, 300, {"WFOPT_STEP_ID": "other"}, None),
        (300, 300, {}, None),
        (300, 30, {}, None),
        (300, 300, None, None),
    ],
)
def test_orphans(
    proc: FakeProc, group: int, session: int, environ: dict[str, str] | None, owner: str | None
) -> None:
    proc.process(300, SPAWNER, group=group, session=session, environ=environ)
    proc.process(301, 300, group=301, session=301)
    members = found(Belonging(proc.path), proc, BOTH)
    for step, leader in (("a", 100), ("b", 200)):
        assert members[step] == ([leader, 300, 301] if step == owner else [leader])


def test_an_orphan_that_tells_nothing_belongs_to_the_only_step(proc: FakeProc) -> None:
    proc.end(200)
    proc.process(300, SPAWNER, group=300, session=300)
    assert found(Belonging(proc.path), proc, {A: 100}) == {"a": [100, 300]}


def test_what_was_seen_in_a_step_stays_in_it(proc: FakeProc) -> None:
    belonging = Belonging(proc.path)
    proc.process(101, 100, group=101, session=101)
    found(belonging, proc, BOTH)
    # Its parent ended; what it starts keeps its session, even without parent and environment.
    proc.process(101, SPAWNER, group=101, session=101)
    proc.process(102, SPAWNER, group=102, session=101)
    assert found(belonging, proc, BOTH) == {"a": [100, 101, 102], "b": [200]}
    # The same number, but another process.
    proc.process(101, SPAWNER, group=101, session=999, started=777)
    proc.end(102)
    assert found(belonging, proc, BOTH) == {"a": [100], "b": [200]}


def test_what_an_ended_step_left_behind_belongs_to_no_other(proc: FakeProc) -> None:
    belonging = Belonging(proc.path)
    proc.process(101, 100, group=101, session=101)
    found(belonging, proc, BOTH)
    proc.end(100)
    proc.process(101, SPAWNER, group=101, session=101)
    for _ in range(2):
        assert found(belonging, proc, {B: 200}) == {"b": [200]}


def test_an_orphan_is_asked_once_for_its_environment(proc: FakeProc) -> None:
    belonging = Belonging(proc.path)
    proc.process(200, SPAWNER, session=30, environ={"WFOPT_STEP_ID": "b"})
    proc.process(300, SPAWNER, session=300, environ={"WFOPT_STEP_ID": "b"})
    # It was looked at before its step was known to have started.
    assert found(belonging, proc, {A: 100}) == {"a": [100]}
    proc.write("300/environ", "")
    assert found(belonging, proc, BOTH) == {"a": [100], "b": [200, 300]}


def test_a_step_without_processes_is_empty(proc: FakeProc) -> None:
    assert found(Belonging(proc.path), proc, {**BOTH, StepId("c"): 999})["c"] == []


def test_without_spawner_groups_and_parents_tell(proc: FakeProc) -> None:
    proc.process(101, 1, group=100, session=30)
    proc.process(300, 1, group=300, session=300, environ={"WFOPT_STEP_ID": "a"})
    assert found(Belonging(proc.path), proc, {A: 100}, None) == {"a": [100, 101]}


def test_what_shares_the_group_of_the_spawner_is_not_known_by_it(proc: FakeProc) -> None:
    belonging = Belonging(proc.path)
    proc.process(101, 100, group=SPAWNER, session=30)
    found(belonging, proc, BOTH)
    proc.process(300, SPAWNER, group=SPAWNER, session=30)
    assert found(belonging, proc, BOTH) == {"a": [100, 101], "b": [200]}


@pytest.mark.parametrize("spawner", [SPAWNER, None])
def test_a_step_at_the_terminal_does_not_draw_in_what_shares_its_session(
    proc: FakeProc, spawner: int | None
) -> None:
    belonging = Belonging(proc.path)
    proc.end(200)
    proc.process(SPAWNER, 40, session=SPAWNER)
    # wfopt itself started it, in the session of the shell.
    proc.process(100, 40, session=30)
    proc.process(101, 100, group=101, session=30)
    proc.process(300, 30, session=30)
    for _ in range(2):
        assert found(belonging, proc, {A: 100}, spawner) == {"a": [100, 101]}
    proc.end(100)
    proc.process(101, 1, group=101, session=30)
    assert found(belonging, proc, {A: 100}, spawner) == {"a": [101]}


def test_a_circle_of_parents_ends(proc: FakeProc) -> None:
    proc.process(300, 301)
    proc.process(301, 300)
    assert found(Belonging(proc.path), proc, BOTH) == {"a": [100], "b": [200]}
