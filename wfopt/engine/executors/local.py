"""Runs steps as processes of this machine."""

from __future__ import annotations

import math
import os
import select
from collections.abc import Mapping, Sequence
from itertools import count

from wfopt.engine.clock import Clock
from wfopt.engine.messages import Failed, Finished, Reply
from wfopt.engine.runner import Ended, Launch, News, Output
from wfopt.engine.spawner import Spawner
from wfopt.model.workflow import StepId

READ_BYTES = 65536
"""How much is read from one step at once; a step that prints faster waits for its turn."""

HELD_S = 2.0
"""How long to wait for the end of a step's output once all of its known processes are gone."""

_PIPE_LIMIT_BYTES = 1 << 20
"""The most that a pipe can hold: what comes later was not written before the step's end."""

_CLOSE_S = 8.0


class _Task:
    """A step that runs, or whose output has not come to its end."""

    __slots__ = ("fd", "held_at", "read_late", "reply", "step", "ticket")

    def __init__(self, step: StepId, ticket: int, fd: int) -> None:
        self.step = step
        self.ticket = ticket
        self.fd = fd
        self.reply: Failed | Finished | None = None
        self.held_at = math.inf
        self.read_late = 0


class LocalRunner:
    """A `Runner` for real processes; the spawner starts with the first of them.

    Args:
        environ: the environment that steps start from.
        clock: must be the system's monotonic clock, by which the spawner measures as well.
        wakeup_fd: a non-blocking descriptor; when it is readable, `wait` empties it and returns.
    """

    def __init__(self, environ: Mapping[str, str], clock: Clock, wakeup_fd: int | None = None) -> None:
        self._environ = environ
        self._clock = clock
        self._wakeup_fd = wakeup_fd
        self._spawner: Spawner | None = None
        self._poll = select.poll()
        if wakeup_fd is not None:
            self._poll.register(wakeup_fd, select.POLLIN)
        self._tickets = count(1)
        self._tasks: dict[int, _Task] = {}
        self._by_fd: dict[int, _Task] = {}
        self._by_step: dict[StepId, _Task] = {}
        self._lingering: list[_Task] = []
        self._news: list[News] = []
        self._watches_for_room = False

    def start(self, launch: Launch) -> None:
        """Start a process; a failure to do so comes back as `Ended` with an `error`.

        Raises:
            SpawnerError: the spawner itself cannot be started.
        """
        spawner = self._spawner or self._start_spawner()
        try:
            reader, writer = os.pipe()
        except OSError as error:
            self._news.append(
                Ended(step=launch.step, error=f"there is no pipe for its output: {error.strerror}")
            )
            return
        task = _Task(launch.step, next(self._tickets), reader)
        try:
            spawner.launch(task.ticket, launch, writer)
        except ValueError as error:
            os.close(reader)
            self._news.append(Ended(step=launch.step, error=str(error)))
            return
        self._tasks[task.ticket] = self._by_fd[reader] = self._by_step[launch.step] = task
        self._poll.register(reader, select.POLLIN)
        self._watch_for_room(spawner)

    def wait(self, timeout_s: float | None) -> Sequence[News]:
        """Return what happened, waiting for at most `timeout_s` seconds (None: without limit).

        Each call reads at most 64 KiB from each step, so a caller that takes its time slows the steps
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
            if now >= limit:
                break
        news, self._news = self._news, []
        return news

    def stop(self, step: StepId, *, force: bool) -> None:
        """Ask a step's whole process tree to end (TERM), or end it now (KILL) with `force`."""
        task = self._by_step.get(step)
        if task is not None and self._spawner is not None:
            self._spawner.stop(task.ticket, force=force)
            self._watch_for_room(self._spawner)

    def close(self) -> None:
        """End whatever still runs, leaving no process behind, and give up all resources."""
        if self._spawner is not None:
            self._spawner.close(_CLOSE_S)
        for fd in self._by_fd:
            os.close(fd)
        self._by_fd.clear()
        self._by_step.clear()
        self._tasks.clear()
        self._lingering.clear()

    def _start_spawner(self) -> Spawner:
        self._spawner = Spawner(self._environ)
        self._poll.register(self._spawner.fileno(), select.POLLIN)
        return self._spawner

    def _watch_for_room(self, spawner: Spawner) -> None:
        if spawner.has_unsent != self._watches_for_room:
            self._watches_for_room = spawner.has_unsent
            events = select.POLLIN | select.POLLOUT if self._watches_for_room else select.POLLIN
            self._poll.modify(spawner.fileno(), events)

    def _patience_ms(self, limit: float) -> int | None:
        until = min([limit, *(task.held_at for task in self._lingering)])
        if until == math.inf:
            return None
        return math.ceil(max(0.0, until - self._clock.now()) * 1000)

    def _serve(self, ready: Sequence[int]) -> bool:
        """Handle what is ready; return whether the program was signalled."""
        woken = False
        for fd in ready:
            task = self._by_fd.get(fd)
            if task is not None:
                self._read(task)
            elif fd == self._wakeup_fd:
                os.read(fd, READ_BYTES)
                woken = True
            elif self._spawner is not None:
                self._talk(self._spawner)
        return woken

    def _talk(self, spawner: Spawner) -> None:
        for reply in spawner.receive():
            self._take(reply)
        spawner.flush()
        self._watch_for_room(spawner)

    def _take(self, reply: Reply) -> None:
        if isinstance(reply, Failed | Finished):
            task = self._tasks.pop(reply.ticket)
            task.reply = reply
            if task.fd >= 0:
                task.held_at = self._clock.now() + HELD_S
                self._lingering.append(task)
            else:
                self._end(task, reply)

    def _read(self, task: _Task) -> None:
        data = os.read(task.fd, READ_BYTES)
        if data:
            self._news.append(Output(task.step, data))
            if task.reply is not None:
                task.read_late += len(data)
            return
        self._close_output(task)
        if task.reply is not None:
            self._lingering.remove(task)
            self._end(task, task.reply)

    def _give_up_on_held_output(self, ready: Sequence[int], now: float) -> None:
        """End the steps whose output something unknown still holds, after their own last byte."""
        if not self._lingering:
            return
        for task in [task for task in self._lingering if now >= task.held_at]:
            drained = task.fd not in ready or task.read_late > _PIPE_LIMIT_BYTES
            if drained and task.reply is not None:
                self._close_output(task)
                self._lingering.remove(task)
                self._end(task, task.reply, held=True)

    def _close_output(self, task: _Task) -> None:
        self._poll.unregister(task.fd)
        del self._by_fd[task.fd]
        os.close(task.fd)
        task.fd = -1

    def _end(self, task: _Task, reply: Failed | Finished, *, held: bool = False) -> None:
        del self._by_step[task.step]
        if isinstance(reply, Failed):
            self._news.append(Ended(step=task.step, error=reply.reason))
            return
        self._news.append(
            Ended(
                step=task.step,
                exit_code=reply.exit_code,
                signal=reply.signal,
                started_at=reply.started_at,
                ended_at=reply.ended_at,
                cpu_s=reply.cpu_s,
                peak_memory_bytes=reply.peak_memory_bytes,
                read_bytes=reply.read_bytes,
                written_bytes=reply.written_bytes,
                left_behind=reply.left_behind,
                output_held=held,
            )
        )
