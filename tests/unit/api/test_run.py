"""The use case of a run: around the loop stand the lock and the folders."""

import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.builders import step, workflow
from tests.support.runners import FakeClock, FakeRunner
from tests.support.runners import Plan as Script
from tests.support.stages import Stage
from wfopt.api.run import StoppedError
from wfopt.codes import LOCK_UNAVAILABLE, UNREADABLE_FILE, WORKSPACE_BUSY
from wfopt.engine.locking import WorkspaceLock, hold, is_in_use, this_process
from wfopt.errors import Severity, StrategyError, UserError
from wfopt.events import RunFinished, RunStarted
from wfopt.formats.expressions import parse_condition
from wfopt.model.outcome import RunStatus
from wfopt.scheduler.base import Facts, View

OWNER = this_process(run_id="20260131-123005-0a1b2c", started_at=5.5, command="wfopt run a.yml")


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return Stage(tmp_path)


@pytest.fixture
def other(stage: Stage) -> Iterator[WorkspaceLock]:
    """Let another run have the workspace."""
    stage.state.mkdir()
    lock = stage.lock()
    assert lock.try_acquire()
    lock.announce(OWNER)
    yield lock
    lock.release()


def test_a_run_is_told_reported_and_kept(stage: Stage) -> None:
    report = stage.run(workflow("ab", finally_steps=["finally:x"]), {"a": Script(output=b"hi\n")})
    first, last = stage.events[0], stage.events[-1]
    assert first == RunStarted(
        at=0.0,
        run_id=report.run_id,
        started_at=1_700_000_050.0,
        steps=2,
        slots=1,
        strategy="fifo",
    )
    assert last == RunFinished(at=3.0, status=RunStatus.SUCCEEDED)
    assert stage.runs == [report.run_id]
    assert [each.name for each in (stage.state / "runs" / report.run_id).iterdir()] == ["a.log"]
    assert (stage.state / ".gitignore").read_text() == "*\n"
    assert [each.id for each in report.steps] == ["a", "b"]
    assert [each.id for each in report.hooks] == ["finally:x"]
    assert (report.started_at, report.wall_s, report.cpus) == (1_700_000_050.0, 3.0, 1.0)
    assert stage.runner.winding_down
    assert stage.runner.closed


def test_name_of_a_run_is_its_time_and_something_random(stage: Stage) -> None:
    names = [stage.run(workflow([])).run_id]
    stage.runner = FakeRunner(FakeClock(now=50.0))
    names.append(stage.run(workflow([])).run_id)
    assert len(set(names)) == 2
    assert len({name.rpartition("-")[0] for name in names}) == 1


def test_steps_know_the_run_and_its_folders(stage: Stage) -> None:
    report = stage.run(workflow("a"), held="/elsewhere")
    env = stage.runner.launches[0].env
    assert env["WFOPT_RUN_ID"] == report.run_id
    assert env["WFOPT_HELD"] == f"/elsewhere:{os.path.realpath(stage.workspace)}"
    assert env["WFOPT_STEP_OUTPUT"] == str(stage.state / "runs" / report.run_id / "a.values")
    assert stage.runner.launches[0].cwd == str(stage.workspace)


def test_workspace_is_locked_during_the_run_and_others_see_by_whom(stage: Stage) -> None:
    seen: list[object] = []

    def look() -> None:
        owner = stage.lock().owner()
        assert owner is not None
        seen.extend([stage.is_free(), owner.run_id, owner.command, owner.started_at])

    report = stage.run(workflow("a"), {"a": Script(action=look)}, command="wfopt run w.yml")
    assert seen == [False, report.run_id, "wfopt run w.yml", report.started_at]
    assert stage.is_free()
    assert stage.lock().owner() is None


def test_a_run_waits_for_another_one_and_says_so_once(stage: Stage, other: WorkspaceLock) -> None:
    stage.pause = lambda count: other.release() if count == 3 else None
    report = stage.run(workflow("a"))
    assert report.status is RunStatus.SUCCEEDED
    assert len(stage.pauses) == 3
    assert [(each.code, each.severity) for each in stage.messages] == [(WORKSPACE_BUSY, Severity.NOTE)]
    assert OWNER.run_id in stage.messages[0].message


def test_a_run_that_may_not_wait_gives_up(stage: Stage, other: WorkspaceLock) -> None:
    with pytest.raises(UserError) as caught:
        stage.run(workflow("a"), wait=False)
    assert [each.code for each in caught.value.diagnostics] == [WORKSPACE_BUSY]
    assert OWNER.run_id in caught.value.diagnostics[0].message
    assert (stage.pauses, stage.messages, stage.events) == ([], [], [])
    assert not (stage.state / "runs").exists()
    assert stage.runner.closed
    assert not stage.is_free()
    assert stage.lock().owner() == OWNER


