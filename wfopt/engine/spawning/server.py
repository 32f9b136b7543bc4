"""The spawner's loop: takes requests, starts steps, waits for them, replies.

One thread, one poll; nothing in it blocks, so a step that is slow to die never holds up another. When the
other end of the stream closes, because wfopt closed it or died, everything that was ever started is killed.
"""

import _socket  # `socket` imports as much again as all the rest of the spawner
import posix as os  # see `__main__`
import select
import sys
import time

from wfopt.engine.spawning import signals as signal
from wfopt.engine.spawning import wire
from wfopt.engine.spawning.contracts import Hold, Holder
from wfopt.engine.spawning.family import NEVER, Family, Tree, env_marks
from wfopt.engine.spawning.launching import StartError, change, launch, read_entries
from wfopt.engine.spawning.step import Step

_FD_BYTES = 4
_ROOM_FOR_FDS = _socket.CMSG_SPACE(64 * _FD_BYTES)
_CLOSE_ON_EXEC = getattr(_socket, "MSG_CMSG_CLOEXEC", 0)
_NO_SIGPIPE = getattr(_socket, "MSG_NOSIGNAL", 0)

_PIPES = 3
"""Where the number of descriptors stands in what is said of a program."""

_STDIN = 0
"""What the spawner itself was given: nothing to read."""

_TELL_STARTS_S = 0.005
"""How long it may take to tell that a step has started. Nothing there depends on it at once, and the end of a
short step comes together with it: that wakes the client once instead of twice."""

_END_S = 5.0
"""How long the same processes are killed again and again at the end, should they not die."""

_END_PAUSE_S = 0.01


