"""Real processes that start right after others: each has all of its own, and nothing stays behind."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.processes import (
    launch,
    living,
    news_until_ended,
    output_of,
    shell,
    until_ended,
)
from wfopt.engine.clock import SystemClock
from wfopt.engine.executors import local
from wfopt.engine.executors.local import LocalRunner
from wfopt.engine.runner import Ended, Output
from wfopt.model.workflow import StepId


@pytest.fixture
def runner() -> Iterator[LocalRunner]:
    made = LocalRunner({"PATH": os.defpath, "A": "base"}, SystemClock())
    yield made
    made.close()


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_each_part_has_its_own_folder_environment_and_figures(runner: LocalRunner, tmp_path: Path) -> None:
    first = shell(
        "a", "cd /; A=changed; export A; umask 0; x=$(head -c 20000000 /dev/zero | tr '\\0' x); exit 0"
    )
    then = shell("b", 'pwd; echo "$A $B"', cwd=str(tmp_path), env={"B": "own"})
    runner.start(first, [then])
    heard = news_until_ended(runner, "a", "b")
    ended = {news.step: news for news in heard if isinstance(news, Ended)}
    assert output_of(heard, "b") == f"{tmp_path}\nbase own\n".encode()
    assert ended[StepId("a")].peak_memory_bytes > 2 * ended[StepId("b")].peak_memory_bytes
    assert ended[StepId("b")].started_at >= ended[StepId("a")].ended_at


def test_each_part_has_its_own_status_and_captured_output(runner: LocalRunner) -> None:
    then = replace(shell("b", "echo kept; echo seen >&2; exit 3"), capture=True)
    runner.start(launch("a", "true"), [then])
    heard = news_until_ended(runner, "a", "b")
    told = sorted((each.data, each.captured) for each in heard if isinstance(each, Output))
    assert told == [(b"kept\n", True), (b"seen\n", False)]
    codes = [each.exit_code for each in heard if isinstance(each, Ended)]
    assert codes == [0, 3]


def test_much_output_of_the_one_before_comes_first(runner: LocalRunner) -> None:
    runner.start(launch("a", "head", "-c", "300000", "/dev/zero"), [shell("b", "echo b")])
    heard = news_until_ended(runner, "a", "b")
    assert len(output_of(heard, "a")) == 300_000
    assert output_of(heard, "b") == b"b\n"
    names = [news.step for news in heard]
    assert names == sorted(names)


def test_what_ends_late_by_itself_is_waited_for(runner: LocalRunner, tmp_path: Path) -> None:
    first = shell("a", "(sleep 0.05; touch late) & exit 0", cwd=str(tmp_path))
    runner.start(first, [shell("b", "test -e late", cwd=str(tmp_path))])
    ended = until_ended(runner, "a", "b")
    assert ended["a"].next_at is not None
    assert ended["b"].exit_code == 0


def test_what_leaves_processes_behind_hands_nothing_on(runner: LocalRunner) -> None:
    runner.start(shell("a", "sleep 1000 & exit 0"), [launch("b", "true")])
    ended = until_ended(runner, "a")["a"]
    assert (ended.exit_code, ended.left_behind, ended.next_at) == (0, 1, None)


def test_a_long_chain_leaves_no_descriptor_open(runner: LocalRunner) -> None:
    runner.start(launch("warm", "true"))
    until_ended(runner, "warm")
    before = _open_files()
    names = [f"s{number}" for number in range(30)]
    first, *then = [launch(name, "true") for name in names]
    runner.start(first, then)
    until_ended(runner, *names)
    runner.start(launch("a", "false"), [launch(f"t{number}", "true") for number in range(30)])
    until_ended(runner, "a")
    assert _open_files() == before


def test_stopping_what_would_follow_stops_nothing_else(runner: LocalRunner) -> None:
    runner.start(shell("a", "sleep 0.02"), [launch("b", "true")])
    runner.stop(StepId("b"), force=True)
    assert until_ended(runner, "a")["a"].next_at is None


def test_what_followed_can_be_stopped_and_is_known_to_run(runner: LocalRunner) -> None:
    runner.start(launch("a", "true"), [launch("b", "sleep", "1000")])
    assert until_ended(runner, "a")["a"].next_at is not None
    pids = set(runner.alive().leaders.values())
    assert len(pids) == 1
    runner.stop(StepId("b"), force=False)
    assert until_ended(runner, "b")["b"].signal == 15
    assert not living(pids)


def test_an_argument_that_no_process_can_get_is_left_to_its_turn(runner: LocalRunner) -> None:
    runner.start(launch("a", "true"), [launch("b", "echo", "a\0b"), launch("c", "true")])
    assert until_ended(runner, "a")["a"].next_at is None
    runner.start(launch("a", "echo", "a\0b"), [launch("b", "true")])
    assert "NUL" in (until_ended(runner, "a")["a"].error or "")
    assert list(runner.wait(0.02)) == []


def test_without_room_for_pipes_nothing_is_lined_up(
    runner: LocalRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = os.pipe, []

    def pipe() -> tuple[int, int]:
        calls.append(1)
        if len(calls) > 1:
            raise OSError(24, "too many open files")
        return real()

    runner.start(launch("warm", "true"))
    until_ended(runner, "warm")
    monkeypatch.setattr(os, "pipe", pipe)
    runner.start(launch("a", "true"), [launch("b", "true")])
    assert until_ended(runner, "a")["a"].next_at is None


def test_after_a_failure_elsewhere_nothing_follows(runner: LocalRunner, tmp_path: Path) -> None:
    waits = shell("a", "until test -e go; do sleep 0.01; done", cwd=str(tmp_path))
    runner.start(waits, [launch("b", "true")])
    runner.start(launch("bad", "false"))
    until_ended(runner, "bad")
    (tmp_path / "go").touch()
    ended = until_ended(runner, "a")["a"]
    assert (ended.exit_code, ended.next_at) == (0, None)


def test_what_follows_is_told_behind_a_step_whose_output_is_held(
    runner: LocalRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "HELD_S", 0.1)
    os.mkfifo(tmp_path / "wait")
    script = "echo $$ > pid.new; mv pid.new pid; read x < wait"
    then = replace(shell("b", "sleep 1000 & exit 0"), service=True)
    runner.start(shell("a", script, cwd=str(tmp_path)), [then])
    while not (tmp_path / "pid").exists():
        runner.wait(0.01)
    held = os.open(f"/proc/{(tmp_path / 'pid').read_text().strip()}/fd/1", os.O_WRONLY)
    (tmp_path / "wait").write_bytes(b"\n")
    heard = news_until_ended(runner, "a", "b")
    ended = [news for news in heard if isinstance(news, Ended)]
    assert [(each.step, each.output_held, each.serving) for each in ended] == [
        ("a", True, False),
        ("b", False, True),
    ]
    os.close(held)
