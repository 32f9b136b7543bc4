"""One step in the books of the runner, and what to tell of its end."""

from __future__ import annotations

import math

from wfopt.engine.messages import Failed, Finished, Gone
from wfopt.engine.runner import Ended, Launch, ServiceEnded
from wfopt.model.workflow import StepId


class Task:
    """A step that runs or serves, or whose output has not come to its end.

    Args:
        launch: what was started.
        ticket: how the spawner calls it.
        fds: the reading ends of its pipes: one, or one for stdout and one for stderr.

    Attributes:
        step: whose it is.
        ticket: as above.
        fds: those of its pipes that are still open.
        captured: the one that tells what stdout says, or -1.
        stopping: whether somebody asked for its end.
        held_at: on the clock, when to give up waiting for the end of its output.
        read_late: how many bytes came after all of its processes were gone.
        last: what is to be told when there is no more output, once that is known.
        next: what is to start right after it, or None.
        early: what was said of it while the end of the one before was not told, or None if that was.
    """

    __slots__ = (
        "_ended",
        "captured",
        "early",
        "fds",
        "held_at",
        "last",
        "next",
        "read_late",
        "step",
        "stopping",
        "ticket",
    )

    def __init__(self, launch: Launch, ticket: int, fds: list[int]) -> None:
        self.step = launch.step
        self.ticket = ticket
        self.fds = fds
        self.captured = fds[0] if launch.capture else -1
        self.stopping = False
        self.held_at = math.inf
        self.read_late = 0
        self.last: Ended | ServiceEnded | None = None
        self.next: Task | None = None
        self.early: list[Failed | Finished | Gone] | None = None
        self._ended: Ended | None = None

    def serve(self, reply: Finished) -> Ended | None:
        """Take note that a service goes on; return what to tell, None if it was asked to stop before.

        What is being stopped has only come to its end when nothing of it is left.
        """
        if self.stopping:
            self._ended = ended(self.step, reply, serving=False)
            return None
        return ended(self.step, reply, serving=True)

    def end(self, reply: Failed | Finished | Gone) -> None:
        """Take note that all processes are gone."""
        if isinstance(reply, Gone):
            self.last = self._ended or ServiceEnded(self.step)
        else:
            self.last = last_news(self.step, reply)


def last_news(step: StepId, reply: Failed | Finished) -> Ended:
    """Return the end of a step of which nothing is left as news."""
    if isinstance(reply, Failed):
        return Ended(step=step, error=reply.reason)
    return ended(step, reply, serving=False)


def ended(step: StepId, reply: Finished, *, serving: bool) -> Ended:
    """Return the end of a step as news."""
    return Ended(
        step=step,
        exit_code=reply.exit_code,
        signal=reply.signal,
        started_at=reply.started_at,
        ended_at=reply.ended_at,
        cpu_s=reply.cpu_s,
        peak_memory_bytes=reply.peak_memory_bytes,
        read_bytes=reply.read_bytes,
        written_bytes=reply.written_bytes,
        left_behind=reply.left_behind,
        serving=serving,
        peak_memory_source=reply.peak_memory_source,
        limit=reply.limit,
        next_at=reply.next_at,
    )
