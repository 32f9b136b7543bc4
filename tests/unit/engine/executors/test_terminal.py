"""Steps that have the terminal, on a terminal of their own."""

from __future__ import annotations

import os
import sys
import termios
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.foreground import Session
from tests.support.processes import awkward, launch, living, pids_in
from wfopt.engine.clock import SystemClock
from wfopt.engine.executors.local import LocalRunner
from wfopt.engine.runner import Ended
from wfopt.model.workflow import StepId

pytestmark = pytest.mark.slow

KINDS = ("plain", "group", "session", "daemon", "quiet")
"""The children of which the terminal, their process group or their environment still tells."""

IN_FRONT = '[ "$(cut -d" " -f8 /proc/$$/stat)" = $$ ]'
"""A test in a shell script: a step may do something before it is in the foreground."""

Start = Callable[..., Session]


@pytest.fixture
def start() -> Iterator[Start]:
    """A function that starts a session."""
    sessions: list[Session] = []

    def begin(*argv: str, **options: Any) -> Session:
        sessions.append(Session(*argv, **options))
        return sessions[-1]

    yield begin
    for session in sessions:
        session.close()


@pytest.fixture
def shell(start: Start) -> Start:
    """A function that starts a session whose step is a shell script."""
    return lambda script, **options: start("/bin/sh", "-c", script, **options)


def _ended(session: Session) -> dict[str, object]:
    """Return what is told of the end; the terminal must be as it was before."""
    told = session.told()
    assert told["kind"] == "Ended"
    assert (told["foreground"], told["as_before"], told["blocked"]) == (True, True, False)
    return told


def test_reads_from_the_terminal(shell: Start) -> None:
    session = shell("read line < /dev/tty; echo got $line; read line; echo and $line >&2; exit 3")
    session.type(b"this\n")
    session.until_seen(b"got this\r\n")
    session.type(b"that\n")
    session.until_seen(b"and that\r\n")
    told = _ended(session)
    assert (told["exit_code"], told["signal"], told["left_behind"], told["error"]) == (3, None, 0, None)


def test_is_alone_in_the_foreground(shell: Start) -> None:
    session = shell(f'until {IN_FRONT}; do :; done; cut -d" " -f 1,5,6,8 /proc/$$/stat; echo .')
    text = session.until_seen(b".\r\n")
    pid, group, session_id, foreground = map(int, text.split()[:4])
    assert pid == group == foreground
    assert session_id == session.program.pid
    assert _ended(session)["exit_code"] == 0


def test_control_c_is_for_the_step_alone(shell: Start) -> None:
    session = shell(f"until {IN_FRONT}; do :; done; echo ready; exec sleep 1000")
    session.until_seen(b"ready")
    session.type(b"\x03")
    assert _ended(session)["signal"] == 2
    assert session.program.poll() is None


def test_sets_the_terminal_as_it_was_before(shell: Start) -> None:
    session = shell("stty -echo -icanon; echo ready; read line; kill -9 $$")
    session.until_seen(b"ready")
    assert not termios.tcgetattr(session.screen)[3] & (termios.ECHO | termios.ICANON)
    session.type(b"x\n")
    assert _ended(session)["signal"] == 9
    assert termios.tcgetattr(session.screen)[3] & termios.ECHO


CONTINUES = """
import os, signal

def stop(*_):
    os.kill(os.getpid(), signal.SIGSTOP)
    os.write(1, b"goes on\\n")

signal.signal(signal.SIGTSTP, stop)
while os.tcgetpgrp(0) != os.getpgrp():
    pass
os.write(1, b"ready\\n")
os.write(1, b"got " + os.read(0, 100))
"""


def test_cannot_be_suspended(start: Start) -> None:
    session = start("python3", "-I", "-S", "-c", CONTINUES)
    session.until_seen(b"ready")
    session.type(b"\x1a")
    session.until_seen(b"goes on")
    session.type(b"line\n")
    session.until_seen(b"got line")
    assert _ended(session)["exit_code"] == 0


