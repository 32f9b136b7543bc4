"""Steps as real processes: what they get, what they hand back, and that nothing of them survives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.processes import (
    AWKWARD_KINDS,
    RUN_ID,
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
)
from wfopt.engine.clock import SystemClock
from wfopt.engine.executors import local
from wfopt.engine.executors.local import READ_BYTES, LocalRunner
from wfopt.engine.runner import Ended, Launch, Output
from wfopt.errors import SpawnerError
from wfopt.model.workflow import StepId

BASE = {"PATH": os.defpath, "BASE": "base", "GONE": "gone"}
ROOT = Path(__file__).parents[4]


@pytest.fixture
def runner() -> Iterator[LocalRunner]:
    made = LocalRunner(BASE, SystemClock())
    yield made
    made.close()


def _run(runner: LocalRunner, step: Launch) -> tuple[bytes, Ended]:
    runner.start(step)
    heard = news_until_ended(runner, step.step)
    ended = heard[-1]
    assert isinstance(ended, Ended)
    return output_of(heard, step.step), ended


def test_large_output_arrives_whole_and_in_pieces(runner: LocalRunner) -> None:
    size = 20_000_000
    runner.start(launch("a", "head", "-c", str(size), "/dev/zero"))
    received = 0
    while True:
        news = runner.wait(20)
        pieces = [each for each in news if isinstance(each, Output)]
        assert sum(len(piece.data) for piece in pieces) <= READ_BYTES
        received += sum(len(piece.data) for piece in pieces)
        if len(pieces) < len(news):
            break
    assert received == size


def test_a_slow_reader_slows_the_step_down(runner: LocalRunner) -> None:
    runner.start(shell("a", "echo $$; exec yes"))
    (first,) = runner.wait(20)
    assert isinstance(first, Output)
    pid = int(first.data.split(b"\n")[0])
    written = dict(
        line.split(": ") for line in Path(f"/proc/{pid}/io").read_text(encoding="ascii").splitlines()
    )["wchar"]
    assert int(written) <= len(first.data) + 2 * READ_BYTES


def test_keeps_the_order_of_both_streams(runner: LocalRunner) -> None:
    output, _ = _run(runner, shell("a", "for i in 1 2 3; do echo out $i; echo err $i >&2; done"))
    assert output.split(b"\n") == [b"out 1", b"err 1", b"out 2", b"err 2", b"out 3", b"err 3", b""]


def test_tells_stdout_and_stderr_apart_if_asked_to(runner: LocalRunner) -> None:
    script = "for i in 1 2 3; do echo out $i; echo err $i >&2; done"
    runner.start(replace(shell("a", script), capture=True))
    heard = news_until_ended(runner, "a")
    assert isinstance(heard[-1], Ended)
    pieces = [each for each in heard if isinstance(each, Output)]
    assert b"".join(each.data for each in pieces if each.captured) == b"out 1\nout 2\nout 3\n"
    assert b"".join(each.data for each in pieces if not each.captured) == b"err 1\nerr 2\nerr 3\n"


def test_captures_large_output_beside_other_output(runner: LocalRunner) -> None:
    script = "head -c 5000000 /dev/zero & yes | head -c 3000000 >&2; wait"
    runner.start(replace(shell("a", script), capture=True))
    received = {True: 0, False: 0}
    while not isinstance((news := runner.wait(20))[-1], Ended):
        for piece in news:
            assert isinstance(piece, Output)
            assert len(piece.data) <= READ_BYTES
            assert piece.data.startswith(b"\0" if piece.captured else (b"y", b"\n"))
            received[piece.captured] += len(piece.data)
    assert received == {True: 5_000_000, False: 3_000_000}


@pytest.mark.parametrize(("closed", "open_"), [(1, 2), (2, 1)])
def test_goes_on_reading_one_stream_when_the_other_is_closed(
    runner: LocalRunner, tmp_path: Path, closed: int, open_: int
) -> None:
    os.mkfifo(tmp_path / "go")
    script = f"echo ready; exec {closed}>&-; read line < go; echo last >&{open_}"
    runner.start(replace(shell("a", script, cwd=str(tmp_path)), capture=True))
    until_output(runner, "a", b"ready\n")
    assert list(runner.wait(0.02)) == []
    (tmp_path / "go").write_bytes(b"\n")
    heard = news_until_ended(runner, "a")
    assert Output(StepId("a"), b"last\n", captured=open_ == 1) in heard


def test_a_step_has_no_terminal_and_empty_input(runner: LocalRunner) -> None:
    output, ended = _run(runner, shell("a", "wc -c; : < /dev/tty"))
    assert output.startswith(b"0\n")
    assert b"/dev/tty" in output
    assert ended.exit_code != 0


def test_a_step_ignores_and_blocks_no_signal() -> None:
    signals = (signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGCHLD)
    before = [signal.signal(each, signal.SIG_IGN) for each in signals]
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
    runner = LocalRunner(BASE, SystemClock())
    try:
        output, _ = _run(runner, launch("a", "grep", "-E", "Sig(Ign|Blk)", "/proc/self/status"))
    finally:
        runner.close()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR2])
        for each, handler in zip(signals, before, strict=True):
            signal.signal(each, handler)
    blocked, ignored = (int(line.split()[1], 16) for line in output.splitlines())
    # The C library keeps signals 32 and 33 to itself and has posix_spawn ignore them.
    assert (blocked, ignored & ~(0b11 << 31)) == (0, 0)


def test_a_closed_pipe_ends_a_writer_quietly(runner: LocalRunner) -> None:
    assert _run(runner, shell("a", "yes | head -1"))[0] == b"y\n"


def test_changes_the_environment(runner: LocalRunner) -> None:
    changes: dict[str, str | None] = {"GONE": None, "NEVER_THERE": None, "NEW": "a=b\nc", "EMPTY": ""}
    output, _ = _run(runner, launch("a", "env", "-0", env=changes))
    got = dict(entry.split(b"=", 1) for entry in output.split(b"\0") if entry)
    assert got == {
        b"PATH": os.defpath.encode(),
        b"BASE": b"base",
        b"NEW": b"a=b\nc",
        b"EMPTY": b"",
        b"WFOPT_RUN_ID": RUN_ID.encode(),
        b"WFOPT_STEP_ID": b"a",
    }


def test_hands_on_bytes_that_are_no_text(runner: LocalRunner) -> None:
    odd = os.fsdecode(b"x\xff\xfe")
    step = launch("a", "sh", "-c", 'printf "%s %s" "$ODD" "$1"', "sh", odd, env={"ODD": odd})
    assert _run(runner, step)[0] == b"x\xff\xfe x\xff\xfe"


def test_runs_in_the_folder_even_if_it_was_made_anew(runner: LocalRunner, tmp_path: Path) -> None:
    folder = tmp_path / "odd \udcff name"
    folder.mkdir()
    assert _run(runner, shell("a", "pwd", cwd=str(folder)))[0] == os.fsencode(folder) + b"\n"
    folder.rmdir()
    folder.mkdir()
    assert _run(runner, shell("b", "echo x > made; ls", cwd=str(folder)))[0] == b"made\n"
    assert (folder / "made").exists()


def test_finds_programs_on_the_path_of_the_step(runner: LocalRunner, tmp_path: Path) -> None:
    program = tmp_path / "greet"
    program.write_text("#!/bin/sh\necho hello\n", encoding="ascii")
    program.chmod(0o755)
    assert _run(runner, launch("a", "greet", env={"PATH": str(tmp_path)}))[0] == b"hello\n"
    assert _run(runner, launch("a", "greet", cwd=str(tmp_path), env={"PATH": ""}))[0] == b"hello\n"
    assert _run(runner, launch("a", "greet"))[1].error == "the program `greet` is not on the PATH"


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (launch("a", "true", cwd="/no/such"), "the folder `/no/such` does not exist"),
        (launch("a", "sh", "-c", "x" * 200_000), "an argument of `sh` has 200000 bytes, the system"),
        (launch("a", "true", "a\0b"), "a NUL character can be in no argument"),
        (launch("a", "true", "\ud800"), "surrogates not allowed"),
        (launch("a", "true", env={"a=b": "c"}), "`a=b` cannot be the name of an environment variable"),
    ],
)
def test_says_why_a_step_cannot_be_started(runner: LocalRunner, step: Launch, error: str) -> None:
    output, ended = _run(runner, step)
    assert (output, ended.exit_code, ended.signal) == (b"", None, None)
    assert error in str(ended.error)


def test_says_that_no_pipe_is_left(runner: LocalRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_pipe() -> tuple[int, int]:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "pipe", no_pipe)
    runner.start(launch("a", "true"))
    (ended,) = runner.wait(0)
    assert isinstance(ended, Ended)
    assert ended.error == "there is no pipe for its output: Too many open files"


def test_closes_one_pipe_if_there_is_no_second(runner: LocalRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    made = os.pipe()
    pipes = [made]

    def one_pipe() -> tuple[int, int]:
        if pipes:
            return pipes.pop()
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "pipe", one_pipe)
    runner.start(replace(launch("a", "true"), capture=True))
    (ended,) = runner.wait(0)
    assert isinstance(ended, Ended)
    assert ended.error == "there is no pipe for its output: Too many open files"
    for fd in made:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(fd)


def test_starts_what_does_not_fit_into_the_stream(runner: LocalRunner) -> None:
    many = ["y" * 100_000] * 10
    assert _run(runner, launch("a", "sh", "-c", 'printf "$# ${#1}"', "sh", *many))[0] == b"10 100000"


def test_measures_a_step(runner: LocalRunner) -> None:
    program = "import time\nx = bytearray(40_000_000)\nwhile time.process_time() < 0.05: pass"
    before = SystemClock().now()
    _, ended = _run(runner, launch("a", sys.executable, "-I", "-S", "-c", program))
    assert before <= ended.started_at < ended.ended_at <= SystemClock().now()
    assert ended.cpu_s == pytest.approx(0.065, abs=0.06)
    assert 40_000_000 < ended.peak_memory_bytes < 80_000_000


def test_does_not_inherit_descriptors(runner: LocalRunner) -> None:
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)
    output, _ = _run(runner, launch("a", "ls", "/proc/self/fd"))
    os.close(reader)
    os.close(writer)
    # 3 is the folder itself.
    assert output.split() == [b"0", b"1", b"2", b"3"]


def test_comes_back_when_it_is_woken() -> None:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    runner = LocalRunner(BASE, SystemClock(), wakeup_fd=reader)
    os.write(writer, b"\x02\x0f")
    assert list(runner.wait(None)) == []
    with pytest.raises(BlockingIOError):
        os.read(reader, 1)
    runner.close()
    os.close(reader)
    os.close(writer)


def test_lets_what_ends_by_itself_end(runner: LocalRunner, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    step = shell("a", "(read line < fifo; echo late) & echo x > fifo", cwd=str(tmp_path))
    output, ended = _run(runner, step)
    assert (output, ended.left_behind) == (b"late\n", 0)


def test_ends_what_a_step_left_behind(runner: LocalRunner) -> None:
    output, ended = _run(runner, launch("a", *awkward(*AWKWARD_KINDS)))
    assert len(pids_in(output)) == 7
    assert living(pids_in(output)) == set()
    assert (ended.exit_code, ended.left_behind, ended.output_held) == (0, 7, False)
    assert ended.ended_at - ended.started_at < 1.0


@pytest.mark.slow
def test_what_runs_ends_while_other_things_are_done(runner: LocalRunner) -> None:
    runner.wind_down()
    runner.start(shell("a", "sleep 1000 & echo $!; wait"))
    (said,) = runner.wait(20)
    assert isinstance(said, Output)
    spawner = runner.alive().spawner
    assert spawner is not None
    runner.wind_down()
    os.waitid(os.P_PID, spawner, os.WEXITED | os.WNOWAIT)
    assert living(pids_in(said.data)) == set()
    runner.close()


def test_kills_what_does_not_listen(runner: LocalRunner) -> None:
    output, ended = _run(runner, launch("a", *awkward(*AWKWARD_KINDS, term="ignore")))
    assert living(pids_in(output)) == set()
    assert (ended.exit_code, ended.left_behind) == (0, 7)


@pytest.mark.parametrize(("term", "force"), [("obey", False), ("obey", True), ("ignore", True)])
def test_stops_the_whole_tree(runner: LocalRunner, term: str, force: bool) -> None:
    runner.start(launch("a", *awkward(*AWKWARD_KINDS, term=term, stay=True)))
    pids = pids_in(until_output(runner, "a", b"ready"))
    assert living(pids) == pids
    runner.stop(StepId("a"), force=force)
    ended = until_ended(runner, "a")["a"]
    assert ended.signal == (signal.SIGKILL if force else signal.SIGTERM)
    assert ended.left_behind == 0
    assert living(pids) == set()


def test_a_stopped_step_takes_its_time_until_it_is_forced(runner: LocalRunner) -> None:
    runner.start(shell("a", "(trap '' TERM; echo ready; exec sleep 1000) & wait"))
    until_output(runner, "a", b"ready")
    runner.stop(StepId("a"), force=False)
    assert list(runner.wait(0.2)) == []
    runner.stop(StepId("a"), force=True)
    ended = until_ended(runner, "a")["a"]
    assert (ended.signal, ended.left_behind) == (signal.SIGTERM, 0)


def test_closing_ends_everything(runner: LocalRunner) -> None:
    for step in ("a", "b"):
        runner.start(launch(step, *awkward(*AWKWARD_KINDS, term="ignore", stay=True)))
    seen: dict[str, bytes] = {"a": b"", "b": b""}
    while not all(b"ready" in text for text in seen.values()):
        for news in runner.wait(20):
            assert isinstance(news, Output)
            seen[news.step] += news.data
    pids = pids_in(seen["a"] + seen["b"])
    assert len(living(pids)) == 14
    runner.close()
    assert living(pids) == set()


def test_does_not_confuse_the_children_of_two_steps(runner: LocalRunner) -> None:
    runner.start(launch("b", *awkward(*AWKWARD_KINDS, stay=True)))
    of_b = pids_in(until_output(runner, "b", b"ready"))
    runner.start(launch("a", *awkward(*AWKWARD_KINDS)))
    heard = news_until_ended(runner, "a")
    of_a = pids_in(output_of(heard, "a"))
    ended = heard[-1]
    assert isinstance(ended, Ended)
    # Nothing tells whose the one without environment and output is: it lives on until the end.
    assert (ended.left_behind, ended.output_held) == (6, False)
    assert len(living(of_a)) == 1
    assert living(of_b) == of_b
    runner.close()
    assert living(of_a | of_b) == set()


@pytest.mark.parametrize("stream", ["1", "2"])
def test_knows_the_children_of_a_step_by_either_pipe(runner: LocalRunner, stream: str) -> None:
    runner.start(shell("b", "echo ready; exec sleep 1000"))
    until_output(runner, "b", b"ready")
    other = "2" if stream == "1" else "1"
    script = f"(env -i setsid /bin/sleep 1000 {other}>/dev/null & echo $!)"
    runner.start(replace(shell("a", f"{script}; exit 0"), capture=True))
    heard = news_until_ended(runner, "a")
    ended = heard[-1]
    assert isinstance(ended, Ended)
    assert (ended.left_behind, ended.output_held) == (1, False)
    assert living(pids_in(output_of(heard, "a"))) == set()


def _hold_output_of(runner: LocalRunner, folder: Path, stream: int = 1, *, capture: bool = False) -> int:
    """Start a step, open its output a second time, and let it end."""
    os.mkfifo(folder / "go")
    runner.start(replace(shell("a", "echo $$; read line < go", cwd=str(folder)), capture=capture))
    pid = pids_in(until_output(runner, "a", b"\n")).pop()
    held = os.open(f"/proc/{pid}/fd/{stream}", os.O_WRONLY)
    (folder / "go").write_bytes(b"\n")
    return held


@pytest.mark.slow
def test_does_not_wait_for_ever_for_the_end_of_the_output(runner: LocalRunner, tmp_path: Path) -> None:
    held = _hold_output_of(runner, tmp_path)
    before = SystemClock().now()
    ended = until_ended(runner, "a")["a"]
    assert (ended.exit_code, ended.output_held) == (0, True)
    # Its output is held as long as this test lives, so an end at all shows that it was given up.
    assert SystemClock().now() - before >= local.HELD_S
    os.close(held)


@pytest.mark.parametrize("stream", [1, 2])
def test_gives_up_waiting_for_the_end_of_either_stream(
    runner: LocalRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stream: int
) -> None:
    monkeypatch.setattr(local, "HELD_S", 0.01)
    held = _hold_output_of(runner, tmp_path, stream, capture=True)
    ended = until_ended(runner, "a")["a"]
    assert (ended.exit_code, ended.output_held) == (0, True)
    with pytest.raises(BrokenPipeError):
        os.write(held, b"x")
    os.close(held)


def test_cuts_off_a_stranger_that_goes_on_writing(
    runner: LocalRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "HELD_S", 0.0)
    held = _hold_output_of(runner, tmp_path)
    writer = subprocess.Popen(["yes"], stdout=held)
    os.close(held)
    heard = news_until_ended(runner, "a")
    assert writer.wait() == -signal.SIGPIPE
    assert isinstance(heard[-1], Ended)
    assert heard[-1].output_held


def test_the_death_of_the_spawner_is_noticed_and_leaves_nothing(runner: LocalRunner) -> None:
    runner.start(launch("a", *awkward("plain", "group", stay=True)))
    pids = pids_in(until_output(runner, "a", b"ready"))
    assert runner._spawner is not None
    os.kill(runner._spawner.pid, signal.SIGKILL)
    with pytest.raises(SpawnerError, match=r"ended unexpectedly \(signal 9\)"):
        until_ended(runner, "a")
    assert living(pids) == set()


_PROGRAM = """
import os, sys
from tests.support.processes import AWKWARD_KINDS, awkward, launch
from wfopt.engine.clock import SystemClock
from wfopt.engine.executors.local import LocalRunner

runner = LocalRunner({"PATH": os.defpath}, SystemClock())
runner.start(launch("a", *awkward(*AWKWARD_KINDS, term="ignore", stay=True)))
while True:
    for news in runner.wait(None):
        os.write(1, news.data)
"""


@pytest.mark.slow
def test_nothing_survives_the_death_of_the_program() -> None:
    pids = pids_of_killed(_PROGRAM, b"ready")
    assert len(pids) == 7
    assert living(pids) == set()
