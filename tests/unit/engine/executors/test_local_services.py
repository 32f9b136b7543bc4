"""Services as real processes: they go on when their step has ended, and nothing of them survives the run."""

from __future__ import annotations

import functools
import os
import select
import signal
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.processes import (
    AWKWARD_KINDS,
    awkward,
    launch,
    living,
    news_until_ended,
    output_of,
    pids_in,
    pids_of_killed,
    shell,
    until_ended,
    until_output,
    until_service_ended,
)
from wfopt.engine.clock import SystemClock
from wfopt.engine.executors import local
from wfopt.engine.executors.local import LocalRunner
from wfopt.engine.runner import Ended, Launch, Output, ServiceEnded
from wfopt.engine.spawner import Spawner
from wfopt.errors import SpawnerError
from wfopt.model.workflow import StepId

BASE = {"PATH": os.defpath}
ROOT = Path(__file__).parents[4]
A = StepId("a")


@pytest.fixture
def runner() -> Iterator[LocalRunner]:
    made = LocalRunner(BASE, SystemClock())
    yield made
    made.close()


def _service(script: str, cwd: str = "/") -> Launch:
    return replace(shell("a", script, cwd=cwd), service=True)


def _serve(runner: LocalRunner, step: Launch) -> set[int]:
    """Start a service; return the pids that it printed before its step ended."""
    runner.start(step)
    heard = news_until_ended(runner, "a")
    ended = heard[-1]
    assert isinstance(ended, Ended)
    assert (ended.exit_code, ended.serving, ended.left_behind, ended.output_held) == (0, True, 0, False)
    assert ended.ended_at - ended.started_at < 1
    pids = pids_in(output_of(heard, "a"))
    assert living(pids) == pids
    return pids


def test_the_step_is_over_while_the_service_goes_on(runner: LocalRunner) -> None:
    before = SystemClock().now()
    pids = _serve(runner, _service("sleep 1000 & echo $!"))
    assert SystemClock().now() - before < 1
    assert len(pids) == 1
    assert list(runner.wait(0.15)) == []
    assert living(pids) == pids
    runner.stop(A, force=False)
    assert until_service_ended(runner, "a") == [ServiceEnded(A)]
    assert living(pids) == set()


@pytest.mark.parametrize("capture", [True, False])
def test_what_a_service_writes_is_heard_after_the_end_of_its_step(
    runner: LocalRunner, tmp_path: Path, capture: bool
) -> None:
    os.mkfifo(tmp_path / "go")
    script = "(exec < go; read line; echo $line; echo oops >&2; read line; echo $line) & echo $!"
    _serve(runner, replace(_service(script, str(tmp_path)), capture=capture))
    go = os.open(tmp_path / "go", os.O_WRONLY)
    os.write(go, b"one\n")
    assert until_output(runner, "a", b"one\n" if capture else b"oops\n").startswith(b"one\n")
    os.write(go, b"two\n")
    os.close(go)
    *heard, last = until_service_ended(runner, "a")
    assert last == ServiceEnded(A)
    two = [each for each in heard if isinstance(each, Output) and each.data == b"two\n"]
    assert [each.captured for each in two] == [capture]


def test_a_service_may_close_its_output(runner: LocalRunner) -> None:
    runner.start(_service("sleep 1000 >/dev/null 2>&1 & :"))
    assert until_ended(runner, "a")["a"].serving
    runner.stop(A, force=False)
    until_service_ended(runner, "a")


@pytest.mark.parametrize(("term", "force"), [("obey", False), ("ignore", True)])
def test_stops_all_of_a_service(runner: LocalRunner, term: str, force: bool) -> None:
    pids = _serve(runner, replace(launch("a", *awkward(*AWKWARD_KINDS, term=term)), service=True))
    assert len(pids) == 7
    runner.stop(A, force=force)
    until_service_ended(runner, "a")
    assert living(pids) == set()


def test_asking_leaves_a_service_time_until_it_is_forced(runner: LocalRunner) -> None:
    pids = _serve(runner, _service("trap '' TERM; sleep 1000 & echo $!"))
    runner.stop(A, force=False)
    assert list(runner.wait(0.15)) == []
    assert living(pids) == pids
    runner.stop(A, force=True)
    until_service_ended(runner, "a")
    assert living(pids) == set()


def test_hears_of_the_end_of_a_service_that_dies(runner: LocalRunner) -> None:
    (pid,) = _serve(runner, _service("sleep 1000 & echo $!"))
    os.kill(pid, signal.SIGKILL)
    assert until_service_ended(runner, "a") == [ServiceEnded(A)]


def test_a_service_lives_as_long_as_any_of_its_processes(runner: LocalRunner) -> None:
    first, last = sorted(_serve(runner, _service("sleep 1000 & echo $!; setsid sleep 1000 & echo $!")))
    os.kill(first, signal.SIGKILL)
    assert list(runner.wait(0.05)) == []
    os.kill(last, signal.SIGKILL)
    until_service_ended(runner, "a")


