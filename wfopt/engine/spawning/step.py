"""The life of one step after its start, until nothing of it is left.

When the first process of a step ended, what it left behind gets a moment to end by itself (a shell does
not wait for the `tee` in `make > >(tee log)`), then TERM, then KILL. If the step was asked to stop, its
processes may take as long as they need instead: whoever asked says when to kill. What a service left behind
is the service, unless its first process failed or it was asked to stop: it goes on, and the step is reported
as finished all the same.

Nothing here waits: `review` is called whenever a child ended, and not later than `look_at`.
"""

import posix as os  # see `__main__`
import sys

from wfopt.engine.spawning import signals as signal
from wfopt.engine.spawning import wire
from wfopt.engine.spawning.contracts import Hold
from wfopt.engine.spawning.family import NEVER, Finder, Tree

SETTLE_S = 0.1
"""How long what a step left behind may go on by itself."""

GRACE_S = 1.0
"""How long it may take to end after TERM."""

GIVE_UP_S = 2.0
"""How long it is killed again and again, should it not die."""

_SHORTEST_PAUSE_S = 0.005
_LONGEST_PAUSE_S = 0.1

_BLOCK_BYTES = 512
"""The unit in which the kernel counts input and output."""

_MEMORY_UNIT_BYTES = 1 if sys.platform == "darwin" else 1024
"""The unit in which the kernel counts the largest resident size."""

_PEAK = 5
"""Where peak memory stands among the figures."""

_RUNNING, _SERVING, _SETTLING, _ASKED, _WAITED_FOR, _KILLED = range(6)


class Usage:
    """What a process used, as `os.wait4` tells it; see `resource.struct_rusage`, one more library to load."""

    ru_utime: float
    ru_stime: float
    ru_maxrss: int
    ru_inblock: int
    ru_oublock: int


class Step:
    """One step that was started.

    Attributes:
        ticket: how the client calls it.
        tree: its processes.
        look_at: when to call `review` at the latest.
        over: whether nothing of it is left, or that was given up.
        hold: what holds it to its limits, or None.
    """

    __slots__ = (
        "_code",
        "_deadline",
        "_figures",
        "_left",
        "_pause",
        "_peak",
        "_phase",
        "_service",
        "_started_at",
        "_stop",
        "_told",
        "hold",
        "look_at",
        "over",
        "ticket",
        "tree",
    )

    def __init__(
        self,
        ticket: bytes,
        tree: Tree,
        started_at: float,
        *,
        service: bool = False,
        hold: Hold | None = None,
    ) -> None:
        self.ticket = ticket
        self.tree = tree
        self.hold = hold
        self.look_at = NEVER
        self.over = False
        self._service = service
        self._told = False
        self._started_at = started_at
        self._phase = _RUNNING
        self._deadline = NEVER
        self._pause = _SHORTEST_PAUSE_S
        self._stop = 0
        self._code = 0
        self._peak = 0
        self._figures: list[bytes] = []
        self._left: set[int] = set()

    @property
    def ended_well(self) -> bool:
        """Whether nothing of it is left, by itself and with status 0, and its exit status tells all."""
        is_quiet = not self._stop and not self._left and self.hold is None
        return self.over and self._code == 0 and is_quiet and not self._service

    def stop(self, signum: int, family: Finder, now: float) -> None:
        """Signal the whole tree, with TERM or with KILL."""
        self._stop = signum
        if signum == signal.SIGKILL:
            family.sweep(self.tree)
        else:
            family.signal(self.tree, signum)
        if self._phase != _RUNNING:
            self._await_the_rest(now)

    def leader_ended(self, status: int, usage: Usage, now: float) -> None:
        """Take down how the first process ended and what it used."""
        self.tree.led = False
        code = self._code = os.waitstatus_to_exitcode(status)
        self._peak = usage.ru_maxrss * _MEMORY_UNIT_BYTES
        self._figures = [
            b"%d" % code if code >= 0 else b"",
            b"%d" % -code if code < 0 else b"",
            b"%.6f" % self._started_at,
            b"%.6f" % now,
            b"%.6f" % (usage.ru_utime + usage.ru_stime),
            b"%d" % self._peak,
            b"%d" % (usage.ru_inblock * _BLOCK_BYTES),
            b"%d" % (usage.ru_oublock * _BLOCK_BYTES),
        ]
        if self._service and code == 0 and not self._stop:
            self._phase, self.look_at = _SERVING, now
        else:
            self._await_the_rest(now)

    def review(self, family: Finder, now: float) -> list[bytes]:
        """Go on with what the first process left; return what is to be told now, an empty list if nothing."""
        if not family.holds(self.tree):
            return self._end()
        if self._phase == _SERVING:
            self.look_at = now + family.watch_s
            return [] if self._told else self._report(b"1")
        if self._phase == _KILLED:
            self._take(family.sweep(self.tree))
            if now >= self._deadline:
                return self._end()
        elif now >= self._deadline:
            self._go_further(family, now)
        self.look_at = min(now + self._pause, max(self._deadline, now))
        self._pause = min(2 * self._pause, _LONGEST_PAUSE_S)
        return []

    def _end(self) -> list[bytes]:
        self.over = True
        return [wire.GONE, self.ticket] if self._told else self._report(b"")

    def _report(self, serving: bytes) -> list[bytes]:
        self._told = True
        source = hit = b""
        if self.hold is not None:
            self._figures[_PEAK], source, hit = self.hold.verdict(self._code, self._peak)
        left = b"%d" % len(self._left)
        return [wire.FINISHED, self.ticket, *self._figures, left, serving, source, hit, b""]

    def _await_the_rest(self, now: float) -> None:
        self.look_at = now
        self._pause = _SHORTEST_PAUSE_S
        if self._stop == signal.SIGKILL:
            self._phase, self._deadline = _KILLED, now + GIVE_UP_S
        elif self._stop:
            self._phase, self._deadline = _WAITED_FOR, NEVER
        else:
            self._phase, self._deadline = _SETTLING, now + SETTLE_S

    def _go_further(self, family: Finder, now: float) -> None:
        self._pause = _SHORTEST_PAUSE_S
        if self._phase == _SETTLING:
            self._take(family.signal(self.tree, signal.SIGTERM))
            self._phase, self._deadline = _ASKED, now + GRACE_S
        else:
            self._take(family.sweep(self.tree))
            self._phase, self._deadline = _KILLED, now + GIVE_UP_S

    def _take(self, pids: set[int]) -> None:
        if not self._stop:
            self._left |= pids
