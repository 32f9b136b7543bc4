"""The client side of the spawner: starts it, talks to it, notices when it is gone.

The spawner is one small process a run, `wfopt.engine.spawning`, which starts every step. It outlives
nobody: as soon as its connection closes, even because this process was killed, it kills all steps and ends.
"""

from __future__ import annotations

import _socket  # `socket` takes as long to import as the rest of this module
import errno
import os
import select
import signal
import sys
from collections import deque
from collections.abc import Collection, Mapping, Sequence

from wfopt.engine.beginning import COMMAND, Begun, begin
from wfopt.engine.messages import (
    Enforced,
    Fault,
    Finished,
    Gone,
    Reply,
    Started,
    adopt_request,
    base_request,
    follow_request,
    forget_request,
    groups_request,
    read_reply,
    release_request,
    start_request,
    stop_request,
)
from wfopt.engine.runner import Launch
from wfopt.engine.spawning import wire
from wfopt.engine.spawning.family import send, send_group
from wfopt.engine.spawning.processes import read_table
from wfopt.errors import SpawnerError
from wfopt.model.outcome import Enforcer

_TRY_LATER = (errno.EAGAIN, errno.ENOBUFS, errno.ETOOMANYREFS)
_GONE = (errno.EPIPE, errno.ECONNRESET)
_NO_SIGPIPE = getattr(_socket, "MSG_NOSIGNAL", 0)
_PROC = "/proc"
_KILL_ROUNDS = 200
_KILL_PAUSE_MS = 5