@pytest.mark.parametrize("setup", ["", "del os.pidfd_open", "os.pidfd_open = lambda pid: open('/no')"])
def test_hears_of_the_end_with_and_without_help(shell: Start, setup: str) -> None:
    told = _ended(shell("exit 4", setup=setup))
    assert told["exit_code"] == 4
    spent_s = told["spent_s"]
    assert isinstance(spent_s, float)
    assert 0 < spent_s < 1


def test_measures_a_step(start: Start) -> None:
    told = _ended(start("python3", "-I", "-S", "-c", "import time\nwhile time.process_time() < 0.1: pass"))
    cpu_s = told["cpu_s"]
    assert isinstance(cpu_s, float)
    assert 0.1 <= cpu_s < 0.5


def test_runs_in_the_folder_of_the_step(shell: Start, tmp_path: Path) -> None:
    session = shell("pwd; : > made", cwd=str(tmp_path))
    session.until_seen(str(tmp_path).encode())
    assert _ended(session)["folder"] == os.getcwd()
    assert (tmp_path / "made").exists()


def test_a_step_ignores_and_blocks_no_signal(start: Start) -> None:
    setup = "signal.signal(signal.SIGUSR1, signal.SIG_IGN)"
    session = start("grep", "-E", "Sig(Ign|Blk)", "/proc/self/status", setup=setup)
    lines = session.until_seen(b"SigIgn:\t0") + session.until_seen(b"\r\n")
    blocked, ignored = (int(line.split()[1], 16) for line in lines.splitlines()[:2])
    # The C library keeps signals 32 and 33 to itself and has posix_spawn ignore them.
    assert (blocked, ignored & ~(0b11 << 31)) == (0, 0)


@pytest.mark.parametrize("term", ["obey", "ignore"])
def test_ends_what_a_step_left_behind(start: Start, term: str) -> None:
    session = start(*awkward(*KINDS, term=term))
    pids = pids_in(session.until_seen(b"ready"))
    told = _ended(session)
    assert (told["exit_code"], told["left_behind"]) == (0, len(KINDS))
    assert living(pids) == set()


NO_PROCESS_TABLE = """
import ctypes
from wfopt.engine.executors import terminal
if os.fork():
    # Instead of the system's first process, which may take its time to wait for orphans.
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    try:
        while True:
            os.wait()
    except ChildProcessError:
        sys.exit()
terminal._PROC = "/no"
"""


def test_ends_a_process_group_where_there_is_no_process_table(start: Start) -> None:
    session = start(*awkward("plain"), setup=NO_PROCESS_TABLE)
    pids = pids_in(session.until_seen(b"ready"))
    assert _ended(session)["left_behind"] == 1
    assert living(pids) == set()


def test_is_asked_to_end(start: Start) -> None:
    session = start(*awkward(*KINDS, stay=True))
    pids = pids_in(session.until_seen(b"ready"))
    session.order(b"s")
    told = _ended(session)
    assert (told["signal"], told["left_behind"]) == (15, 0)
    assert living(pids) == set()


def test_is_ended_by_force(start: Start) -> None:
    session = start(*awkward(*KINDS, term="ignore", stay=True))
    pids = pids_in(session.until_seen(b"ready"))
    session.order(b"s")
    session.order(b"f")
    told = _ended(session)
    assert (told["signal"], told["left_behind"]) == (9, 0)
    assert living(pids) == set()


def test_closing_ends_it(start: Start) -> None:
    session = start(*awkward(*KINDS, term="ignore", stay=True))
    pids = pids_in(session.until_seen(b"ready"))
    session.order(b"c")
    assert session.told() == {"kind": "closed", "foreground": True, "as_before": True, "blocked": False}
    assert living(pids) == set()


def test_nothing_survives_the_death_of_the_program(start: Start) -> None:
    session = start(*awkward(*KINDS, term="ignore", stay=True))
    pids = pids_in(session.until_seen(b"ready"))
    assert len(living(pids)) == len(KINDS)
    session.program.kill()
    session.until_gone()
    assert living(pids) == set()