def test_a_signal_ends_the_waiting(stage: Stage, other: WorkspaceLock) -> None:
    stage.pause = lambda count: stage.interrupts.numbers.append(15) if count == 2 else None
    with pytest.raises(StoppedError) as caught:
        stage.run(workflow("a"))
    assert caught.value.number == 15
    assert len(stage.pauses) == 2
    assert (stage.runner.started, stage.events, stage.runner.closed) == ([], [], True)
    assert not stage.is_free()


def test_a_nested_run_goes_on_under_the_lock_of_the_one_around_it(stage: Stage, other: WorkspaceLock) -> None:
    held = f"/elsewhere:{os.path.realpath(stage.workspace)}"
    report = stage.run(workflow("a"), held=held, wait=False)
    assert report.status is RunStatus.SUCCEEDED
    assert stage.messages == []
    assert stage.runner.launches[0].env["WFOPT_HELD"] == held
    assert stage.lock().owner() == OWNER
    assert other.held


def test_a_workspace_that_cannot_be_locked_is_used_with_a_warning(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(fd: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    make_runs(stage, PAST)
    assert stage.run(workflow("a")).status is RunStatus.SUCCEEDED
    assert [(each.code, each.severity) for each in stage.messages] == [(LOCK_UNAVAILABLE, Severity.WARNING)]
    assert stage.runs == PAST


def test_a_state_folder_that_cannot_be_written(stage: Stage) -> None:
    stage.state.touch()
    with pytest.raises(UserError) as caught:
        stage.run(workflow("a"))
    (message,) = caught.value.diagnostics
    assert message.code is UNREADABLE_FILE
    assert message.hints == ("name another one with `--state-dir`",)
    assert stage.runner.closed
    assert stage.is_free()


def test_gitignore_of_the_user_stays(stage: Stage) -> None:
    stage.state.mkdir()
    (stage.state / ".gitignore").write_text("mine\n")
    stage.run(workflow([]))
    assert (stage.state / ".gitignore").read_text() == "mine\n"


def make_runs(stage: Stage, names: list[str]) -> None:
    for kind in ("runs", "trash"):
        for name in names:
            (stage.state / kind / name / "deep").mkdir(parents=True)


PAST = ["20200101-000000-aaaaaa", "20210101-000000-aaaaaa", "29990101-000000-aaaaaa"]


def test_old_runs_are_forgotten(stage: Stage) -> None:
    make_runs(stage, PAST)
    report = stage.run(workflow("a"), {"a": Script(output=b"hi")})
    assert stage.runs == sorted([PAST[2], report.run_id])
    assert os.listdir(stage.state / "trash") == [PAST[2]]
    assert (stage.state / "runs" / report.run_id / "a.log").exists()


def test_runs_that_go_on_are_not_forgotten(stage: Stage, other: WorkspaceLock) -> None:
    make_runs(stage, PAST)
    around = hold(str(stage.state / "runs" / PAST[1]))
    assert around is not None
    stage.run(workflow("a"), held=os.path.realpath(stage.workspace))
    assert stage.runs == PAST[1:]
    os.close(around)


def test_a_run_without_output_leaves_no_folder(stage: Stage) -> None:
    stage.run(workflow("a"))
    assert stage.runs == []


def test_a_run_keeps_its_own_folder_in_use_until_its_end(stage: Stage) -> None:
    seen: list[bool] = []
    run_folder = stage.state / "runs"
    script = Script(action=lambda: seen.append(is_in_use(str(next(run_folder.iterdir())))))
    report = stage.run(workflow("a"), {"a": script})
    assert seen == [True]
    assert not is_in_use(str(run_folder / report.run_id))


@pytest.mark.parametrize(
    ("signals", "started"), [([2], ["finally:x"]), ([2, 2], []), ([], ["on-failure:x", "finally:x"])]
)
def test_signals_that_came_before_anything_ran(stage: Stage, signals: list[int], started: list[str]) -> None:
    bad = step("a", condition=parse_condition("1 < 'x'"))
    stage.interrupts.numbers += signals
    report = stage.run(workflow([bad], on_failure=["on-failure:x"], finally_steps=["finally:x"]))
    assert stage.runner.started == started
    assert report.signal == (2 if signals else None)
    assert report.status is (RunStatus.CANCELLED if signals else RunStatus.FAILED)


def test_everything_is_given_back_after_a_fault(stage: Stage) -> None:
    class Wild:
        name = "wild"

        def ranks(self, facts: Facts) -> list[float]:
            return [0.0] * len(facts.dag)

        def pick(self, view: View) -> list[int]:
            return [1]

    scripts = {"a": Script(output=b"x")}
    with pytest.raises(StrategyError):
        stage.run(workflow("ab", [("a", "b")]), scripts, strategy=Wild())
    assert stage.runner.closed
    assert stage.is_free()