class Spawner:
    """A running spawner process.

    Args:
        environ: the environment that steps start from.
        command: the program and its arguments; the number of a descriptor is added.
        begun: the process, if it was started already.

    Attributes:
        pid: its process id.

    Raises:
        SpawnerError: it cannot be started.
    """

    def __init__(
        self, environ: Mapping[str, str], command: Sequence[str] = COMMAND, begun: Begun | None = None
    ) -> None:
        self.pid, self._stream = begun or begin(environ, command)
        self._inbox = wire.Inbox()
        self._outbox: deque[tuple[bytes, tuple[int, ...]]] = deque()
        self._pids: dict[int, int] = {}
        self._enforcers: dict[str, Enforcer] = {}
        self._fault = ""
        self._is_leaving = False
        # Not just inherited: a Python that starts may add `LC_CTYPE` to its environment.
        self._outbox.append((base_request(environ), ()))
        self.flush()

    def fileno(self) -> int:
        """Return the descriptor to poll: for reading always, for writing while `has_unsent`."""
        return self._stream.fileno()

    @property
    def has_unsent(self) -> bool:
        """Whether requests wait for room in the stream; when there is some, call `flush`."""
        return bool(self._outbox)

    @property
    def pids(self) -> Mapping[int, int]:
        """The first process of each step that runs, by the ticket of its launch."""
        return self._pids

    @property
    def enforcers(self) -> Mapping[str, Enforcer]:
        """Who sees to each kind of limit that was asked for so far."""
        return self._enforcers

    def arrange(self, name: str, bases: Mapping[str, str]) -> None:
        """Say where control groups can be made; before the first start with limits.

        Args:
            name: what the folders of the run are called.
            bases: the folder of the group that this process is in, by controller; "" is version 2.
        """
        self._outbox.append((groups_request(name, bases), ()))
        self.flush()

    def launch(self, ticket: int, launch: Launch, *outputs: int, after: int = 0) -> None:
        """Ask for the start of a program.

        Args:
            ticket: a number that was never used before.
            launch: what to start.
            outputs: the descriptors that it writes to, which are this object's to close from now on: one, or
                one for stdout and one for stderr if `launch.capture`.
            after: the ticket of the one that it is to follow, which was not asked for yet, or 0.

        Raises:
            ValueError: an argument, the folder or the environment cannot be given to a process.
        """
        try:
            request = follow_request(after, ticket, launch) if after else start_request(ticket, launch)
        except ValueError:
            _close(outputs)
            raise
        self._outbox.append((request, outputs))
        self.flush()

    def stop(self, ticket: int, *, force: bool) -> None:
        """Ask for the end of a program and of everything it has started."""
        self._outbox.append((stop_request(ticket, force=force), ()))
        self.flush()

    def forget(self) -> None:
        """Ask for nothing to be started any more that was to follow."""
        self._outbox.append((forget_request(), ()))
        self.flush()

    def adopt(self, pid: int, marks: Collection[bytes]) -> None:
        """Have a process group killed, too, when everything that was started here is.

        Args:
            pid: the process group, which is no child of the spawner.
            marks: the entries in the environment by which what belongs to it is known.
        """
        self._outbox.append((adopt_request(pid, marks), ()))
        self.flush()

    def release(self, pid: int) -> None:
        """Take back such a request: the process group is gone, and its number may be given out anew."""
        self._outbox.append((release_request(pid), ()))
        self.flush()

    def flush(self) -> None:
        """Send what can be sent without waiting; that nobody listens any more shows when receiving."""
        while self._outbox:
            request, outputs = self._outbox[0]
            sent = self._send(request, outputs)
            if sent is None:
                return
            # They travelled with the first byte.
            _close(outputs)
            if sent < len(request):
                self._outbox[0] = (request[sent:], ())
            else:
                self._outbox.popleft()

    def receive(self) -> list[Reply]:
        """Return the replies that have arrived.

        Raises:
            SpawnerError: the spawner is gone; whatever it had started was killed.
        """
        data = self._read()
        if data is None:
            return []
        if not data:
            how = self._bury()
            raise SpawnerError(f"the process that starts the steps ended unexpectedly ({how})")
        replies = [read_reply(message) for message in self._inbox.feed(data)]
        for reply in replies:
            if isinstance(reply, Started):
                self._pids[reply.ticket] = reply.pid
            elif isinstance(reply, Gone) or (isinstance(reply, Finished) and not reply.serving):
                del self._pids[reply.ticket]
            elif isinstance(reply, Enforced):
                self._enforcers.update(reply.levels)
            elif isinstance(reply, Fault):
                self._fault = reply.reason
        return replies

    def leave(self) -> None:
        """Have everything that was started ended, and the spawner itself, without waiting for that."""
        if not self._is_leaving and self._stream.fileno() >= 0:
            self._is_leaving = True
            self._stream.shutdown(_socket.SHUT_WR)

    def close(self, patience_s: float) -> None:
        """End everything that was started, and the spawner itself.

        Args:
            patience_s: how many seconds the spawner may take for it before it is killed as well.
        """
        if self._stream.fileno() < 0:
            return
        self.leave()
        poll = select.poll()
        poll.register(self._stream, select.POLLIN)
        while poll.poll(patience_s * 1000):
            if not self._read():
                break
        self._bury()

    def _send(self, request: bytes, outputs: tuple[int, ...]) -> int | None:
        """Return how many bytes were sent, all of them if the spawner is gone, None if there is no room."""
        rights = []
        if outputs:
            payload = b"".join(output.to_bytes(4, sys.byteorder) for output in outputs)
            rights.append((_socket.SOL_SOCKET, _socket.SCM_RIGHTS, payload))
        try:
            return self._stream.sendmsg([request], rights, _NO_SIGPIPE)
        except OSError as error:
            if error.errno in _TRY_LATER:
                return None
            if error.errno in _GONE:
                return len(request)
            raise

    def _read(self) -> bytes | None:
        """Return what has arrived, nothing if the spawner is gone, None if it has not said anything."""
        try:
            return self._stream.recv(wire.READ_BYTES)
        except BlockingIOError:
            return None
        except ConnectionResetError:
            return b""

    def _bury(self) -> str:
        """Make sure that the spawner and all that it started are gone; return how it ended, in words."""
        self._stream.close()
        for _, outputs in self._outbox:
            _close(outputs)
        self._outbox.clear()
        send(self.pid, signal.SIGKILL)
        try:
            code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        except ChildProcessError:
            # The program that started wfopt had SIGCHLD ignored.
            how = "its exit status is unknown"
        else:
            how = f"signal {-code}" if code < 0 else f"exit status {code}"
            if not code:
                # It has seen to it that nothing is left, for which it need not look through all processes.
                return self._fault or how
        self._kill_the_rest()
        return self._fault or how

    def _kill_the_rest(self) -> None:
        """Kill the known process groups, and where there is a process table all of the spawner's session."""
        for pid in self._pids.values():
            send_group(pid, signal.SIGKILL)
        for _ in range(_KILL_ROUNDS if os.path.isdir(_PROC) else 0):
            table = read_table(_PROC)
            alive = table.below(table.in_session(self.pid))
            if not alive:
                break
            for process in alive:
                send(process.pid, signal.SIGKILL)
            # They take a moment to die.
            select.poll().poll(_KILL_PAUSE_MS)


def _close(fds: tuple[int, ...]) -> None:
    for fd in fds:
        os.close(fd)