class Server:
    """Serves one client until it goes away.

    Args:
        stream: the connection to it, non-blocking.
        alarm: a non-blocking descriptor that becomes readable when a child ended.
        family: finds the processes of each step.
        reset: the signals that are ignored here and must not be in steps.
    """

    def __init__(
        self,
        stream: _socket.socket,
        alarm: int,
        family: Family,
        reset: list[int],
    ) -> None:
        self._stream = stream
        self._alarm = alarm
        self._family = family
        self._environ: dict[bytes, bytes] = {}
        self._reset = reset
        self._poll = select.poll()
        self._poll.register(stream.fileno(), select.POLLIN)
        self._poll.register(alarm, select.POLLIN)
        self._inbox = wire.Inbox()
        self._outputs: list[int] = []
        self._outbox = b""
        self._starts = b""
        self._tell_starts_at = NEVER
        self._running: dict[int, Step] = {}
        self._ending: list[Step] = []
        self._followers: dict[bytes, _Follower] = {}
        self._holder: Holder | None = None
        self._connected = True

    def serve(self) -> None:
        """Do what the client asks for until it is gone."""
        while self._connected:
            for fd, _ in self._poll.poll(self._patience_ms()):
                if fd == self._alarm:
                    self._children_ended()
                else:
                    self._receive()
            if self._holder is not None:
                self._look_at_limits(self._holder)
            self._review()
            if self._starts and time.monotonic() >= self._tell_starts_at:
                self._say(b"")
            self._flush()

    def end_all(self) -> bool:
        """Kill every process of the run and wait until they are gone; return whether they surely are."""
        alarm = select.poll()
        alarm.register(self._alarm, select.POLLIN)
        before: set[int] = set()
        give_up_at = 0.0
        # To look through all processes takes as long as a short step.
        while self._reap() or not self._family.hangs_below_children:
            now = time.monotonic()
            pids = self._family.sweep_all()
            if pids != before:
                before, give_up_at = pids, now + _END_S
            # What was adopted is no child, and takes a moment to die as well.
            if not (self._reap() or pids) or now >= give_up_at:
                break
            if alarm.poll(_END_PAUSE_S * 1000):
                self._silence_alarm()
        if self._holder is not None:
            self._holder.close()
        return self._family.hangs_below_children and not self._reap()

    def fault(self, reason: bytes) -> None:
        """Tell the client, if it still listens, why this process is about to end."""
        self._say(wire.frame([wire.FAULT, reason]))
        self._flush()

    def _patience_ms(self) -> float | None:
        look_at = min([self._tell_starts_at, *(step.look_at for step in self._ending)])
        if self._holder is not None:
            look_at = min(look_at, self._holder.look_at)
        if look_at == NEVER:
            # Only running steps and services, whose end would show as the end of a child.
            return None
        # A little more than the rest, since poll cuts off what is below a millisecond.
        return max(0.0, look_at - time.monotonic()) * 1000 + 1

    def _receive(self) -> None:
        try:
            data, ancillary, flags, _ = self._stream.recvmsg(wire.READ_BYTES, _ROOM_FOR_FDS, _CLOSE_ON_EXEC)
        except BlockingIOError:
            return
        except ConnectionResetError:
            data, ancillary, flags = b"", [], 0
        if flags & _socket.MSG_CTRUNC:
            raise OSError("a descriptor was lost on the way: the limit on open files is too low")
        for level, kind, payload in ancillary:
            if (level, kind) == (_socket.SOL_SOCKET, _socket.SCM_RIGHTS):
                self._keep_outputs(payload)
        self._connected = bool(data)
        for message in self._inbox.feed(data):
            self._obey(message)

    def _keep_outputs(self, payload: bytes) -> None:
        for start in range(0, len(payload) - _FD_BYTES + 1, _FD_BYTES):
            fd = int.from_bytes(payload[start : start + _FD_BYTES], sys.byteorder)
            if not _CLOSE_ON_EXEC:
                os.set_inheritable(fd, False)  # noqa: FBT003 - it has no name
            self._outputs.append(fd)

    def _obey(self, message: list[bytes]) -> None:
        kind, *fields = message
        if kind == wire.BASE:
            self._environ = read_entries(fields)
        elif kind == wire.START:
            self._start_asked(*fields)
        elif kind == wire.FOLLOW:
            after, unless, *fields = fields
            self._followers[after] = _Follower(unless, fields, self._take_outputs(fields))
        elif kind == wire.FORGET:
            self._forget_followers()
        elif kind == wire.GROUPS:
            self._holder = _make_holder(self._family, *fields)
        elif kind == wire.ADOPT:
            self._family.adopt(Tree(int(fields[0]), frozenset(fields[1:])))
        elif kind == wire.RELEASE:
            self._family.release(int(fields[0]))
        else:
            self._forget_followers()
            signum = signal.SIGKILL if kind == wire.KILL else signal.SIGTERM
            for step in [*self._running.values(), *self._ending]:
                if step.ticket == fields[0]:
                    step.stop(signum, self._family, time.monotonic())

    def _take_outputs(self, fields: list[bytes]) -> list[int]:
        return [self._outputs.pop(0) for _ in range(int(fields[_PIPES]))]

    def _forget_followers(self) -> None:
        for follower in self._followers.values():
            _close(follower.outputs)
        self._followers.clear()

    def _start_asked(self, *fields: bytes) -> None:
        try:
            self._start(self._take_outputs(list(fields)), *fields)
        except StartError as error:
            self._forget_followers()
            self._say(wire.frame([wire.FAILED, fields[0], error.reason]))

    def _start_next(self, ended: Step) -> bytes:
        """Start what is to follow a step of which nothing is left; return when that was, or nothing."""
        follower = self._followers.pop(ended.ticket, None)
        if follower is None:
            return b""
        if ended.ended_well and not _is_there(follower.unless):
            try:
                return b"%.6f" % self._start(follower.outputs, *follower.fields)
            except StartError:
                # Whoever hears that nothing followed tries again, and learns why.
                follower.outputs.clear()
        gone: _Follower | None = follower
        while gone is not None:
            _close(gone.outputs)
            gone = self._followers.pop(gone.fields[0], None)
        return b""

    def _start(
        self,
        outputs: list[int],
        ticket: bytes,
        cwd: bytes,
        service: bytes,
        _pipes: bytes,
        limits: bytes,
        *rest: bytes,
    ) -> float:
        """Start a program and return when that was.

        Raises:
            StartError: it cannot be started.
        """
        argv, changes = _split(*rest)
        env = change(self._environ, changes)
        marks = [frozenset([b"pipe:[%d]" % os.fstat(output).st_ino]) for output in outputs]
        started_at = time.monotonic()
        streams = (_STDIN, outputs[0], outputs[-1])
        hold = None
        try:
            if limits and self._holder is not None:
                hold = self._prepare(self._holder, limits)
                pid = hold.launch(argv, cwd, env, streams, self._reset)
            else:
                pid = launch(argv, cwd, env, streams, self._reset)
        except StartError:
            if hold is not None:
                hold.end()
            raise
        finally:
            _close(outputs)
        tree = Tree(pid, *marks, env_marks(env))
        self._family.add(tree)
        self._running[pid] = Step(ticket, tree, started_at, service=bool(service), hold=hold)
        if hold is not None:
            hold.begin(tree, started_at)
        if not self._starts:
            self._tell_starts_at = started_at + _TELL_STARTS_S
        self._starts += wire.frame([wire.STARTED, ticket, b"%d" % pid])
        return started_at

    def _prepare(self, holder: Holder, limits: bytes) -> Hold:
        hold, levels = holder.prepare(limits)
        if levels:
            self._say(wire.frame([wire.ENFORCED, *levels]))
        return hold

    def _look_at_limits(self, holder: Holder) -> None:
        now = time.monotonic()
        if holder.look_at > now:
            return
        over = holder.look(now)
        for step in [*self._running.values(), *self._ending]:
            if step.tree in over:
                step.stop(signal.SIGKILL, self._family, now)

    def _children_ended(self) -> None:
        self._silence_alarm()
        self._reap()
        for step in self._ending:
            step.look_at = 0.0

    def _silence_alarm(self) -> None:
        os.read(self._alarm, wire.READ_BYTES)

    def _reap(self) -> bool:
        """Wait for every child that has ended; return whether any other is left."""
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if not pid:
                return True
            step = self._running.pop(pid, None)
            if step is None:
                self._family.reaped(pid)
            else:
                step.leader_ended(status, usage, time.monotonic())  # type: ignore[arg-type]  # see `Usage`
                self._ending.append(step)
                if status:
                    self._forget_followers()

    def _review(self) -> None:
        """Go on with the steps that are ending, services that go on included, and report what is new."""
        if not self._ending:
            return
        now = time.monotonic()
        ending = []
        for step in self._ending:
            reply = step.review(self._family, now) if step.look_at <= now else []
            if step.over:
                self._family.remove(step.tree)
                if step.hold is not None:
                    step.hold.end()
                if self._followers and reply[0] == wire.FINISHED:
                    reply[-1] = self._start_next(step)
            if reply:
                self._say(wire.frame(reply))
            if not step.over:
                ending.append(step)
        self._ending = ending

    def _say(self, message: bytes) -> None:
        """Have something sent, after what waits to be told of steps that started."""
        self._outbox += self._starts + message
        self._starts, self._tell_starts_at = b"", NEVER

    def _flush(self) -> None:
        """Send what can be sent at once and watch for room for the rest."""
        had_to_wait = False
        while self._outbox and self._connected:
            try:
                sent = self._stream.send(self._outbox, _NO_SIGPIPE)
            except BlockingIOError:
                had_to_wait = True
                break
            except (BrokenPipeError, ConnectionResetError):
                self._connected = False
                return
            self._outbox = self._outbox[sent:]
        wanted = select.POLLIN | select.POLLOUT if had_to_wait else select.POLLIN
        self._poll.modify(self._stream.fileno(), wanted)


class _Follower:
    """What is to start right after something else: unless there is anything at a path, and what."""

    __slots__ = ("fields", "outputs", "unless")

    def __init__(self, unless: bytes, fields: list[bytes], outputs: list[int]) -> None:
        self.unless = unless
        self.fields = fields
        self.outputs = outputs


def _is_there(path: bytes) -> bool:
    try:
        os.lstat(path)
    except (OSError, ValueError):
        return False
    return True


def _close(outputs: list[int]) -> None:
    for output in outputs:
        os.close(output)


def _split(count: bytes, *fields: bytes) -> tuple[list[bytes], list[bytes]]:
    """Return the arguments and the changes of the environment."""
    return list(fields[: int(count)]), list(fields[int(count) :])


def _make_holder(family: Family, name: bytes, *bases: bytes) -> Holder:
    """Load what most runs do without."""
    from wfopt.engine.spawning.control import Control  # noqa: PLC0415
    from wfopt.engine.spawning.holding import StepHolder  # noqa: PLC0415

    pairs = (base.partition(b"=") for base in bases)
    return StepHolder(family, Control(name, {controller: folder for controller, _, folder in pairs}))