@pytest.mark.parametrize(
    ("argv", "cwd", "error"),
    [
        ("no-such-program", "/", "the program `no-such-program` is not on the PATH"),
        ("true", "/no/such", "the folder `/no/such` does not exist"),
    ],
)
def test_says_why_a_step_cannot_be_started(start: Start, argv: str, cwd: str, error: str) -> None:
    told = _ended(start(argv, cwd=cwd))
    assert (told["error"], told["exit_code"]) == (error, None)


def test_only_one_step_can_have_the_terminal(shell: Start) -> None:
    session = shell("echo ready; read line")
    session.until_seen(b"ready")
    session.order(b"n")
    assert session.told()["error"] == "it needs the terminal, which `a` has"
    session.type(b"\n")
    assert _ended(session)["exit_code"] == 0
    session.order(b"n")
    told = _ended(session)
    assert (told["exit_code"], told["error"]) == (0, None)


IN_BACKGROUND = """
if os.fork():
    os.wait()
    sys.exit()
os.setpgid(0, 0)
"""


def test_does_not_take_the_terminal_from_somebody_else(start: Start) -> None:
    told = start("true", setup=IN_BACKGROUND).told()
    assert told["error"] == "it needs the terminal, but wfopt runs in the background"


def test_says_that_the_exit_status_is_lost(shell: Start) -> None:
    session = shell("exit 3", setup="signal.signal(signal.SIGCHLD, signal.SIG_IGN)")
    assert _ended(session)["error"] == "its exit status is unknown, as what started wfopt ignores SIGCHLD"


def test_needs_a_terminal_that_is_there() -> None:
    reader, writer = os.pipe()
    runner = LocalRunner({"PATH": os.defpath}, SystemClock(), terminal=reader)
    runner.start(replace(launch("a", "true"), interactive=True))
    runner.start(replace(launch("b", "\0"), interactive=True))
    assert list(runner.wait(0)) == [
        Ended(step=StepId("a"), error="it needs the terminal, which is gone"),
        Ended(
            step=StepId("b"), error="a NUL character can be in no argument, folder or environment variable"
        ),
    ]
    runner.close()
    os.close(reader)
    os.close(writer)


def test_is_held_to_what_the_kernel_limits_for_each_process(shell: Start) -> None:
    limits = {"open-files": 77, "nice": 3, "cpu-time": 50}
    session = shell("ulimit -n; nice; ulimit -t; read line; exit 4", limits=limits)
    session.until_seen(b"77\r\n3\r\n50\r\n")
    session.type(b"x\n")
    told = _ended(session)
    assert (told["exit_code"], told["limit"]) == (4, None)
    assert told["enforcers"] == {"open-files": "kernel", "nice": "kernel", "cpu-time": "kernel"}


def test_is_ended_with_its_children_when_they_take_too_much_memory(start: Start) -> None:
    script = (
        "import os, time\n"
        "if os.fork() == 0:\n    held = bytearray(b'x' * 150_000_000)\n    time.sleep(60)\n"
        "time.sleep(60)"
    )
    session = start(sys.executable, "-c", script, limits={"memory": 100_000_000, "cpu": 500})
    told = _ended(session)
    assert (told["signal"], told["limit"]) == (9, ["memory", "watchdog"])
    # This process would have to go into a control group of the step, so nobody limits its cpus.
    assert told["enforcers"] == {"memory": "watchdog", "cpu": "advisory"}


def test_starts_no_more_processes_than_it_may(shell: Start) -> None:
    told = _ended(shell("for each in 1 2 3 4 5 6; do sleep 60 & done; wait", limits={"pids": 5}))
    assert told["limit"] == ["pids", "watchdog"]


def test_a_step_that_stays_within_its_limits_ends_as_without(shell: Start) -> None:
    told = _ended(shell("exit 3", limits={"memory": 500_000_000, "pids": 50}))
    assert (told["exit_code"], told["limit"], told["left_behind"]) == (3, None, 0)


def test_a_limit_that_cannot_be_set_is_told(shell: Start) -> None:
    session = shell("true", limits={"open-files": 1 << 40})
    told = session.told()
    assert "its limits cannot be set" in str(told["error"])
    assert (told["foreground"], told["as_before"], told["blocked"]) == (True, True, False)
