"""Opening the history: trouble is told once, and costs the record of a run at most."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import wfopt
from tests.support.history import not_started, past_attempt, past_run, rewrite, stories, story
from wfopt.errors import Diagnostic, Severity
from wfopt.metrics import schema, store
from wfopt.metrics.damage import HistoryError
from wfopt.metrics.keep import Keep
from wfopt.metrics.schema import open_for_writing
from wfopt.metrics.spool import append
from wfopt.metrics.store import HistoryWriter, open_history, read_history
from wfopt.model.history import Ending, Scope

NOW = 1_767_400_000.0
TOLD = story("run-1", [past_attempt("a")])


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "history.db")


@pytest.fixture
def said() -> list[Diagnostic]:
    return []


@pytest.fixture
def history(path: str, said: list[Diagnostic]) -> HistoryWriter:
    return opened(path, said)


def opened(path: str, said: list[Diagnostic], **options: float) -> HistoryWriter:
    return open_history(path, wall=lambda: NOW, monotonic=lambda: 0.0, warn=said.append, **options)


def names(path: str) -> list[str]:
    with read_history(path) as history:
        return [run.run_id for run in history.runs(Scope())]


def test_opening_touches_nothing(tmp_path: Path, history: HistoryWriter) -> None:
    history.close()
    assert list(tmp_path.iterdir()) == []


def test_a_history_makes_its_folder_and_is_private(tmp_path: Path, said: list[Diagnostic]) -> None:
    path = tmp_path / "state" / ".wfopt" / "history.db"
    with opened(str(path), said) as history:
        assert history.write(TOLD)
        assert {each.name for each in path.parent.iterdir()} >= {"history.db", "history.db-wal"}
        assert {each.stat().st_mode & 0o777 for each in path.parent.iterdir()} == {0o600}
    assert {each.name for each in path.parent.iterdir()} == {"history.db", "history.shapes"}
    assert not said


def test_reading_what_is_not_there_makes_nothing(tmp_path: Path) -> None:
    assert names(str(tmp_path / "none" / "history.db")) == []
    assert list(tmp_path.iterdir()) == []


def test_an_unfinished_run_is_replaced_in_its_place(history: HistoryWriter, path: str) -> None:
    def told(ending: Ending, *steps: str) -> bool:
        run = past_run("long", ending=ending)
        return history.write(story(run, [past_attempt(step) for step in steps], steps=["a", "b"]))

    assert told(Ending.UNFINISHED)
    assert told(Ending.UNFINISHED, "a")
    assert history.write(TOLD)
    assert told(Ending.FAILED, "a", "b")
    history.close()
    assert names(path) == ["long", "run-1"]
    with read_history(path) as past:
        found = past.story("long")
    assert found is not None
    assert (found.run.ending, len(found.attempts)) == (Ending.FAILED, 2)


def test_a_run_that_ended_stays_as_it_is(history: HistoryWriter, path: str) -> None:
    with history:
        assert history.write(TOLD)
        assert history.write(story(past_run("run-1", ending=Ending.UNFINISHED), []))
    with read_history(path) as past:
        assert past.story("run-1") == TOLD


def test_the_spool_is_folded_in_by_the_next_writer(tmp_path: Path, path: str, said: list[Diagnostic]) -> None:
    idle = [story(f"idle-{number}", [not_started("a")]) for number in range(3)]
    with opened(path, said) as history:
        history.write(TOLD)
    assert all(append(str(tmp_path), each) for each in idle)
    with opened(path, said) as history:
        history.write(story("run-2", [past_attempt("b")]))
    assert names(path) == ["run-1", "idle-0", "idle-1", "idle-2", "run-2"]
    assert not any("spool" in each.name for each in tmp_path.iterdir())
    assert not said


def test_a_damaged_line_of_the_spool_is_counted(tmp_path: Path, path: str, said: list[Diagnostic]) -> None:
    with opened(path, said) as history:
        history.write(TOLD)
    append(str(tmp_path), story("idle", [not_started("a")]))
    spool = tmp_path / "history.spool"
    spool.write_bytes(spool.read_bytes().replace(b"idle", b"idol") + b"\nnothing\n")
    with opened(path, said) as history:
        assert history.write(story("run-2", [past_attempt("a")]))
    assert names(path) == ["run-1", "run-2"]
    assert [each.message for each in said] == ["2 runs are missing in the history"]


def spoil(path: str) -> None:
    Path(path).write_bytes(b"no database " * 1000)


def make_foreign(path: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE mine (x)")


def make_later(path: str) -> None:
    with closing(open_for_writing(path, 1.0)) as connection:
        connection.execute("PRAGMA user_version = 99")


def change_tables(path: str) -> None:
    with closing(open_for_writing(path, 1.0)) as connection:
        connection.execute("DROP INDEX runs_since")


def empty(path: str) -> None:
    Path(path).touch()


def lose_mark(path: str) -> None:
    with closing(open_for_writing(path, 1.0)) as connection:
        connection.execute("PRAGMA application_id = 7")


@pytest.mark.parametrize(
    ("damage", "cause"),
    [
        (spoil, "file is not a database"),
        (change_tables, "its tables are not as expected"),
        (empty, "it is empty"),
        (lose_mark, "its mark is wrong"),
        (os.mkdir, "`history.db` is not a plain file"),
    ],
)
def test_what_is_damaged_is_moved_aside(
    path: str, said: list[Diagnostic], damage: Callable[[str], None], cause: str
) -> None:
    damage(path)
    with pytest.raises(HistoryError) as caught:
        read_history(path)
    assert caught.value.diagnostics[0].causes == (cause,)
    with opened(path, said) as history:
        assert history.write(TOLD)
        assert history.write(story("run-2", [past_attempt("a")]))
    (warning,) = said
    assert (warning.severity, warning.causes) == (Severity.WARNING, (cause,))
    assert warning.message == f"the history `{path}` is damaged; it starts anew"
    (aside,) = (each for each in Path(path).parent.iterdir() if "damaged" in each.name)
    assert str(aside) in warning.hints[0]
    assert names(path) == ["run-1", "run-2"]


def test_few_damaged_histories_are_kept(path: str, said: list[Diagnostic]) -> None:
    for _ in range(6):
        spoil(path)
        with opened(path, said) as history:
            assert history.write(TOLD)
    assert len([each for each in Path(path).parent.iterdir() if "damaged" in each.name]) == 3
    assert len(said) == 6


@pytest.mark.parametrize("make", [make_foreign, make_later])
def test_what_is_not_ours_stays_as_it_is(
    path: str, said: list[Diagnostic], make: Callable[[str], None]
) -> None:
    make(path)
    before = Path(path).read_bytes()
    with opened(path, said) as history:
        assert not history.write(TOLD)
        assert not history.add_rewrite(rewrite())
        assert not history.tidy()
    assert len(said) == 1
    assert said[0].message == f"the history `{path}` cannot be written"
    with pytest.raises(HistoryError, match="cannot be read"):
        read_history(path)
    assert Path(path).read_bytes() == before


def test_a_locked_database_is_waited_for_once(path: str, said: list[Diagnostic]) -> None:
    with closing(open_for_writing(path, 1.0)) as other:
        other.execute("BEGIN IMMEDIATE")
        with opened(path, said, patience_s=0.02) as history:
            assert not history.write(TOLD)
            assert not history.write(TOLD)
    assert [each.causes for each in said] == [("database is locked",)]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, said: list[Diagnostic]) -> None:
    (tmp_path / "file").touch()
    with opened(str(tmp_path / "file" / "history.db"), said) as history:
        assert not history.write(TOLD)
    assert [each.causes for each in said] == [("Not a directory",)]


def test_a_run_that_is_impossible_is_told(history: HistoryWriter, said: list[Diagnostic]) -> None:
    with history:
        assert not history.write(story(past_run("\udc80"), [past_attempt("a")]))
    assert len(said) == 1


def test_a_database_that_was_replaced_meanwhile_is_written_again(
    path: str, history: HistoryWriter, said: list[Diagnostic]
) -> None:
    with history:
        assert history.write(TOLD)
        os.rename(path, f"{path}.away")
        assert history.write(story("run-2", [past_attempt("a")]))
    assert names(path) == ["run-2"]
    assert not said


def test_a_database_that_is_replaced_for_ever_is_given_up(
    path: str, history: HistoryWriter, said: list[Diagnostic], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = iter(range(100))
    monkeypatch.setattr(store, "identity", lambda _path: next(found))
    assert not history.write(TOLD)
    assert [each.causes for each in said] == [("it is replaced again and again",)]


def test_damage_that_cannot_be_moved_is_told(
    path: str, history: HistoryWriter, said: list[Diagnostic], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    spoil(path)
    monkeypatch.setattr(store, "set_aside", refuse)
    assert not history.write(TOLD)
    (cause,) = said[0].causes
    assert (
        cause == "it is damaged (file is not a database) and cannot be moved aside: Operation not permitted"
    )


def test_a_database_that_nobody_may_write_is_read(
    tmp_path: Path, path: str, said: list[Diagnostic], monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(path, said) as history:
        history.write(TOLD)
    append(str(tmp_path), story("idle", [not_started("a")]))
    monkeypatch.setattr(store.os, "access", lambda *_arguments: False)
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    assert names(path) == ["run-1", "idle"]
    (tmp_path / "history.spool").unlink()
    assert names(path) == ["run-1"]
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()}.items() < before.items()


def test_a_log_beside_a_database_that_nobody_may_write_is_read(
    path: str, said: list[Diagnostic], monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(path, said) as history:
        history.write(TOLD)
        monkeypatch.setattr(store.os, "access", lambda *_arguments: False)
        assert names(path) == ["run-1"]
        monkeypatch.setattr(schema.os.path, "exists", lambda name: not name.endswith("-shm"))
        with pytest.raises(HistoryError) as caught:
            read_history(path)
    assert "write-ahead log" in caught.value.diagnostics[0].causes[0]


def test_trouble_with_writing_does_not_keep_from_reading(
    tmp_path: Path, path: str, said: list[Diagnostic], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with opened(path, said) as history:
        history.write(TOLD)
    append(str(tmp_path), story("idle", [not_started("a")]))
    monkeypatch.setattr(store, "fold", refuse)
    assert names(path) == ["run-1", "idle"]


def test_a_spool_that_cannot_be_folded_waits(
    tmp_path: Path, path: str, said: list[Diagnostic], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError

    with opened(path, said) as history:
        history.write(TOLD)
    append(str(tmp_path), story("idle", [not_started("a")]))
    with monkeypatch.context() as patch:
        patch.setattr(store, "fold", refuse)
        with opened(path, said) as history:
            assert history.write(story("run-2", [past_attempt("a")]))
    assert sorted(names(path)) == ["idle", "run-1", "run-2"]
    assert not said


def test_old_runs_are_forgotten_at_the_end_of_a_run(path: str, said: list[Diagnostic]) -> None:
    keep = Keep(days=None, rows=8, runs=1)
    with open_history(path, wall=lambda: NOW, monotonic=lambda: 0.0, warn=said.append, keep=keep) as history:
        for each in stories(5):
            history.write(each)
        assert history.tidy()
        assert history.tidy()
    assert names(path) == ["run-0003", "run-0004"]


def test_a_run_without_work_needs_no_database() -> None:
    words = "import sys; import wfopt.metrics.spool; print('sqlite3' in sys.modules)"
    # A clean environment keeps a coverage measurement, which loads sqlite3 itself, out of the process.
    env = {"PATH": os.defpath, "PYTHONPATH": str(Path(wfopt.__file__).parents[1])}
    found = subprocess.run([sys.executable, "-c", words], env=env, check=True, capture_output=True, text=True)
    assert found.stdout == "False\n"
