"""A step that has the terminal: started by wfopt itself, since the spawner has left the terminal for good.

It is started like a job of a shell: in a process group of its own, which becomes the foreground of the
terminal, so that it alone reads what is typed and gets what Ctrl-C sends. Unlike a job of a shell it cannot
be suspended: when it stops, it gets the foreground again and goes on.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import termios
from collections.abc import Callable, Mapping
from typing import Protocol

from wfopt.engine.messages import Failed, Finished, entries, read_reply, start_fields
from wfopt.engine.runner import Launch
from wfopt.engine.spawning.contracts import Hold
from wfopt.engine.spawning.family import Groups, Relatives, Tree, env_marks, send_group
from wfopt.engine.spawning.launching import StartError, change, ignored_signals, launch, read_entries
from wfopt.engine.spawning.step import Step
from wfopt.model.outcome import Enforcer

LOOK_S = 0.05
"""How often to look whether the process has stopped, and whether it has ended where nothing else tells."""

_KILL_ROUNDS = 200
_KILL_PAUSE_MS = 5
_PROC = "/proc"
_TICKET = 0

_Start = Callable[[list[bytes], bytes, dict[bytes, bytes], tuple[int, int, int], list[int]], int]


class Held(Protocol):
    """See `wfopt.engine.executors.front_hold.FrontHold`, which is loaded with the first limits."""

    @property
    def hold(self) -> Hold: ...
    @property
    def enforcers(self) -> Mapping[str, Enforcer]: ...
    @property
    def look_at(self) -> float: ...
    def begin(self, tree: Tree, now: float) -> None: ...
    def is_over(self, now: float) -> bool: ...
    def end(self) -> None: ...


class Terminal:
    """The controlling terminal, in whose foreground wfopt runs unless it has lent it to a step.

    Args:
        fd: a descriptor of it.

    Attributes:
        fd: as above.
    """

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self._attributes: list[int | list[bytes | int]] = []
        self._mask: set[int] | None = None

    def reserve(self) -> None:
        """Remember how it is set; from now on it is lent.

        Until it is taken back, nothing that wfopt does to it can stop wfopt like a job in the background.

        Raises:
            StartError: it is not for wfopt to lend.
        """
        try:
            in_front = os.tcgetpgrp(self.fd) == os.getpgrp()
            self._attributes = termios.tcgetattr(self.fd)
        except (OSError, termios.error):
            raise StartError(b"it needs the terminal, which is gone") from None
        if not in_front:
            raise StartError(b"it needs the terminal, but wfopt runs in the background")
        self._mask = {*signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTTOU])}

    def lend(self, group: int) -> None:
        """Put a process group into the foreground, and let it go on should it have stopped."""
        with contextlib.suppress(OSError):
            os.tcsetpgrp(self.fd, group)
        # It may have tried to read before it was in the foreground.
        send_group(group, signal.SIGCONT)

    def take_back(self) -> None:
        """Return to the foreground and set it as it was before, unless it is gone."""
        if self._mask is None:
            return
        with contextlib.suppress(OSError, termios.error):
            os.tcsetpgrp(self.fd, os.getpgrp())
            termios.tcsetattr(self.fd, termios.TCSANOW, self._attributes)
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
        self._mask = None


class TerminalStep:
    """A step that runs in the foreground of the terminal.

    What its first process leaves behind is ended as with any other step. Its peak memory is not less than
    wfopt's own, which the kernel counts for it. Of its limits see `wfopt.engine.executors.front_hold`.

    Args:
        started: what to start.
        environ: the environment it starts from.
        terminal: what it gets to read from and to write to.
        poll: told to watch for the end of the process, where the system has a means to that.
        now: the time on the clock.

    Attributes:
        pid: its first process, and its process group.
        marks: the entries in the environment by which what it has started is known.
        enforcers: who sees to each kind of limit that it has.

    Raises:
        StartError: it cannot be started.
        ValueError: an argument, the folder or the environment cannot be given to a process.
    """

    def __init__(
        self, started: Launch, environ: Mapping[str, str], terminal: Terminal, poll: select.poll, now: float
    ) -> None:
        self.step = started.step
        cwd, argv, changes = start_fields(started)
        env = change(read_entries(entries(environ)), changes)
        self._family = Relatives(_PROC) if os.path.isdir(_PROC) else Groups()
        self._held = _held(started, self._family)
        self.enforcers: Mapping[str, Enforcer] = {} if self._held is None else self._held.enforcers
        terminal.reserve()
        try:
            start = launch if self._held is None else self._held.hold.launch
            self.pid = _launch_from_here(start, argv, cwd, env, terminal.fd)
        except StartError:
            terminal.take_back()
            raise
        terminal.lend(self.pid)
        self.marks = env_marks(env)
        self._terminal = terminal
        self._tree = Tree(self.pid, self.marks)
        self._life = Step(
            b"%d" % _TICKET, self._tree, now, hold=None if self._held is None else self._held.hold
        )
        if self._held is not None:
            self._held.begin(self._tree, now)
        self._looked_at = now
        self._poll = poll
        self._pidfd = _pidfd(self.pid)
        if self._pidfd >= 0:
            poll.register(self._pidfd, select.POLLIN)

    @property
    def look_at(self) -> float:
        """When to call `look` at the latest."""
        look_at = self._looked_at + LOOK_S if self._tree.led else self._life.look_at
        return look_at if self._held is None else min(look_at, self._held.look_at)

    def look(self, now: float) -> Finished | Failed | None:
        """See to the process and what it left behind; return how it ended once nothing of it is left."""
        if self._held is not None and self._held.is_over(now):
            self.stop(force=True, now=now)
        if self._tree.led:
            self._looked_at = now
            try:
                self._look_at_process(now)
            except ChildProcessError:
                self.close()
                return Failed(_TICKET, "its exit status is unknown, as what started wfopt ignores SIGCHLD")
        if self._tree.led or now < self._life.look_at:
            return None
        message = self._life.review(self._family, now)
        reply = read_reply(message) if message else None
        if self._life.over and self._held is not None:
            self._held.end()
        return reply if isinstance(reply, Finished) else None

    def stop(self, *, force: bool, now: float) -> None:
        """Ask the whole tree to end, or end it now with `force`."""
        self._life.stop(signal.SIGKILL if force else signal.SIGTERM, self._family, now)

    def close(self) -> None:
        """Kill all that is left and take the terminal back."""
        self._family.sweep(self._tree)
        if self._tree.led:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self.pid, 0)
            self._tree.led = False
            self._leave_terminal()
        for _ in range(_KILL_ROUNDS):
            if not self._family.sweep(self._tree):
                break
            # They take a moment to die.
            select.poll().poll(_KILL_PAUSE_MS)

    def _look_at_process(self, now: float) -> None:
        pid, status, usage = os.wait4(self.pid, os.WNOHANG | os.WUNTRACED)
        if not pid:
            return
        if os.WIFSTOPPED(status):
            self._terminal.lend(self.pid)
            return
        self._life.leader_ended(status, usage, now)  # type: ignore[arg-type]  # see `Usage`
        self._leave_terminal()

    def _leave_terminal(self) -> None:
        if self._pidfd >= 0:
            self._poll.unregister(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = -1
        self._terminal.take_back()


def _held(started: Launch, family: Relatives | Groups) -> Held | None:
    """Return what holds a step to its limits, or None if it has none."""
    if not started.limits:
        return None
    from wfopt.engine.executors.front_hold import FrontHold  # noqa: PLC0415 - hardly any such step has limits

    return FrontHold(started.limits, family, _PROC)


def _launch_from_here(start: _Start, argv: list[bytes], cwd: bytes, env: dict[bytes, bytes], fd: int) -> int:
    """Start a program from this process, whose own folder changes for that moment, and return its pid."""
    try:
        here = os.open(".", getattr(os, "O_PATH", os.O_RDONLY) | os.O_CLOEXEC)
    except OSError as error:
        raise StartError(b"the current folder cannot be opened: %s" % str(error).encode()) from None
    try:
        return start(argv, cwd, env, (fd, fd, fd), ignored_signals())
    finally:
        os.fchdir(here)
        os.close(here)


def _pidfd(pid: int) -> int:
    """Return a descriptor that becomes readable when a process ends, or -1 if there is none to be had."""
    if not hasattr(os, "pidfd_open"):
        return -1
    try:
        return os.pidfd_open(pid)
    except OSError:
        return -1