@pytest.mark.parametrize(("end", "signum"), [("exit 3", None), ("kill -9 $$", 9)])
def test_a_service_that_fails_is_ended(runner: LocalRunner, end: str, signum: int | None) -> None:
    runner.start(_service(f"sleep 1000 & echo $!; {end}"))
    heard = news_until_ended(runner, "a")
    ended = heard[-1]
    assert isinstance(ended, Ended)
    assert (ended.exit_code, ended.signal) == (3 if signum is None else None, signum)
    assert (ended.serving, ended.left_behind) == (False, 1)
    assert living(pids_in(output_of(heard, "a"))) == set()


def test_a_service_that_is_stopped_while_it_starts_is_ended(runner: LocalRunner) -> None:
    # The pid comes from a shell of its own, which has no trap that could swallow the signal.
    runner.start(_service("trap 'exit 0' TERM; sh -c 'echo $$; exec sleep 1000' & wait"))
    pids = pids_in(until_output(runner, "a", b"\n"))
    runner.stop(A, force=False)
    ended = until_ended(runner, "a")["a"]
    assert (ended.exit_code, ended.serving, ended.left_behind) == (0, False, 0)
    assert living(pids) == set()


def test_a_stop_that_crosses_the_end_of_the_step_ends_the_service(runner: LocalRunner) -> None:
    runner.start(_service("sleep 1000 & echo $!"))
    assert runner._spawner is not None
    stream = runner._spawner._stream
    said = b""
    while b"finished" not in said:
        assert select.select([stream], [], [], 20)[0]
        said = stream.recv(4096, socket.MSG_PEEK)
    runner.stop(A, force=False)
    heard = news_until_ended(runner, "a")
    ended = heard[-1]
    assert isinstance(ended, Ended)
    assert (ended.exit_code, ended.serving) == (0, False)
    assert living(pids_in(output_of(heard, "a"))) == set()
    assert list(runner.wait(0)) == []


def test_what_other_steps_leave_behind_is_ended_beside_a_service(runner: LocalRunner) -> None:
    pids = _serve(runner, replace(launch("a", *awkward("plain", "session", "clean")), service=True))
    runner.start(launch("b", *awkward(*AWKWARD_KINDS[:6])))
    heard = news_until_ended(runner, "b")
    ended = heard[-1]
    assert isinstance(ended, Ended)
    assert ended.left_behind == 6
    assert living(pids_in(output_of(heard, "b"))) == set()
    assert living(pids) == pids


def test_closing_ends_services(runner: LocalRunner) -> None:
    pids = _serve(runner, replace(launch("a", *awkward(*AWKWARD_KINDS, term="ignore")), service=True))
    runner.close()
    assert living(pids) == set()


def test_the_death_of_the_spawner_ends_services(runner: LocalRunner) -> None:
    pids = _serve(runner, _service("sleep 1000 & echo $!"))
    assert runner._spawner is not None
    os.kill(runner._spawner.pid, signal.SIGKILL)
    with pytest.raises(SpawnerError, match="signal 9"):
        runner.wait(20)
    assert living(pids) == set()


_GROUPS_ONLY = """
import ctypes, os
if os.fork():
    # Instead of the system's first process, which may take its time to wait for orphans.
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    os.close(int(sys.argv[1]))
    try:
        while True:
            os.wait()
    except ChildProcessError:
        sys.exit()

from wfopt.engine.spawning import setup
from wfopt.engine.spawning.family import Groups
setup._find_family = Groups
sys.exit(setup.run(int(sys.argv[1])))
"""


@pytest.fixture
def grouping(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalRunner]:
    """A runner whose spawner knows process groups only."""
    program = f"import sys; sys.path.append({str(ROOT)!r})" + _GROUPS_ONLY
    command = (sys.executable, "-I", "-S", "-c", program)
    monkeypatch.setattr(local, "Spawner", functools.partial(Spawner, command=command))
    made = LocalRunner(BASE, SystemClock())
    yield made
    made.close()


@pytest.mark.parametrize("force", [True, False])
def test_process_groups_serve_elsewhere(grouping: LocalRunner, force: bool) -> None:
    pids = _serve(grouping, _service("sleep 1000 & echo $!"))
    grouping.stop(A, force=force)
    until_service_ended(grouping, "a")
    assert living(pids) == set()


def test_looks_now_and_then_whether_a_process_group_still_serves(grouping: LocalRunner) -> None:
    (pid,) = _serve(grouping, _service("sleep 1000 & echo $!"))
    os.kill(pid, signal.SIGKILL)
    until_service_ended(grouping, "a")


_PROGRAM = """
import os, sys
from dataclasses import replace
from tests.support.processes import AWKWARD_KINDS, awkward, launch
from wfopt.engine.clock import SystemClock
from wfopt.engine.executors.local import LocalRunner
from wfopt.engine.runner import Ended

runner = LocalRunner({"PATH": os.defpath}, SystemClock())
runner.start(replace(launch("a", *awkward(*AWKWARD_KINDS, term="ignore")), service=True))
while True:
    for news in runner.wait(None):
        os.write(1, b"serving\\n" if isinstance(news, Ended) else news.data)
"""


@pytest.mark.slow
def test_no_service_survives_the_death_of_the_program() -> None:
    pids = pids_of_killed(_PROGRAM, b"serving")
    assert len(pids) == 7
    assert living(pids) == set()
