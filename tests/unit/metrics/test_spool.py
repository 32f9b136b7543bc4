"""The spool keeps runs in which little was started, without the database."""

from __future__ import annotations

import fcntl
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.faults import FaultyOs
from tests.support.history import not_started, past_attempt, past_run, story
from wfopt.errors import Diagnostic
from wfopt.metrics import spool
from wfopt.metrics.encoding import unsqueeze
from wfopt.metrics.keep import TIDY_EVERY_S
from wfopt.metrics.spool import append, known_shapes, note_shapes, read, take, waiting
from wfopt.metrics.store import open_history, read_history
from wfopt.model.effects import Effects, Traced
from wfopt.model.history import Ending, RunStory, Sample, Scope
from wfopt.model.outcome import Enforcer, LimitHit, LimitKind, StepStatus
from wfopt.model.workflow import StepId

LIMIT = LimitHit(kind=LimitKind.TIMEOUT, limit=1.0, observed=1.5, enforced_by=Enforcer.WATCHDOG)
TRACED = Traced(step=StepId("step-1"), fingerprint="f", effects=Effects())
STEPS = tuple(f"step-{number}" for number in range(1000))


def fail(said: Diagnostic) -> None:
    raise AssertionError(said)


def idle(run_id: str = "idle") -> RunStory:
    return story(past_run(run_id, peak_memory_bytes=None), map(not_started, STEPS))


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """Return the folder of a history that has the graph of `idle`."""
    path = str(tmp_path / "history.db")
    with open_history(path, wall=lambda: 0.0, monotonic=lambda: 0.0, warn=fail) as history:
        assert history.write(replace(idle(), run=past_run("first")))
    return str(tmp_path)


def spooled(folder: str) -> list[str]:
    return [each.run_id for path in waiting(folder) for each in read(path)[0]]


def test_a_line_is_short_whatever_the_number_of_steps(folder: str) -> None:
    assert append(folder, idle())
    assert append(folder, idle("idle-2"))
    assert spooled(folder) == ["idle", "idle-2"]
    assert os.path.getsize(os.path.join(folder, "history.spool")) < 2 * 700


@pytest.mark.parametrize(
    "told",
    [
        story("ran", [*map(not_started, STEPS[17:]), *map(past_attempt, STEPS[:17])], steps=STEPS),
        story("hook", [*map(not_started, STEPS), not_started("finally:clean")]),
        replace(story("traced", map(not_started, STEPS)), traces=(TRACED,)),
        story("sampled", map(not_started, STEPS), samples=[Sample(0.0, 1.0, 1, 1)]),
        story("printed", map(not_started, STEPS), printed={STEPS[0]: "x"}),
        story("other graph", map(not_started, STEPS), edges=[(0, 1)]),
        story("impossible graph", map(not_started, STEPS), edges=[(0, 1 << 70)]),
        story(past_run("impossible time", started_at=float("nan")), map(not_started, STEPS)),
    ],
)
def test_what_does_not_fit_goes_to_the_database(folder: str, told: RunStory) -> None:
    assert not append(folder, told)
    assert waiting(folder) == []


def test_steps_may_end_in_any_way_and_order(folder: str) -> None:
    attempts = [not_started(step) for step in reversed(STEPS)]
    attempts[3] = not_started(STEPS[-4], StepStatus.SKIPPED, "its condition is false")
    told = story(past_run("mixed", ending=Ending.CANCELLED), attempts[1:], steps=STEPS)
    assert append(folder, told)
    ((found,), damaged) = read(waiting(folder)[0])
    assert not damaged
    ended = unsqueeze(found.packed.details)["plain"]
    assert [each[0] for each in ended] == [2, 4, 2, 0]
    assert [each[3] for each in ended] == [996, 1, 2, 1]


def tidied(folder: str, told: RunStory, after_s: float = 0.0) -> RunStory:
    """Have a run end so many seconds after the database was tidied up."""
    when = told.run.started_at + told.run.wall_s - after_s
    os.utime(os.path.join(folder, "history.shapes"), (when, when))
    return told


def few(run_id: str = "few") -> RunStory:
    """Return a run with retries, sizes, a limit, and a step that was not to be started."""
    attempts = [
        *(not_started(step) for step in reversed(STEPS[4:])),
        not_started(STEPS[3])._replace(attempt=1, status=StepStatus.FAILED, reason="no such program"),
        past_attempt(STEPS[2], status=StepStatus.FAILED, key="k" * 64, peak_memory_bytes=77, read_bytes=5),
        not_started(STEPS[1], StepStatus.CANCELLED, "step-2 failed"),
        past_attempt(STEPS[2], 0.5, attempt=2, started_s=2.0, limit=LIMIT, critical=True),
        past_attempt(STEPS[0], 0.25, cpu_s=0.125)._replace(sizes={"genome": 7.0}),
    ]
    return story(past_run(run_id, ending=Ending.FAILED, peak_memory_bytes=88), attempts, steps=STEPS)


def test_a_run_of_few_attempts_is_kept_as_the_database_keeps_it(folder: str) -> None:
    assert append(folder, tidied(folder, few()))
    path = os.path.join(folder, "history.db")
    assert spooled(folder) == ["few"]
    with open_history(path, wall=lambda: 0.0, monotonic=lambda: 0.0, warn=fail) as history:
        assert history.write(few("direct"))
    with read_history(path) as history:
        assert [run.run_id for run in history.runs(Scope())] == ["first", "few", "direct"]
        assert history.story("few") == few()
        assert history.story("direct") == few("direct")


