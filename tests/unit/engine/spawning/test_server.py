"""The loop of the spawner, in a process whose coverage is measured."""

from __future__ import annotations

import os
import resource
import select
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.support.limited import MB, groups_of, with_limits
from tests.support.processes import (
    AWKWARD_KINDS,
    awkward,
    launch,
    living,
    measured_command,
    measured_environ,
    pids_in,
    shell,
)
from wfopt.engine.messages import Failed, Finished, Gone, Reply, Started
from wfopt.engine.runner import Launch
from wfopt.engine.spawner import Spawner
from wfopt.engine.spawning import wire
from wfopt.errors import SpawnerError
from wfopt.model.outcome import Enforcer, LimitKind

pytestmark = pytest.mark.slow


class Client:
    """Talks to a spawner in the simplest way: one request, then reading until the answer is there."""

    def __init__(self) -> None:
        self.spawner = Spawner(measured_environ(), measured_command())
        self.replies: list[Reply] = []
        self._outputs: dict[int, int] = {}

    def start(self, ticket: int, launch: Launch) -> None:
        self._outputs[ticket], writer = os.pipe()
        self.spawner.launch(ticket, launch, writer)

    def output(self, ticket: int, end: bytes) -> bytes:
        text = b""
        while end not in text:
            text += os.read(self._outputs[ticket], 4096)
        return text

    def finished(self, ticket: int) -> Finished:
        while True:
            for reply in self.replies:
                if isinstance(reply, Finished) and reply.ticket == ticket:
                    return reply
            self.listen()

    def listen(self) -> None:
        poll = select.poll()
        poll.register(self.spawner, select.POLLIN | (select.POLLOUT if self.spawner.has_unsent else 0))
        assert poll.poll(20_000), self.replies
        self.replies += self.spawner.receive()
        self.spawner.flush()

    def close(self) -> None:
        self.spawner.close(5)
        for fd in self._outputs.values():
            os.close(fd)
        self._outputs.clear()


@pytest.fixture
def client() -> Iterator[Client]:
    made = Client()
    yield made
    made.close()


def test_starts_and_reports(client: Client) -> None:
    client.start(1, shell("a", "printf '%s' \"$SET$WFOPT_STEP_ID${PATH-none}\"; exit 3", env={"SET": "x"}))
    client.start(2, launch("b", "no-such-program"))
    finished = client.finished(1)
    assert (finished.exit_code, finished.signal, finished.left_behind) == (3, None, 0)
    assert finished.started_at <= finished.ended_at
    assert client.output(1, b"xa").startswith(b"xa/")
    kinds = {(type(reply), getattr(reply, "ticket", 0)) for reply in client.replies}
    assert kinds == {(Started, 1), (Finished, 1), (Failed, 2)}


def test_a_start_is_told_while_the_step_runs(client: Client) -> None:
    client.start(1, shell("a", "exec sleep 1000"))
    client.listen()
    assert [type(reply) for reply in client.replies] == [Started]
    client.start(2, shell("b", "exit 0"))
    client.finished(2)
    assert {reply.ticket for reply in client.replies if isinstance(reply, Started)} == {1, 2}
    client.spawner.stop(1, force=True)
    assert client.finished(1).signal == signal.SIGKILL


def test_unsets_variables(client: Client) -> None:
    client.start(1, shell("a", 'echo "${WFOPT_RUN_ID-none}"', env={"WFOPT_RUN_ID": None}))
    assert client.output(1, b"\n") == b"none\n"
    assert client.finished(1).exit_code == 0


def test_ends_what_was_left_behind_while_others_go_on(client: Client) -> None:
    client.start(1, launch("a", *awkward("plain", "session", "daemon")))
    client.start(2, shell("b", "echo ready; exec sleep 1000"))
    of_a = pids_in(client.output(1, b"ready"))
    client.output(2, b"ready")
    assert client.finished(1).left_behind == 3
    assert living(of_a) == set()
    client.spawner.stop(2, force=False)
    assert client.finished(2).signal == signal.SIGTERM


def test_kills_a_tree(client: Client) -> None:
    client.start(1, launch("a", *awkward(*AWKWARD_KINDS, term="ignore", stay=True)))
    pids = pids_in(client.output(1, b"ready"))
    client.spawner.stop(1, force=True)
    assert client.finished(1).signal == signal.SIGKILL
    assert living(pids) == set()


def test_the_end_of_the_connection_ends_everything(client: Client) -> None:
    client.start(1, launch("a", *awkward(*AWKWARD_KINDS, term="ignore", stay=True)))
    client.start(2, launch("b", *awkward("detached")))
    pids = pids_in(client.output(1, b"ready") + client.output(2, b"ready"))
    assert len(pids) == 8
    client.close()
    assert living(pids) == set()


