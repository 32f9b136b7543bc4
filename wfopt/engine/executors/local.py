"""Runs steps as processes of this machine."""

from __future__ import annotations

import math
import os
import select
from collections.abc import Mapping, Sequence
from itertools import count

from wfopt.dataclass import replace
from wfopt.engine.beginning import Begun
from wfopt.engine.clock import Clock
from wfopt.engine.executors.foreground import Foreground, start_in_front
from wfopt.engine.executors.levels import weaker
from wfopt.engine.executors.task import Task, last_news
from wfopt.engine.messages import Failed, Finished, Gone, Reply
from wfopt.engine.runner import Alive, Ended, Launch, News, Output
from wfopt.engine.spawner import Spawner
from wfopt.model.outcome import Enforcer
from wfopt.model.workflow import StepId

READ_BYTES = 65536
"""How much is read from one pipe at once; a step that prints faster waits for its turn."""

HELD_S = 2.0
"""How long to wait for the end of a step's output once all of its known processes are gone."""

_PIPES_LIMIT_BYTES = 2 << 20
"""The most that two pipes can hold: what comes later was not written before the step's end."""

_CLOSE_S = 8.0


class LocalRunner:
    """A `Runner` for real processes; the spawner starts with the first of them.

    Args:
        environ: the environment that steps start from.
        clock: must be the system's monotonic clock, by which the spawner measures as well.
        wakeup_fd: a non-blocking descriptor; when it is readable, `wait` empties it and returns.
        terminal: a descriptor of the controlling terminal, for steps that are interactive, one at a time;
            without it, they run like all others.
        groups: the folder of the control group that this process is in, by controller; found out when the
            first step with limits starts if it is not given.
        begun: the spawner, if it was started already.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        clock: Clock,
        wakeup_fd: int | None = None,
        terminal: int | None = None,
        groups: Mapping[str, str] | None = None,
        begun: Begun | None = None,
    ) -> None:
        self._environ = environ
        self._clock = clock
        self._wakeup_fd = wakeup_fd
        self._spawner: Spawner | None = None
        self._poll = select.poll()
        if wakeup_fd is not None:
            self._poll.register(wakeup_fd, select.POLLIN)
        self._tickets = count(1)
        self._tasks: dict[int, Task] = {}
        self._by_fd: dict[int, Task] = {}
        self._by_step: dict[StepId, Task] = {}
        self._lingering: list[Task] = []
        self._news: list[News] = []
        self._watches_for_room = False
        self._terminal = terminal
        self._front: Foreground | None = None
        self._in_front: dict[str, Enforcer] = {}
        self._is_arranged = False
        self._groups = groups
        if begun is not None:
            self._connect(Spawner(environ, begun=begun))

    def make_ready(self) -> None:
        """Start the spawner, which takes some milliseconds to begin.

        Raises:
            SpawnerError: it cannot be started.
        """
        if self._spawner is None:
            self._start_spawner()

    def start(self, launch: Launch, then: Sequence[Launch] = ()) -> None:
        """Start a process, and others right after it; that it cannot be is told as `Ended` with an `error`.

        Raises:
            SpawnerError: the spawner itself cannot be started.
        """
        spawner = self._spawner or self._start_spawner()
        if launch.interactive and self._terminal is not None:
            self._start_in_front(spawner, launch, self._terminal)
        else:
            self._start_behind(spawner, launch, then)

    def _start_behind(self, spawner: Spawner, launch: Launch, then: Sequence[Launch]) -> None:
        if launch.limits and not self._is_arranged:
            self._is_arranged = True
            name = launch.env.get("WFOPT_RUN_ID") or "run"
            spawner.arrange(f"{name}-{spawner.pid}", _own_groups() if self._groups is None else self._groups)
        try:
            readers, writers = _pipes(2 if launch.capture else 1)
        except OSError as error:
            self._news.append(
                Ended(step=launch.step, error=f"there is no pipe for its output: {error.strerror}")
            )
            return
        task = Task(launch, next(self._tickets), readers)
        self._line_up(spawner, task, then)
        try:
            spawner.launch(task.ticket, launch, *writers)
        except ValueError as error:
            self._drop_next(task)
            spawner.forget()
            _close(readers)
            self._news.append(Ended(step=launch.step, error=str(error)))
            return
        self._tasks[task.ticket] = self._by_step[launch.step] = task
        self._listen(task)
        self._watch_for_room(spawner)

    def _line_up(self, spawner: Spawner, task: Task, then: Sequence[Launch]) -> None:
        """Have others started right after a task, as many as can be."""
        for launch in then:
            try:
                readers, writers = _pipes(2 if launch.capture else 1)
            except OSError:
                return
            follower = Task(launch, next(self._tickets), readers)
            try:
                spawner.launch(follower.ticket, launch, *writers, after=task.ticket)
            except ValueError:
                _close(readers)
                return
            follower.early = []
            self._tasks[follower.ticket] = self._by_step[launch.step] = follower
            task.next = task = follower

    def _listen(self, task: Task) -> None:
        for reader in task.fds:
            self._by_fd[reader] = task
            self._poll.register(reader, select.POLLIN)

    def _drop_next(self, task: Task) -> None:
        """Forget what will not start right after a task."""
        follower, task.next = task.next, None
        while follower is not None:
            _close(follower.fds)
            del self._tasks[follower.ticket]
            del self._by_step[follower.step]
            follower = follower.next

    def forget_next(self) -> None:
        """Start nothing more right after anything."""
        if self._spawner is not None:
            self._spawner.forget()
            self._watch_for_room(self._spawner)

    def alive(self) -> Alive:
        """Return where the processes of running steps hang."""
        spawner, front = self._spawner, self._front
        if spawner is None:
            return Alive({})
        pids = spawner.pids
        leaders = {task.step: pids[ticket] for ticket, task in self._tasks.items() if ticket in pids}
        if front is not None:
            leaders[front.step] = front.pid
        return Alive(leaders, spawner.pid)

    def enforcers(self) -> Mapping[str, Enforcer]:
        """Return who sees to each kind of limit that steps had so far."""
        behind = {} if self._spawner is None else self._spawner.enforcers
        return weaker(behind, self._in_front)

    def wait(self, timeout_s: float | None) -> Sequence[News]:
        """Return what happened, waiting for at most `timeout_s` seconds (None: without limit).

        Each call reads at most 64 KiB from each pipe, so a caller that takes its time slows the steps
        down instead of filling the memory.

        Raises:
            SpawnerError: the spawner is gone; it has left no step behind.
        """
        limit = math.inf if timeout_s is None else self._clock.now() + timeout_s
        woken = False
        while not self._news and not woken:
            ready = [fd for fd, _ in self._poll.poll(self._patience_ms(limit))]
            woken = self._serve(ready)
            now = self._clock.now()
            self._give_up_on_held_output(ready, now)
            self._look_in_front(now)
            if now >= limit:
                break
        news, self._news = self._news, []
        return news

    def stop(self, step: StepId, *, force: bool) -> None:
        """Ask a step's whole process tree to end (TERM), or end it now (KILL) with `force`."""
        task = self._by_step.get(step)
        if self._front is not None and self._front.step == step:
            self._front.stop(force=force, now=self._clock.now())
        if task is not None and self._spawner is not None:
            task.stopping = True
            self._spawner.stop(task.ticket, force=force)
            self._watch_for_room(self._spawner)

    def wind_down(self) -> None:
        """Begin to end whatever still runs, without waiting for that: all that is left to do is to close."""
        if self._spawner is not None:
            self._spawner.leave()

    def close(self) -> None:
        """End whatever still runs, leaving no process behind, and give up all resources."""
        if self._front is not None:
            self._front.close()
            self._front = None
        if self._spawner is not None:
            self._spawner.close(_CLOSE_S)
        _close(list(self._by_fd))
        _close([fd for task in self._tasks.values() if task.early is not None for fd in task.fds])
        self._by_fd.clear()
        self._by_step.clear()
        self._tasks.clear()
        self._lingering.clear()

    def _start_spawner(self) -> Spawner:
        return self._connect(Spawner(self._environ))

    def _connect(self, spawner: Spawner) -> Spawner:
        self._spawner = spawner
        self._poll.register(spawner.fileno(), select.POLLIN)
        return spawner

    def _start_in_front(self, spawner: Spawner, launch: Launch, terminal: int) -> None:
        if self._front is not None:
            error = f"it needs the terminal, which `{self._front.step}` has"
            self._news.append(Ended(step=launch.step, error=error))
            return
        try:
            front = start_in_front(launch, self._environ, terminal, self._poll, self._clock.now())
        except ValueError as problem:
            self._news.append(Ended(step=launch.step, error=str(problem)))
        else:
            self._front = front
            self._in_front.update(front.enforcers)
            spawner.adopt(front.pid, front.marks)
            self._watch_for_room(spawner)

    def _look_in_front(self, now: float) -> None:
        reply = None if self._front is None else self._front.look(now)
        if self._front is None or reply is None:
            return
        if self._spawner is not None:
            self._spawner.release(self._front.pid)
            self._watch_for_room(self._spawner)
        self._news.append(last_news(self._front.step, reply))
        self._front = None

    def _watch_for_room(self, spawner: Spawner) -> None:
        if spawner.has_unsent != self._watches_for_room:
            self._watches_for_room = spawner.has_unsent
            events = select.POLLIN | select.POLLOUT if self._watches_for_room else select.POLLIN
            self._poll.modify(spawner.fileno(), events)

    def _patience_ms(self, limit: float) -> int | None:
        until = min([limit, *(task.held_at for task in self._lingering)])
        if self._front is not None:
            until = min(until, self._front.look_at)
        if until == math.inf:
            return None
        return math.ceil(max(0.0, until - self._clock.now()) * 1000)

    def _serve(self, ready: Sequence[int]) -> bool:
        """Handle what is ready; return whether the program was signalled."""
        woken = called = False
        for fd in ready:
            task = self._by_fd.get(fd)
            if task is not None:
                self._read(fd, task)
            elif fd == self._wakeup_fd:
                os.read(fd, READ_BYTES)
                woken = True
            else:
                called = True
        if called and self._spawner is not None:
            # Last, since what it says may have pipes read once more, which must not be empty then.
            self._talk(self._spawner)
        return woken

    def _talk(self, spawner: Spawner) -> None:
        for reply in spawner.receive():
            self._take(reply)
        spawner.flush()
        self._watch_for_room(spawner)

    def _take(self, reply: Reply) -> None:
        if isinstance(reply, Failed | Finished | Gone):
            early = self._tasks[reply.ticket].early
            if early is not None:
                early.append(reply)
                return
        if isinstance(reply, Finished) and reply.serving:
            self._let_serve(self._tasks[reply.ticket], reply)
        elif isinstance(reply, Failed | Finished | Gone):
            task = self._tasks.pop(reply.ticket)
            task.end(reply)
            if not isinstance(reply, Finished) or reply.next_at is None:
                self._drop_next(task)
            if task.fds:
                task.held_at = self._clock.now() + HELD_S
                self._lingering.append(task)
            else:
                self._end(task)

    def _let_serve(self, task: Task, reply: Finished) -> None:
        ended = task.serve(reply)
        if ended is not None:
            # What its first process wrote shall come before its end, so far as a pipe holds it.
            written = select.poll()
            for fd in task.fds:
                written.register(fd, select.POLLIN)
            for fd, _ in written.poll(0):
                self._read(fd, task)
            self._news.append(ended)

    def _read(self, fd: int, task: Task) -> None:
        data = os.read(fd, READ_BYTES)
        if data:
            self._news.append(Output(task.step, data, captured=fd == task.captured))
            if task.last is not None:
                task.read_late += len(data)
            return
        self._close_output(fd, task)
        if task.last is not None and not task.fds:
            self._lingering.remove(task)
            self._end(task)

    def _give_up_on_held_output(self, ready: Sequence[int], now: float) -> None:
        """End the steps whose output something unknown still holds, after their own last byte."""
        if not self._lingering:
            return
        for task in [task for task in self._lingering if now >= task.held_at]:
            drained = not any(fd in ready for fd in task.fds) or task.read_late > _PIPES_LIMIT_BYTES
            if drained:
                for fd in tuple(task.fds):
                    self._close_output(fd, task)
                self._lingering.remove(task)
                if isinstance(task.last, Ended):
                    task.last = replace(task.last, output_held=True)
                self._end(task)

    def _close_output(self, fd: int, task: Task) -> None:
        self._poll.unregister(fd)
        del self._by_fd[fd]
        os.close(fd)
        task.fds.remove(fd)

    def _end(self, task: Task) -> None:
        if self._by_step.get(task.step) is task:
            del self._by_step[task.step]
        if task.last is not None:
            self._news.append(task.last)
        follower = task.next
        if follower is not None and follower.early is not None:
            early, follower.early = follower.early, None
            self._listen(follower)
            for reply in early:
                self._take(reply)


def _own_groups() -> Mapping[str, str]:
    from wfopt.resources.limits import own_groups  # noqa: PLC0415 - only steps with limits need it

    return own_groups()


def _pipes(count: int) -> tuple[list[int], list[int]]:
    """Return the reading and the writing ends of so many pipes.

    Raises:
        OSError: there is no room for all of them; none is left open.
    """
    readers: list[int] = []
    writers: list[int] = []
    for _ in range(count):
        try:
            reader, writer = os.pipe()
        except OSError:
            _close(readers + writers)
            raise
        readers.append(reader)
        writers.append(writer)
    return readers, writers


def _close(fds: Sequence[int]) -> None:
    for fd in fds:
        os.close(fd)
