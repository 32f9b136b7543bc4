"""The client side of the spawner, with a real one at the other end."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.support.processes import awkward, launch, living, pids_in, shell
from wfopt.engine import spawner as module
from wfopt.engine.beginning import COMMAND
from wfopt.engine.messages import Failed, Finished, Reply, Started
from wfopt.engine.spawner import Spawner
from wfopt.engine.spawning import wire
from wfopt.engine.spawning.processes import Table, read_table
from wfopt.errors import SpawnerError

ENVIRON = {"PATH": os.defpath}


@pytest.fixture
def spawner() -> Iterator[Spawner]:
    made = Spawner(ENVIRON)
    yield made
    made.close(5)


def _receive(spawner: Spawner, count: int) -> list[Reply]:
    """Talk until so many replies have come."""
    replies: list[Reply] = []
    poll = select.poll()
    while len(replies) < count:
        poll.register(spawner, select.POLLIN | (select.POLLOUT if spawner.has_unsent else 0))
        assert poll.poll(20_000), replies
        replies += spawner.receive()
        spawner.flush()
    return replies


def test_starts_a_program_and_hears_of_its_end(spawner: Spawner) -> None:
    reader, writer = os.pipe()
    spawner.launch(1, shell("a", "echo $$; exit 5"), writer)
    started, finished = _receive(spawner, 2)
    assert isinstance(started, Started)
    assert isinstance(finished, Finished)
    assert (started.ticket, finished.ticket, finished.exit_code) == (1, 1, 5)
    assert pids_in(os.read(reader, 100)) == {started.pid}
    assert os.read(reader, 1) == b""
    os.close(reader)


def test_closes_the_output_of_what_cannot_be_sent(spawner: Spawner) -> None:
    reader, writer = os.pipe()
    with pytest.raises(ValueError, match="NUL"):
        spawner.launch(1, launch("a", "\0"), writer)
    assert os.read(reader, 1) == b""
    os.close(reader)


def test_nothing_is_lost_when_the_stream_is_full_in_both_directions(spawner: Spawner) -> None:
    folder = "/" + "x" * 5000
    number = 300
    readers = []
    for ticket in range(number):
        reader, writer = os.pipe()
        spawner.launch(ticket, launch("a", "true", cwd=folder), writer)
        readers.append(reader)
    assert spawner.has_unsent
    replies = _receive(spawner, number)
    assert [reply.ticket for reply in replies if isinstance(reply, Failed)] == list(range(number))
    assert all(folder in reply.reason for reply in replies if isinstance(reply, Failed))
    for reader in readers:
        assert os.read(reader, 1) == b""
        os.close(reader)


def test_a_request_larger_than_the_stream_arrives_whole(spawner: Spawner) -> None:
    reader, writer = os.pipe()
    many = ["y" * 100_000] * 10
    spawner.launch(1, launch("a", "sh", "-c", 'printf "$# ${#1}"', "sh", *many), writer)
    assert spawner.has_unsent
    _receive(spawner, 2)
    assert os.read(reader, 100) == b"10 100000"
    os.close(reader)


def test_signals_from_a_terminal_do_not_reach_it(spawner: Spawner) -> None:
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        os.kill(spawner.pid, signum)
    reader, writer = os.pipe()
    spawner.launch(1, launch("a", "true"), writer)
    assert isinstance(_receive(spawner, 2)[1], Finished)
    os.close(reader)
    # A terminal signals a process group; only a session of its own is out of its reach for good.
    assert os.getsid(spawner.pid) == spawner.pid


def started_tree(spawner: Spawner) -> tuple[int, bytes]:
    """Start a tree of awkward processes; return where its output is read, and what it has printed."""
    reader, writer = os.pipe()
    spawner.launch(1, launch("a", *awkward("plain", "group", stay=True)), writer)
    written = b""
    while b"ready" not in written:
        written += os.read(reader, 1000)
    return reader, written


def test_notices_that_it_is_gone(spawner: Spawner) -> None:
    reader, written = started_tree(spawner)
    os.kill(spawner.pid, signal.SIGKILL)
    with pytest.raises(SpawnerError, match="signal 9"):
        _receive(spawner, 9)
    assert living(pids_in(written)) == set()
    os.close(reader)


def test_requests_to_a_dead_spawner_do_no_harm(spawner: Spawner) -> None:
    os.kill(spawner.pid, signal.SIGKILL)
    os.waitid(os.P_PID, spawner.pid, os.WEXITED | os.WNOWAIT)
    reader, writer = os.pipe()
    spawner.launch(1, launch("a", "true"), writer)
    spawner.stop(1, force=True)
    assert os.read(reader, 1) == b""
    os.close(reader)
    with pytest.raises(SpawnerError):
        _receive(spawner, 1)


def test_says_what_was_wrong_with_it(spawner: Spawner) -> None:
    spawner._outbox.append((wire.frame([wire.START, b"1", b"/", b"", b"1", b"", b"1", b"true"]), ()))
    spawner.flush()
    with pytest.raises(SpawnerError, match="IndexError"):
        _receive(spawner, 9)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["/no/such/python"], "`/no/such/python` cannot be started: No such file"),
        ([sys.executable, "-I", "-S", "-c", "raise SystemExit(4)"], r"\(exit status 4\)"),
    ],
)
def test_says_why_it_did_not_start(command: Sequence[str], message: str) -> None:
    with pytest.raises(SpawnerError, match=message):
        _receive(Spawner(ENVIRON, command), 1)


def look_into(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return where all processes of the machine are looked through, which is filled from now on."""
    looked: list[str] = []

    def read(proc: str) -> Table:
        looked.append(proc)
        return read_table(proc)

    monkeypatch.setattr(module, "read_table", read)
    return looked


