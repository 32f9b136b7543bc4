"""What `wfopt stats --import` prints, and its exit status."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from wfopt.api.importing import Imported
from wfopt.cli import stats_import as module
from wfopt.cli.boundary import guarded
from wfopt.metrics.damage import diagnosis

LOG = "# ninja log v7\n0\t300\t0\ta.o\t1\n300\t500\t0\tapp\t2\n0\t100\t0\ta.o\t1\n"


class Done(NamedTuple):
    status: int
    out: str
    log: str


Stats = Callable[..., Done]


@pytest.fixture
def stats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Stats:
    """Run `wfopt stats` with some words, in a folder with a log and a workflow."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "wfopt.yml").write_text("wfopt: 1\nsteps: {app: {run: 'true'}}\n")
    (tmp_path / "log").write_text(LOG)
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["wfopt", "stats", *words])
        status = guarded({})
        shown = capsys.readouterr()
        return Done(status, shown.out, shown.err)

    return run


def test_a_file_is_imported_once(stats: Stats) -> None:
    line = "log: 2 new runs with 3 step attempts (ninja, under build.ninja)\n"
    assert stats("--import", "log") == (0, line, "")
    line = "log: 0 new runs with 0 step attempts, 2 runs known already (ninja, under build.ninja)\n"
    assert stats("--import", "log") == (0, line, "")


def test_runs_are_filed_under_the_workflow_that_is_named(stats: Stats) -> None:
    done = stats("wfopt.yml", "--import", "log")
    assert done.out == "log: 2 new runs with 3 step attempts (ninja, under wfopt.yml)\n"
    assert stats("wfopt.yml").out.startswith("wfopt.yml: 2 runs\n")
    assert json.loads(stats("--format", "json").out)["runs"] == 2


def test_several_files_as_a_document(stats: Stats, tmp_path: Path) -> None:
    (tmp_path / "one").write_text("# ninja log v7\n0\t900\t0\tx\t9\n")
    done = stats("--import", "log", "--import", "one", "--import", "log", "--format", "json")
    assert (done.status, done.log) == (0, "")
    document = json.loads(done.out)
    assert document["schema"] == "wfopt.import/1"
    shown = [(each["file"], each["runs"], each["added"], each["attempts"]) for each in document["files"]]
    assert shown == [("log", 2, 2, 3), ("one", 1, 1, 1), ("log", 2, 0, 0)]
    assert document["files"][1]["format"] == "ninja"
    assert document["files"][1]["workflows"] == ["build.ninja"]


def test_a_file_that_cannot_be_understood_ends_it(stats: Stats, tmp_path: Path) -> None:
    (tmp_path / "bad").write_text("what is this")
    done = stats("--import", "log", "--import", "bad", "--import", "none")
    assert (done.status, done.out.count("\n")) == (2, 1)
    assert "`bad` is of no known format" in done.log
    assert "known already" in stats("--import", "log").out


@pytest.mark.parametrize("words", [("--runs",), ("--gate", "wall p50 +10%"), ("--html", "x.html")])
def test_nothing_is_shown_at_the_same_time(words: tuple[str, ...], stats: Stats, tmp_path: Path) -> None:
    done = stats("--import", "log", *words)
    assert (done.status, done.out) == (2, "")
    assert "`--import` shows nothing" in done.log
    assert "import first, then ask" in done.log
    assert not (tmp_path / ".wfopt").exists()


def test_a_history_that_cannot_be_read_is_an_error(stats: Stats, tmp_path: Path) -> None:
    (tmp_path / ".wfopt").mkdir()
    (tmp_path / ".wfopt/history.db").write_bytes(b"no database" * 1000)
    done = stats("--import", "log")
    assert (done.status, done.out) == (2, "")
    assert done.log.startswith(f"error[WF517]: the history `{tmp_path}/.wfopt/history.db` cannot be read\n")


def test_a_history_that_cannot_be_written_is_an_error(stats: Stats, tmp_path: Path) -> None:
    (tmp_path / ".wfopt" / "history.db.lock").mkdir(parents=True)
    (tmp_path / ".wfopt" / "history.db").symlink_to(tmp_path / "elsewhere" / "none")
    done = stats("--import", "log")
    assert (done.status, done.out) == (2, "")
    assert done.log.startswith("error[WF517]: the history `")


def test_names_are_harmless(stats: Stats, tmp_path: Path) -> None:
    os.rename(tmp_path / "log", tmp_path / "l\x1b[31mog")
    assert stats("--import", "l\x1b[31mog").out.startswith("l\\x1b[31mog: 2 new runs")


def imported(runs: int, added: int, *workflows: str) -> Imported:
    return Imported(
        file="f", origin="github" if runs else "", runs=runs, added=added, steps=1234, workflows=workflows
    )


@pytest.mark.parametrize(
    ("each", "line"),
    [
        (imported(0, 0), "f: no runs in it"),
        (imported(1, 1, "a"), "f: 1 new run with 1,234 step attempts (github, under a)"),
        (imported(2, 1, "a"), "f: 1 new run with 1,234 step attempts, 1 run known already (github, under a)"),
        (imported(3, 3, "a", "b", "c"), "f: 3 new runs with 1,234 step attempts (github, under a, b, c)"),
        (
            imported(5, 5, *"abcde"),
            "f: 5 new runs with 1,234 step attempts (github, under a, b, c and 2 more)",
        ),
    ],
)
def test_a_line_for_a_file(each: Imported, line: str, stats: Stats, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "import_history", lambda *_: each)
    assert stats("--import", "f").out == f"{line}\n"


def test_damage_that_was_put_right_is_told(stats: Stats, monkeypatch: pytest.MonkeyPatch) -> None:
    def warned(*arguments: object) -> Imported:
        warn = arguments[-1]
        assert callable(warn)
        warn(diagnosis("it starts anew", "why"))
        return imported(0, 0)

    monkeypatch.setattr(module, "import_history", warned)
    done = stats("--import", "f")
    assert (done.status, done.out) == (0, "f: no runs in it\n")
    assert "warning[WF517]: it starts anew" in done.log
