"""Files of past runs that are added to the history."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.history import past_attempt, past_run, story
from tests.support.runners import FakeClock
from wfopt.api.importing import Imported, import_history
from wfopt.codes import HISTORY_TROUBLE
from wfopt.dataclass import replace
from wfopt.errors import Diagnostic, Severity, UserError
from wfopt.metrics.damage import HistoryError
from wfopt.metrics.store import HistoryWriter, open_history, read_history
from wfopt.model.history import Ending, PastRun, RunStory, Scope

BUILDS = (
    "# ninja log v7\n0\t300\t0\ta.o\t1\n300\t500\t0\tapp\t2\n",
    "0\t100\t0\ta.o\t1\n",
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / ".ninja_log"
    path.write_text("".join(BUILDS))
    return path


class Importer:
    """Imports into `.wfopt` of a folder and notes what is told."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / ".wfopt"
        self.told: list[Diagnostic] = []

    def __call__(self, file: Path, workflow: str | None = "wfopt.yml") -> Imported:
        return import_history(str(file), str(self.state), workflow, FakeClock(), self.told.append)

    @property
    def runs(self) -> Sequence[PastRun]:
        with read_history(str(self.state / "history.db")) as history:
            return history.runs(Scope())


@pytest.fixture
def importer(tmp_path: Path) -> Importer:
    return Importer(tmp_path)


def test_the_runs_of_a_file_are_added(importer: Importer, log: Path) -> None:
    assert importer(log) == Imported(
        file=str(log), origin="ninja", runs=2, added=2, steps=3, workflows=("wfopt.yml",)
    )
    assert [(run.workflow, run.origin, run.ending) for run in importer.runs] == [
        ("wfopt.yml", "ninja", Ending.SUCCEEDED)
    ] * 2
    assert (importer.state / ".gitignore").read_text() == "*\n"
    assert importer.told == []


def test_a_second_time_adds_only_what_is_new(importer: Importer, log: Path) -> None:
    log.write_text(BUILDS[0])
    assert importer(log).added == 1
    again = importer(log)
    assert (again.runs, again.added, again.steps) == (1, 0, 0)
    log.write_text("".join(BUILDS))
    more = importer(log)
    assert (more.runs, more.added, more.steps) == (2, 1, 1)
    assert len(importer.runs) == 2


def test_without_a_name_the_file_says_what_the_runs_are_of(importer: Importer, log: Path) -> None:
    assert importer(log, None).workflows == (str(log.parent / "build.ninja"),)


def test_runs_that_only_begin_with_the_same_name_are_others(importer: Importer, log: Path) -> None:
    importer(log)
    first = importer.runs[0]
    path = importer.state / "history.db"
    path.unlink()
    longer = replace(first, run_id=f"{first.run_id}0")
    _write(path, story(longer, [past_attempt("a")]))
    assert importer(log).added == 2


def test_runs_of_this_program_stay_as_they_are(importer: Importer, log: Path) -> None:
    _write(importer.state / "history.db", story(past_run("r1"), [past_attempt("a")]))
    importer(log)
    runs = importer.runs
    assert ([run.run_id for run in runs].count("r1"), len(runs)) == (1, 3)


def test_old_runs_are_kept(importer: Importer, log: Path) -> None:
    # They have no time stamps, and so count as decades old.
    importer(log)
    assert [run.started_at for run in importer.runs] == [0.0, 0.5]


def test_a_file_that_cannot_be_understood_makes_nothing(importer: Importer, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("what is this")
    with pytest.raises(UserError, match="is of no known format"):
        importer(tmp_path / "x")
    assert not importer.state.exists()


def test_a_state_folder_that_cannot_be_made(importer: Importer, log: Path) -> None:
    importer.state.touch()
    with pytest.raises(UserError, match="cannot be written: file exists"):
        importer(log)


def test_a_history_that_cannot_be_read_is_left_alone(importer: Importer, log: Path) -> None:
    importer.state.mkdir()
    (importer.state / "history.db").write_bytes(b"no database" * 1000)
    with pytest.raises(HistoryError):
        importer(log)
    assert sorted(os.listdir(importer.state)) == [".gitignore", "history.db"]


def test_a_history_that_cannot_be_written_is_an_error_here(
    importer: Importer, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def give_up(self: HistoryWriter, _story: RunStory) -> bool:
        return self._give_up("no space left on device")

    monkeypatch.setattr(HistoryWriter, "write", give_up)
    with pytest.raises(UserError) as caught:
        importer(log)
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.severity) == (HISTORY_TROUBLE, Severity.ERROR)
    assert diagnostic.message.endswith("history.db` cannot be written")
    assert (diagnostic.causes, diagnostic.hints) == (("no space left on device",), ())
    assert importer.told == []


def test_damage_that_was_put_right_is_told(
    importer: Importer, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = HistoryWriter.write
    warning = Diagnostic(code=HISTORY_TROUBLE, message="it starts anew", severity=Severity.WARNING)

    def warned(self: HistoryWriter, each: RunStory) -> bool:
        self._warn(warning)
        return write(self, each)

    monkeypatch.setattr(HistoryWriter, "write", warned)
    assert importer(log).added == 2
    assert importer.told == [warning, warning]


def _write(path: Path, *stories: RunStory) -> None:
    troubles: list[Diagnostic] = []
    with open_history(str(path), wall=lambda: 0.0, monotonic=lambda: 0.0, warn=troubles.append) as writer:
        assert all(writer.write(each) for each in stories)
    assert troubles == []