def test_answers_wait_for_a_client_that_does_not_read(client: Client) -> None:
    folder = "/" + "x" * 5000
    for ticket in range(200):
        client.start(ticket, launch("a", "true", cwd=folder))
    while client.spawner.has_unsent:
        # Writes only, until the other side does not take any more because its own answers are stuck.
        poll = select.poll()
        poll.register(client.spawner, select.POLLOUT)
        if not poll.poll(100):
            break
        client.spawner.flush()
    while len(client.replies) < 200:
        client.listen()
    assert all(isinstance(reply, Failed) for reply in client.replies)


def test_a_client_that_is_gone_while_answers_wait(client: Client) -> None:
    client.start(1, launch("a", *awkward("plain", stay=True)))
    pids = pids_in(client.output(1, b"ready"))
    for ticket in range(2, 100):
        client.start(ticket, launch("a", "true", cwd="/" + "x" * 5000))
    # Unread answers make this an error on the other side, not an end of file.
    client.spawner._stream.close()
    os.waitpid(client.spawner.pid, 0)
    assert living(pids) == set()
    client.spawner._bury()


def test_says_that_a_descriptor_was_lost(client: Client) -> None:
    client.start(1, launch("a", "true"))
    client.finished(1)
    # Fewer than it has open already.
    resource.prlimit(client.spawner.pid, resource.RLIMIT_NOFILE, (3, 3))
    client.start(2, launch("a", "true"))
    with pytest.raises(SpawnerError, match="the limit on open files is too low"):
        client.finished(2)


def test_says_what_is_wrong_before_it_ends(client: Client) -> None:
    client.start(1, launch("a", *awkward("plain", stay=True)))
    pids = pids_in(client.output(1, b"ready"))
    client.spawner._outbox.append((wire.frame([wire.START, b"2", b"/", b"", b"1", b"", b"1", b"true"]), ()))
    client.spawner.flush()
    with pytest.raises(SpawnerError, match="IndexError: pop from empty list"):
        client.finished(2)
    assert living(pids) == set()


def test_a_service_goes_on_until_it_is_asked_to_end(client: Client) -> None:
    client.start(1, replace(shell("a", "sleep 1000 & echo $!"), service=True))
    pids = pids_in(client.output(1, b"\n"))
    finished = client.finished(1)
    assert (finished.exit_code, finished.serving) == (0, True)
    assert living(pids) == pids
    client.start(2, launch("b", "true"))
    assert not client.finished(2).serving
    client.spawner.stop(1, force=False)
    while Gone(1) not in client.replies:
        client.listen()
    assert living(pids) == set()


def test_two_pipes_belong_to_a_start(client: Client) -> None:
    (out, out_writer), (err, err_writer) = os.pipe(), os.pipe()
    step = replace(shell("a", "echo out; echo err >&2"), capture=True)
    client.spawner.launch(1, step, out_writer, err_writer)
    client.start(2, shell("b", "echo other"))
    assert client.output(2, b"\n") == b"other\n"
    for reader, text in ((out, b"out\n"), (err, b"err\n")):
        with os.fdopen(reader, "rb") as stream:
            assert stream.read() == text


def test_the_end_of_the_connection_ends_what_was_adopted(client: Client) -> None:
    processes = [
        subprocess.Popen(("sleep", "1000"), process_group=0, env={"MARK": mark} if mark else {})
        for mark in ("", f"{os.getpid()}", "other", "")
    ]
    adopted, marked, other, released = (process.pid for process in processes)
    client.spawner.adopt(adopted, [f"MARK={os.getpid()}".encode()])
    client.spawner.adopt(released, [])
    client.spawner.release(released)
    client.close()
    assert living({adopted, marked, other, released}) == {other, released}
    for process in processes:
        process.kill()
        process.wait()


def test_holds_steps_to_limits(client: Client) -> None:
    client.spawner.arrange("run", {})
    client.start(1, with_limits(shell("a", "sleep 9 & sleep 9 & sleep 9 & wait"), pids=2))
    client.start(2, with_limits(shell("b", "ulimit -n"), pids=50, open_files=70))
    client.start(3, with_limits(launch("c", "no-such-program"), pids=2))
    hit = client.finished(1).limit
    assert hit is not None
    assert (hit.kind, hit.limit, hit.enforced_by) == (LimitKind.PIDS, 2, Enforcer.WATCHDOG)
    assert (client.finished(2).limit, client.output(2, b"\n")) == (None, b"70\n")
    assert [reply.ticket for reply in client.replies if isinstance(reply, Failed)] == [3]
    assert client.spawner.enforcers == {"pids": Enforcer.WATCHDOG, "open-files": Enforcer.KERNEL}


def test_makes_and_removes_control_groups(client: Client) -> None:
    groups = groups_of("both versions")
    if not groups:
        pytest.skip("there are no control groups here that can be written to")
    client.spawner.arrange("test-run-groups", groups)
    client.start(1, with_limits(launch("a", *awkward("plain", "daemon", stay=True)), memory=500 * MB))
    pids = pids_in(client.output(1, b"ready"))
    client.spawner.stop(1, force=True)
    assert client.finished(1).signal == signal.SIGKILL
    assert living(pids) == set()
    client.close()
    assert not any(
        name.startswith("wfopt-test-run-groups") for each in groups.values() for name in os.listdir(each)
    )
