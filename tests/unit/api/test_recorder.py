"""When a run is written to the history, where, and what happens if that fails."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pytest

from tests.support.history import not_started, past_attempt, past_run, story
from tests.support.runners import FakeClock
from wfopt.api import recorder as module
from wfopt.api.recorder import FLUSH_S, HISTORY, Recorder
from wfopt.codes import HISTORY_TROUBLE
from wfopt.dataclass import replace
from wfopt.errors import Diagnostic, Severity
from wfopt.events import (
    Event,
    RunFinished,
    RunStarted,
    StepFinished,
    StepOutput,
    StepSkipped,
    StepStarted,
)
from wfopt.metrics.collect import Collector
from wfopt.metrics.keep import USUAL_KEEP, Keep
from wfopt.metrics.store import HistoryWriter, read_history
from wfopt.model.history import Ending, RunStory, Scope
from wfopt.model.outcome import RunStatus, StepOutcome, StepStatus
from wfopt.model.workflow import StepId

A = StepId("a")
STORY = story(past_run("r1"), [past_attempt("a")])
STARTED = StepStarted(at=1.0, step=A, reason="never ran")
SPOOL = "history.spool"


@dataclass(slots=True)
class Bench:
    """A recorder of a run on a clock of choice.

    Attributes:
        folder: the state folder.
        clock: tells the time.
        told: what was said.
        flushed: after how many seconds the run so far was put together, each time.
        costs_s: how long that takes.
    """

    folder: Path
    clock: FakeClock = field(default_factory=FakeClock)
    told: list[Diagnostic] = field(default_factory=list)
    flushed: list[float] = field(default_factory=list)
    costs_s: float = 0.0

    def recorder(self, keep: Keep | None = USUAL_KEEP) -> Recorder:
        return Recorder(
            folder=str(self.folder),
            keep=keep,
            clock=self.clock,
            tell=self.told.append,
            collector=Collector(),
            unfinished=self._unfinished,
        )

    def _unfinished(self, wall_s: float) -> RunStory:
        self.flushed.append(wall_s)
        self.clock.advance(self.costs_s)
        run = replace(STORY.run, ending=Ending.UNFINISHED, exit_code=None, wall_s=wall_s)
        return replace(STORY, run=run)

    @property
    def endings(self) -> dict[str, Ending]:
        """How the runs of the history ended."""
        with read_history(str(self.folder / HISTORY)) as history:
            return {run.run_id: run.ending for run in history.runs(Scope())}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def finished(at: float, step: StepId = A) -> StepFinished:
    outcome = StepOutcome(status=StepStatus.SUCCEEDED, reason="", exit_code=0)
    return StepFinished(at=at, step=step, outcome=outcome)


def test_a_short_run_is_written_once_at_its_end(bench: Bench) -> None:
    recorder = bench.recorder()
    for event in (STARTED, finished(FLUSH_S - 0.1)):
        recorder(event)
    assert os.listdir(bench.folder) == []
    recorder.finish(STORY)
    assert (bench.flushed, bench.endings, bench.told) == ([], {"r1": Ending.SUCCEEDED}, [])


def test_a_long_run_is_written_every_five_seconds(bench: Bench) -> None:
    recorder = bench.recorder()
    recorder(STARTED)
    for at in (4.9, 5.0, 5.1, 9.9, 10.0, 17.0, 21.9, 22.0):
        recorder(finished(at))
    assert bench.flushed == [5.0, 10.0, 17.0, 22.0]
    assert bench.endings == {"r1": Ending.UNFINISHED}
    recorder.finish(STORY)
    assert bench.endings == {"r1": Ending.SUCCEEDED}
    assert bench.told == []


@pytest.mark.parametrize(
    ("costs_s", "moments"),
    [
        (0.05, [5.0, 10.0, 15.0]),
        # A hundredth of the time at most.
        (0.1, [5.0, 15.0, 25.0]),
        (2.0, [5.0, 205.0, 405.0]),
    ],
)
def test_writing_that_takes_long_is_done_less_often(
    costs_s: float, moments: list[float], bench: Bench
) -> None:
    bench.costs_s = costs_s
    recorder = bench.recorder()
    recorder(STARTED)
    for second in range(1, int(moments[-1]) + 1):
        recorder(finished(float(second)))
    assert bench.flushed == moments


@pytest.mark.parametrize(
    "event",
    [
        StepOutput(at=60.0, step=A, data=b"x"),
        RunStarted(at=60.0, run_id="r1", started_at=1.0, steps=1, slots=1, strategy="fifo"),
        RunFinished(at=60.0, status=RunStatus.SUCCEEDED),
    ],
)
def test_what_says_nothing_about_steps_is_no_occasion_to_write(event: Event, bench: Bench) -> None:
    recorder = bench.recorder()
    recorder(STARTED)
    recorder(event)
    assert (bench.flushed, os.listdir(bench.folder)) == ([], [])


def test_what_is_got_ready_is_written_and_let_go_of(bench: Bench) -> None:
    bench.recorder().finish(STORY)
    recorder = bench.recorder()
    recorder(STARTED)
    recorder.get_ready()
    recorder.get_ready()
    opened = {name for name in os.listdir(bench.folder) if name.startswith(HISTORY)}
    assert opened == {HISTORY, f"{HISTORY}-shm", f"{HISTORY}-wal"}
    now = (bench.folder / "history.shapes").stat().st_mtime
    recorder.finish(story(past_run("r2", started_at=now), [past_attempt("a")]))
    assert [name for name in os.listdir(bench.folder) if name.startswith(HISTORY)] == [HISTORY]
    assert not (bench.folder / SPOOL).exists()
    assert (bench.endings, bench.told) == (dict.fromkeys(("r1", "r2"), Ending.SUCCEEDED), [])


def test_no_history_is_made_before_there_is_something_to_write(bench: Bench) -> None:
    recorder = bench.recorder()
    recorder.get_ready()
    assert os.listdir(bench.folder) == []
    bench.recorder(keep=None).get_ready()
    assert os.listdir(bench.folder) == []


def test_what_was_got_ready_for_nothing_is_let_go_of(bench: Bench) -> None:
    bench.recorder().finish(STORY)
    recorder = bench.recorder()
    recorder.get_ready()
    recorder(StepSkipped(at=0.1, step=A, reason="no"))
    recorder.finish(cached(1))
    assert not (bench.folder / f"{HISTORY}-wal").exists()


def test_everything_is_collected(bench: Bench) -> None:
    recorder = bench.recorder()
    recorder(StepSkipped(at=0.1, step=StepId("b"), reason="no"))
    assert recorder.collector.nothing_ran
    recorder(STARTED)
    assert not recorder.collector.nothing_ran


def cached(number: int) -> RunStory:
    return story(past_run(f"c{number}"), [not_started("a")], steps=["a"])


def test_a_run_in_which_nothing_was_started_goes_to_the_spool(bench: Bench) -> None:
    first = bench.recorder()
    first(STARTED)
    first.finish(STORY)
    before = (bench.folder / HISTORY).read_bytes()
    for number in (1, 2):
        recorder = bench.recorder()
        recorder(StepSkipped(at=0.1, step=A, reason="no"))
        recorder.finish(cached(number))
    assert (bench.folder / HISTORY).read_bytes() == before
    assert (bench.folder / SPOOL).read_bytes().count(b"up to date") == 2
    assert bench.endings == dict.fromkeys(("r1", "c1", "c2"), Ending.SUCCEEDED)


def test_so_does_one_in_which_little_was_started(bench: Bench) -> None:
    bench.recorder().finish(STORY)
    before = (bench.folder / HISTORY).read_bytes()
    now = (bench.folder / "history.shapes").stat().st_mtime
    for number in (1, 2):
        recorder = bench.recorder()
        recorder(STARTED)
        recorder.finish(story(past_run(f"r{number + 1}", started_at=now), [past_attempt("a")]))
    assert (bench.folder / HISTORY).read_bytes() == before
    assert (bench.folder / SPOOL).exists()
    assert bench.endings == dict.fromkeys(("r1", "r2", "r3"), Ending.SUCCEEDED)
    assert not (bench.folder / SPOOL).exists()


def test_the_first_such_run_goes_to_the_database(bench: Bench) -> None:
    bench.recorder().finish(cached(1))
    assert not (bench.folder / SPOOL).exists()
    assert bench.endings == {"c1": Ending.SUCCEEDED}


def test_so_does_one_that_was_written_while_it_went_on(bench: Bench) -> None:
    bench.recorder().finish(cached(0))
    recorder = bench.recorder()
    # What comes back from the cache may take long, too.
    recorder(finished(6.0))
    recorder.finish(replace(cached(1), run=replace(STORY.run, exit_code=1)))
    assert not (bench.folder / SPOOL).exists()
    assert bench.endings == {"c0": Ending.SUCCEEDED, "r1": Ending.SUCCEEDED}


def test_a_run_that_is_not_to_be_remembered_writes_nothing(bench: Bench) -> None:
    recorder = bench.recorder(keep=None)
    recorder(STARTED)
    recorder(finished(60.0))
    assert not recorder.collector.nothing_ran
    recorder.finish(STORY)
    assert (bench.flushed, os.listdir(bench.folder), bench.told) == ([], [], [])


def test_old_runs_go_at_the_end_of_a_run_and_not_before(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    write, tidy = HistoryWriter.write, HistoryWriter.tidy

    def written(self: HistoryWriter, told: RunStory) -> bool:
        calls.append("write")
        return write(self, told)

    def tidied(self: HistoryWriter) -> bool:
        calls.append("tidy")
        return tidy(self)

    monkeypatch.setattr(HistoryWriter, "write", written)
    monkeypatch.setattr(HistoryWriter, "tidy", tidied)
    recorder = bench.recorder()
    recorder(STARTED)
    recorder(finished(5.0))
    assert calls == ["write"]
    recorder.finish(STORY)
    assert calls == ["write", "write", "tidy"]


def test_what_is_kept_is_handed_on(bench: Bench) -> None:
    for number in range(3):
        run = past_run(f"r{number}", started_at=1_000.0 + number)
        recorder = bench.recorder(Keep(days=3.0, rows=None, runs=1))
        recorder(STARTED)
        recorder.finish(story(run, [past_attempt("a")]))
        # So that it is time to tidy up again.
        bench.clock.advance(2 * 86_400.0)
    assert list(bench.endings) == ["r2"]


def test_a_history_that_cannot_be_written_is_told_once(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    bench.folder = tmp_path / "file"
    recorder = bench.recorder()
    recorder(STARTED)
    for at in (5.0, 10.0, 15.0):
        recorder(finished(at))
    recorder.finish(STORY)
    (told,) = bench.told
    assert (told.code, told.severity) == (HISTORY_TROUBLE, Severity.WARNING)
    assert told.message == f"the history `{bench.folder / HISTORY}` cannot be written"
    assert bench.flushed == [5.0, 10.0, 15.0]


def test_what_could_not_be_written_at_first_is_written_at_the_end(bench: Bench, tmp_path: Path) -> None:
    blocked = tmp_path / "state"
    blocked.touch()
    bench.folder = blocked
    recorder = bench.recorder()
    recorder(STARTED)
    recorder(finished(5.0))
    blocked.unlink()
    recorder.finish(STORY)
    assert len(bench.told) == 1
    assert bench.endings == {"r1": Ending.SUCCEEDED}


def test_a_damaged_history_starts_anew_and_that_is_told_once(bench: Bench) -> None:
    (bench.folder / HISTORY).write_bytes(b"no database" * 1000)
    recorder = bench.recorder()
    recorder(STARTED)
    for at in (5.0, 10.0):
        recorder(finished(at))
    recorder.finish(STORY)
    (told,) = bench.told
    assert told.message == f"the history `{bench.folder / HISTORY}` is damaged; it starts anew"
    assert bench.endings == {"r1": Ending.SUCCEEDED}
    assert any(".damaged-" in name for name in os.listdir(bench.folder))


def test_different_troubles_are_all_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    messages = iter(["one", "one", "two"])

    class Writer:
        def __init__(self, _path: str, *, warn: object, **_more: object) -> None:
            assert callable(warn)
            warn(Diagnostic(code=HISTORY_TROUBLE, message=next(messages)))

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_error: object) -> None: ...

        def write(self, _story: RunStory) -> bool:
            return False

        def tidy(self) -> bool:
            return False

        def close(self) -> None: ...

    monkeypatch.setattr("wfopt.metrics.store.open_history", Writer)
    recorder = bench.recorder()
    recorder(STARTED)
    recorder(finished(5.0))
    recorder(finished(10.0))
    recorder.finish(STORY)
    assert [each.message for each in bench.told] == ["one", "two"]


def test_the_database_is_not_loaded_before_it_is_needed() -> None:
    assert "sqlite3" not in vars(module)
    assert "open_history" not in vars(module)