@pytest.mark.parametrize(
    ("after_s", "taken"),
    [(0.0, True), (TIDY_EVERY_S - 1, True), (TIDY_EVERY_S + 1, False), (-2 * TIDY_EVERY_S, False)],
)
def test_such_a_run_goes_to_the_database_when_that_is_to_be_tidied_up(
    folder: str, after_s: float, taken: bool
) -> None:
    assert append(folder, tidied(folder, few(), after_s)) == taken


def test_as_many_attempts_fit_as_take_no_time(folder: str) -> None:
    ran = [past_attempt(step) for step in STEPS[: spool.MOST_STARTED]]
    most = story("most", [*ran, *map(not_started, STEPS[len(ran) :])], steps=STEPS)
    assert append(folder, tidied(folder, most))
    assert os.path.getsize(os.path.join(folder, "history.spool")) < 8192


def test_a_line_of_another_database_leaves_the_run_as_a_whole(folder: str) -> None:
    assert append(folder, tidied(folder, few()))
    path = os.path.join(folder, "history.db")
    os.unlink(path)
    with open_history(path, wall=lambda: 0.0, monotonic=lambda: 0.0, warn=fail) as history:
        assert history.open()
    with read_history(path) as history:
        told = history.story("few")
    assert told is not None
    assert (told.run, told.attempts) == (few().run, ())


def test_nothing_is_spooled_for_another_database(folder: str) -> None:
    os.rename(os.path.join(folder, "history.db"), os.path.join(folder, "old"))
    assert not append(folder, idle())
    Path(folder, "history.db").write_bytes(b"")
    assert not append(folder, idle())


def test_few_graphs_are_remembered(folder: str) -> None:
    hashes = [bytes([number]) * 12 for number in range(100)]
    note_shapes(folder, hashes)
    assert known_shapes(folder) == hashes[-spool.MOST_SHAPES :]
    Path(folder, "history.shapes").write_bytes(b"short")
    assert known_shapes(folder) == []


def test_a_full_spool_takes_nothing(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert append(folder, idle())
    monkeypatch.setattr(spool, "MOST_SPOOL_BYTES", 500)
    assert not append(folder, idle("idle-2"))
    assert spooled(folder) == ["idle"]


def test_a_spool_that_somebody_holds_takes_nothing(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "_PAUSE_S", 0.0)
    with Path(folder, "history.spool").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert not append(folder, idle())
        with pytest.raises(OSError, match="another process"):
            read(waiting(folder)[0])


def test_a_spool_that_is_put_aside_gets_nothing_more(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lock, aside = fcntl.flock, []

    def put_aside_first(fd: int, kind: int) -> None:
        lock(fd, kind)
        if len(aside) < 2:
            aside.append(take(folder) if not aside else os.unlink(os.path.join(folder, "history.spool")))

    monkeypatch.setattr(spool.fcntl, "flock", put_aside_first)
    assert append(folder, idle())
    assert [len(read(path)[0]) for path in waiting(folder)] == [0, 1]


def test_a_spool_that_is_always_put_aside_is_given_up(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "_stands_there", lambda *_arguments: False)
    assert not append(folder, idle())


def test_a_line_that_does_not_fit_on_the_disk_leaves_nothing(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert append(folder, idle())
    write = os.write
    with monkeypatch.context() as patch:
        patch.setattr(spool.os, "write", lambda fd, line: write(fd, line[:100]))
        assert not append(folder, idle("idle-2"))
    assert append(folder, idle("idle-3"))
    assert read(waiting(folder)[0])[1] == 0
    assert spooled(folder) == ["idle", "idle-3"]


def test_a_line_behind_one_that_was_cut_off_counts(folder: str) -> None:
    assert append(folder, idle())
    path = Path(folder, "history.spool")
    path.write_bytes(path.read_bytes()[:-20])
    assert append(folder, idle("idle-2"))
    found, damaged = read(str(path))
    assert ([each.run_id for each in found], damaged) == (["idle-2"], 1)


def test_every_flipped_bit_is_noticed(folder: str) -> None:
    assert append(folder, idle())
    path = Path(folder, "history.spool")
    content = path.read_bytes()
    for bit in range(8, 8 * (len(content) - 1), 7):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        assert read(str(path))[0] == []


def test_a_sealed_line_of_another_form_is_damaged(folder: str) -> None:
    for text in (b"[1]", b"{", b'["a","b","c",[1,2,3],"xx",0,[],"","",[]]'):
        with Path(folder, "history.spool").open("ab") as file:
            file.write(b"%b %b\n" % (spool._seal(text), text))
    assert read(waiting(folder)[0]) == ([], 3)


def test_what_is_gone_has_no_runs(folder: str) -> None:
    assert read(os.path.join(folder, "history.spool-1.fold")) == ([], 0)


def test_a_spool_that_is_no_file_takes_nothing(folder: str) -> None:
    path = os.path.join(folder, "history.spool")
    os.mkfifo(path)
    assert not append(folder, idle())
    assert read(path) == ([], 0)
    os.unlink(path)
    os.symlink("elsewhere", path)
    assert not append(folder, idle())
    assert not Path(folder, "elsewhere").exists()


@pytest.mark.parametrize("fails_at", range(1, 8))
def test_trouble_with_the_disk_goes_to_the_database(
    folder: str, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    faulty = FaultyOs(fails_at, 28)
    with monkeypatch.context() as patch:
        faulty.install(patch, spool)
        kept = append(folder, idle())
    assert kept == (not faulty.failed)