def test_who_sees_that_nothing_is_left_is_believed(spawner: Spawner, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = look_into(monkeypatch)
    spawner.launch(1, launch("a", *awkward("plain", "detached", stay=True)), os.open(os.devnull, os.O_WRONLY))
    spawner.close(20)
    assert looked == []


@pytest.mark.parametrize("end", ["raise SystemExit(1)", "import os; os.kill(os.getpid(), 9)"])
def test_who_does_not_is_not(end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = look_into(monkeypatch)
    Spawner(ENVIRON, [sys.executable, "-I", "-S", "-c", end]).close(20)
    assert looked == ["/proc"]


def test_what_is_not_below_it_is_looked_for_by_both(
    spawner: Spawner, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = look_into(monkeypatch)
    with subprocess.Popen(("sleep", "1000"), process_group=0) as process:
        spawner.adopt(process.pid, [])
        spawner.close(20)
        assert process.wait(20) == -signal.SIGKILL
    assert looked == ["/proc"]


def test_closes_although_it_hangs(tmp_path: Path) -> None:
    # Stopped, it can neither answer nor end by itself.
    spawner = Spawner(ENVIRON)
    reader, writer = os.pipe()
    spawner.launch(1, shell("a", "echo $$; exec sleep 1000"), writer)
    pids = pids_in(os.read(reader, 100))
    os.kill(spawner.pid, signal.SIGSTOP)
    spawner.close(0.01)
    assert living(pids) == set()
    spawner.close(0.01)
    os.close(reader)


def test_ends_everything_while_other_things_are_done(spawner: Spawner) -> None:
    reader, written = started_tree(spawner)
    spawner.leave()
    spawner.leave()
    os.waitid(os.P_PID, spawner.pid, os.WEXITED | os.WNOWAIT)
    assert living(pids_in(written)) == set()
    spawner.close(5)
    spawner.leave()
    os.close(reader)


def test_closes_although_it_is_dead(spawner: Spawner) -> None:
    os.kill(spawner.pid, signal.SIGKILL)
    os.waitid(os.P_PID, spawner.pid, os.WEXITED | os.WNOWAIT)
    spawner.close(5)
    with pytest.raises(ProcessLookupError):
        os.kill(spawner.pid, 0)


def test_closes_although_nobody_may_wait_for_it() -> None:
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        Spawner(ENVIRON).close(5)
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_gives_up_requests_that_were_not_sent() -> None:
    spawner = Spawner(ENVIRON)
    os.kill(spawner.pid, signal.SIGSTOP)
    readers = []
    while not spawner.has_unsent:
        reader, writer = os.pipe()
        spawner.launch(1, launch("a", "true", "x" * 50_000), writer)
        readers.append(reader)
    spawner.close(0)
    for reader in readers:
        assert os.read(reader, 1) == b""
        os.close(reader)


def test_is_small_and_loads_next_to_nothing(spawner: Spawner) -> None:
    reader, writer = os.pipe()
    spawner.launch(1, launch("a", "cat", f"/proc/{spawner.pid}/status"), writer)
    _receive(spawner, 2)
    status = dict(line.split(b":\t", 1) for line in os.read(reader, 10_000).splitlines() if b":\t" in line)
    os.close(reader)
    assert int(status[b"VmHWM"].split()[0]) < 12 * 1024
    assert COMMAND[1:3] == ("-I", "-S")
