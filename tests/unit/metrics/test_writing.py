"""Putting runs into the database, once each."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.history import not_started, past_attempt, past_run, stories, story
from wfopt.metrics import spool, writing
from wfopt.metrics.schema import open_for_writing
from wfopt.metrics.spool import append, known_shapes, waiting
from wfopt.metrics.store import read_history
from wfopt.metrics.writing import fold, remember_shape, transaction, write_story
from wfopt.model.history import RunStory, Scope

TOLD = story("first", [past_attempt("a")])


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(tmp_path)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Return the database of a history that has the graph of `idle`."""
    with closing(open_for_writing(str(tmp_path / "history.db"), 0.1)) as made:
        remember_shape(str(tmp_path), write_story(made, TOLD))
        yield made


def idle(number: int) -> RunStory:
    return story(f"idle-{number}", [not_started("a")])


def names(connection: sqlite3.Connection) -> list[str]:
    return [name for (name,) in connection.execute("SELECT run_id FROM runs ORDER BY run")]


def count(connection: sqlite3.Connection, table: str) -> int:
    ((found,),) = connection.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - constants
    return int(found)


def test_what_runs_share_is_kept_once(connection: sqlite3.Connection) -> None:
    for each in stories(20, {"a": [1.0], "b": [2.0]}):
        write_story(connection, each)
    assert (count(connection, "runs"), count(connection, "shapes"), count(connection, "hosts")) == (21, 2, 1)
    assert count(connection, "texts") == 3


def test_nothing_of_a_transaction_that_fails_stays(connection: sqlite3.Connection) -> None:
    for statement in ("DELETE FROM runs", "ROLLBACK"):
        with pytest.raises(ZeroDivisionError):
            _fail_after(connection, statement)
        assert names(connection) == ["first"]


def _fail_after(connection: sqlite3.Connection, statement: str) -> None:
    with transaction(connection):
        connection.execute(statement)
        raise ZeroDivisionError


def test_a_graph_is_noted_once(folder: str, connection: sqlite3.Connection) -> None:
    remember_shape(folder, b"a" * 12)
    before = Path(folder, "history.shapes").stat().st_ino
    remember_shape(folder, b"a" * 12)
    assert Path(folder, "history.shapes").stat().st_ino == before
    assert len(known_shapes(folder)) == 2


def test_runs_are_folded_in_once(
    folder: str, connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert append(folder, idle(1))
    with monkeypatch.context() as patch:
        # As if the process were killed between the end of the transaction and the deletion.
        patch.setattr(writing.os, "unlink", lambda _path: None)
        assert fold(connection, folder) == 0
    assert append(folder, idle(2))
    assert len(waiting(folder)) == 2
    assert fold(connection, folder) == 0
    assert waiting(folder) == []
    assert names(connection) == ["first", "idle-1", "idle-2"]
    assert fold(connection, folder) == 0


def test_a_fold_that_fails_loses_nothing(folder: str, connection: sqlite3.Connection) -> None:
    assert append(folder, idle(1))
    with closing(open_for_writing(f"{folder}/history.db", 0.1)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError):
            fold(connection, folder)
    assert names(connection) == ["first"]
    assert fold(connection, folder) == 0
    assert names(connection) == ["first", "idle-1"]


def test_a_run_of_a_graph_that_is_gone_is_kept_without_its_steps(
    folder: str, connection: sqlite3.Connection
) -> None:
    assert append(folder, idle(1))
    with transaction(connection):
        connection.execute("DELETE FROM shapes")
        connection.execute("DELETE FROM runs")
    fold(connection, folder)
    with read_history(f"{folder}/history.db") as history:
        (run,) = history.runs(Scope())
        found = history.story("idle-1")
        assert not history.step_totals(Scope())
    assert found is not None
    assert (found.run, found.shape.steps, found.attempts) == (run, (), ())
    assert run.workflow == "wfopt.yml"


def test_a_line_with_impossible_values_is_left_out(folder: str, connection: sqlite3.Connection) -> None:
    assert append(folder, idle(1))
    path = Path(folder, "history.spool")
    good = path.read_bytes()
    for old, new in ((b'"idle-1"', b"[1]"), (b'"idle-1"', b"null"), (b'"wfopt.yml"', b"5")):
        text = good.strip()[17:].replace(old, new)
        path.write_bytes(path.read_bytes() + b"%b %b\n" % (spool._seal(text), text))
    fold(connection, folder)
    assert names(connection) == ["first", "idle-1"]


def test_order_is_that_of_writing_whatever_the_clock_says(connection: sqlite3.Connection) -> None:
    for number, at in enumerate((5e9, 0.0, -5.0, float("nan"), 1e9)):
        run = past_run(f"run-{number}", started_at=at, wall_s=-1.0, cpu_s=float("inf"), saved_s=-2.0)
        write_story(connection, story(run, [past_attempt("a", -3.0, waited_s=-1.0, started_s=-2.0)]))
    assert names(connection)[1:] == [f"run-{number}" for number in range(5)]
    low = connection.execute("SELECT min(started_at), min(wall_s), max(cpu_s) FROM runs WHERE run > 1")
    assert low.fetchone() == (0.0, 0.0, 0.0)
