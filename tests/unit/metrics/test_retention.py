"""Old runs are forgotten, a few at a time."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.history import STARTED_AT, not_started, past_attempt, past_run, rewrite, stories, story
from wfopt.metrics import retention
from wfopt.metrics.keep import TIDY_EVERY_S, Keep
from wfopt.metrics.retention import is_due, tidy
from wfopt.metrics.schema import open_for_writing
from wfopt.metrics.spool import append, known_shapes
from wfopt.metrics.store import read_history
from wfopt.metrics.writing import remember_shape, write_rewrite, write_story

DAY_S = 86_400.0
EVERYTHING = Keep(days=None, rows=None, runs=0)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(tmp_path)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Return a database with ten runs of two steps, one a day."""
    with closing(open_for_writing(str(tmp_path / "history.db"), 0.1)) as made:
        for each in stories(10, every_s=DAY_S):
            remember_shape(str(tmp_path), write_story(made, each))
        yield made


def cleaned(
    connection: sqlite3.Connection,
    folder: str,
    keep: Keep,
    now: float = STARTED_AT + 10 * DAY_S,
    stops: tuple[bool, ...] = (),
) -> tuple[bool, list[int]]:
    """Tidy up; return whether all is done, and which runs are left."""
    answers = iter(stops)
    done = tidy(connection, folder, keep, now=now, stop=lambda: next(answers, False))
    return done, [run - 1 for (run,) in connection.execute("SELECT run FROM runs ORDER BY run")]


def count(connection: sqlite3.Connection, table: str) -> int:
    ((found,),) = connection.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - constants
    return int(found)


@pytest.mark.parametrize(
    ("keep", "left"),
    [
        (EVERYTHING, range(10)),
        (Keep(), range(10)),
        (Keep(days=2.5, runs=0), (8, 9)),
        (Keep(days=2.5, runs=5), range(5, 10)),
        (Keep(days=0.5, runs=0), ()),
        (Keep(days=None, rows=9, runs=0), (7, 8, 9)),
        (Keep(days=None, rows=8, runs=0), (8, 9)),
        (Keep(days=None, rows=0, runs=3), (7, 8, 9)),
        (Keep(days=6.5, rows=9, runs=0), (7, 8, 9)),
        (Keep(days=None, size_bytes=1, runs=1), (9,)),
        (Keep(days=None, size_bytes=10**9, runs=1), range(10)),
    ],
)
def test_the_newest_are_kept(
    connection: sqlite3.Connection, folder: str, keep: Keep, left: tuple[int, ...]
) -> None:
    assert cleaned(connection, folder, keep) == (True, list(left))
    for table in ("figures", "details"):
        assert count(connection, table) == len(left)


def test_work_is_done_in_parts(
    connection: sqlite3.Connection, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_BATCH", 2)
    keep = Keep(days=None, rows=3, runs=0)
    assert cleaned(connection, folder, keep, stops=(False, True)) == (False, list(range(4, 10)))
    assert is_due(connection, STARTED_AT)
    assert cleaned(connection, folder, keep, stops=(True,)) == (False, list(range(6, 10)))
    assert cleaned(connection, folder, keep) == (True, [9])
    assert not is_due(connection, STARTED_AT + 10 * DAY_S)


@pytest.mark.parametrize(
    ("later", "due"),
    [(0.0, False), (TIDY_EVERY_S - 1, False), (TIDY_EVERY_S, True), (-1.0, True), (1e9, True)],
)
def test_it_is_time_once_a_day(connection: sqlite3.Connection, folder: str, later: float, due: bool) -> None:
    assert is_due(connection, STARTED_AT)
    cleaned(connection, folder, EVERYTHING, now=STARTED_AT)
    assert is_due(connection, STARTED_AT + later) is due


def test_that_it_is_tidy_shows_without_the_database(connection: sqlite3.Connection, folder: str) -> None:
    shapes, before = os.path.join(folder, "history.shapes"), known_shapes(folder)
    os.utime(shapes, (0.0, 0.0))
    keep = Keep(days=None, rows=3, runs=0)
    assert not cleaned(connection, folder, keep, now=STARTED_AT, stops=(True,))[0]
    assert os.stat(shapes).st_mtime == 0.0
    assert cleaned(connection, folder, EVERYTHING, now=STARTED_AT)[0]
    assert os.stat(shapes).st_mtime > 1e9
    assert known_shapes(folder) == before


def test_a_note_that_cannot_be_written_is_no_matter(
    connection: sqlite3.Connection, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError

    monkeypatch.setattr(retention, "note_shapes", refuse)
    assert cleaned(connection, folder, EVERYTHING, now=STARTED_AT)[0]


def test_a_clock_that_jumps_ahead_costs_no_history(connection: sqlite3.Connection, folder: str) -> None:
    keep = Keep(days=30.0, runs=0)
    year = STARTED_AT + 365 * DAY_S
    assert cleaned(connection, folder, keep)[1] == list(range(10))
    assert cleaned(connection, folder, keep, now=year)[1] == list(range(10))
    assert cleaned(connection, folder, keep, now=STARTED_AT)[1] == list(range(10))
    assert cleaned(connection, folder, keep, now=STARTED_AT + 20 * DAY_S)[1] == list(range(10))
    assert cleaned(connection, folder, keep, now=STARTED_AT + 35 * DAY_S + 1)[1] == list(range(6, 10))


def test_what_nothing_refers_to_goes(connection: sqlite3.Connection, folder: str) -> None:
    write_rewrite(connection, rewrite(workflow="rewritten.yml"))
    run = past_run("odd", workflow="odd.yml", branch="odd", content="odd")
    hashed = write_story(connection, story(run, [past_attempt("odd")]))
    remember_shape(folder, hashed)
    cleaned(connection, folder, Keep(days=None, rows=2, runs=0))
    assert known_shapes(folder) == [hashed]
    assert not append(folder, story("idle", [not_started("build"), not_started("test")]))
    assert [count(connection, table) for table in ("shapes", "hosts", "rewrites")] == [1, 1, 1]
    texts = {bytes(text).decode() for (text,) in connection.execute("SELECT text FROM texts")}
    assert {"odd.yml", "odd", "rewritten.yml"} < texts
    assert "wfopt.yml" not in texts
    with read_history(f"{folder}/history.db") as history:
        assert history.workflows() == ["odd.yml"]


def test_a_file_that_is_mostly_empty_shrinks(
    connection: sqlite3.Connection, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_PAGES", 4)
    for number in range(20):
        write_story(
            connection, story(f"more-{number}", [past_attempt("a")], printed={"a": f"{number}" * 9000})
        )
    long = {f"s{number}": [0.1] for number in range(400)}
    for each in stories(24, long):
        write_story(connection, each)
    before = connection.execute("PRAGMA page_count").fetchone()[0]
    assert cleaned(connection, folder, Keep(days=None, rows=0, runs=1), stops=(False, True))[0] is False
    assert cleaned(connection, folder, Keep(days=None, rows=0, runs=1))[0]
    assert connection.execute("PRAGMA page_count").fetchone()[0] < before / 2
