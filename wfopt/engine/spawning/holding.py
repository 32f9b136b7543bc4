"""Holds steps to their limits by the strongest means there is, and tells who exceeded what.

The kernel where it can: by control groups, and for each process by itself. Else a watchdog that looks at all
processes of a step five times a second, and more often when it comes near. Both leave alone what is below the
limit, and end the whole tree of what is above: at once, because with every moment of grace it would take more
from all others.
"""

import errno
import math
import os

from wfopt.engine.spawning import forking, launching
from wfopt.engine.spawning import signals as signal
from wfopt.engine.spawning.contracts import Hold, Holder
from wfopt.engine.spawning.control import Control
from wfopt.engine.spawning.family import Descendants, Finder, Groups, Tree, send
from wfopt.engine.spawning.groups import Group
from wfopt.engine.spawning.launching import StartError, words
from wfopt.engine.spawning.limits import BY_PROCESS, limit_process, parse
from wfopt.engine.spawning.processes import Table, read_table
from wfopt.engine.spawning.weighing import count_threads, weigh

LOOK_S = 0.2
"""How often to look at a step."""

NEAR_LOOK_S = 0.05
"""How often to look at one that comes near its limit."""

NEAR = 0.6
"""From which share of its limit on a step that grows is near it."""

_KERNEL, _WATCHDOG, _ADVISORY = b"kernel", b"watchdog", b"advisory"
_CGROUP, _TREE, _PROCESS = b"cgroup", b"tree", b"process"

_WATCHED = (b"memory", b"pids")
"""What a watchdog can see to."""

_SIGNALS = {signal.SIGXCPU: b"cpu-time", signal.SIGXFSZ: b"file-size"}
_BY_FORK = frozenset((*BY_PROCESS, b"nice"))
"""What only the process itself can do, before it becomes the program."""

_ENTER, _LIMIT = b"it cannot be put into its control group", b"its limits cannot be set"
_OF_A_SHELL = 128
"""A shell ends with this and the number of the signal that ended its last program."""


class StepHold(Hold, forking.Confinement):
    """One step that is held to limits.

    Args:
        holder: sees to all steps.
        limits: what it is held to.
        levels: who sees to each of them.
        group: its control group, or None.

    Attributes:
        group: as above.
        is_near: whether it grows and is not far from its limit.
    """

    __slots__ = ("_hit", "_holder", "_levels", "_limits", "_peak", "_tree", "group", "is_near")

    def __init__(
        self, holder: "StepHolder", limits: dict[bytes, int], levels: dict[bytes, bytes], group: Group | None
    ) -> None:
        self._holder = holder
        self._limits = limits
        self._levels = levels
        self._peak = 0
        self._hit = b""
        self._tree: Tree | None = None
        self.group = group
        self.is_near = False

    def launch(
        self,
        argv: list[bytes],
        cwd: bytes,
        env: dict[bytes, bytes],
        streams: tuple[int, int, int],
        reset: list[int],
    ) -> int:
        """Start a program that is held to the limits, as `launching.launch` does without.

        For its control group alone it need not be forked: this process goes there, starts it, and comes back.
        The limits are set only then, so that nothing can happen to this process meanwhile.
        """
        if self.group is None or not self._limits.keys().isdisjoint(_BY_FORK):
            if self.group is not None:
                self._limit(self.group)
            return forking.launch(argv, cwd, env, streams, reset, self)
        try:
            self.group.enter()
            pid = launching.launch(argv, cwd, env, streams, reset)
        except OSError as error:
            raise _refused(_ENTER, error) from None
        finally:
            self.group.leave()
        try:
            self._limit(self.group)
        except StartError:
            self.group.kill()
            send(pid, signal.SIGKILL)
            raise
        return pid

    def enter(self) -> None:
        """Confine this process, which is about to become the first of the step.

        Raises:
            StartError: the kernel refuses.
        """
        what = _ENTER
        try:
            if self.group is not None:
                self.group.enter()
            what = b"its priority cannot be set"
            if b"nice" in self._limits:
                os.nice(self._limits[b"nice"])
            what = _LIMIT
            limit_process(self._limits)
        except (OSError, ValueError) as error:
            raise _refused(what, error) from None

    def _limit(self, group: Group) -> None:
        try:
            group.limit(self._limits)
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise _refused(_LIMIT, error) from None
            # It holds more already than it may, which the kernel does not take back.
            self._exceeded(b"memory", group.peak_bytes() or self._limits[b"memory"], _KERNEL)
            group.kill()
        if b"pids" in self._limits and (threads := group.threads()) > self._limits[b"pids"]:
            # It started them before the limit stood, and the kernel lets them be.
            self._exceeded(b"pids", threads, _KERNEL)
            group.kill()

    def begin(self, tree: Tree, now: float) -> None:
        """Take note that it was started."""
        tree.group = self.group
        by_us = any(self._levels.get(name) == _WATCHDOG for name in _WATCHED)
        if by_us or (self.group is not None and self.group.kills_singly):
            self._tree = tree
            self._holder.watch(tree, self, now)

    def end(self) -> None:
        """Give up what was made for it: nothing of it is left, or it was never started."""
        if self._tree is not None:
            self._holder.forget(self._tree)
        if self.group is not None:
            self._holder.drop(self.group)

    def look(self, proc: str, pids: set[int]) -> bool:
        """Say whether a step that consists of these processes is to be ended now."""
        if self._hit:
            return False
        if self._levels.get(b"memory") == _WATCHDOG:
            self._weigh(proc, pids)
        if self._levels.get(b"pids") == _WATCHDOG:
            self._compare(b"pids", count_threads(proc, pids))
        if self.group is not None and not self._hit:
            self._ask_for_kills(self.group)
        return bool(self._hit)

    def verdict(self, code: int, peak: int) -> list[bytes]:
        """Return the most memory that it held, by what measure, and what limit it exceeded, if any.

        Args:
            code: how its first process ended: its exit status, or the number of a signal below 0.
            peak: the most memory that any single process of it held.
        """
        source = _PROCESS
        of_group = None if self.group is None else self.group.peak_bytes()
        if of_group is not None:
            source, peak = _CGROUP, of_group
        elif self._levels.get(b"memory") == _WATCHDOG and self._peak > peak:
            source, peak = _TREE, self._peak
        self._peak = peak
        if self.group is not None and not self._hit:
            self._ask_for_kills(self.group)
            self._ask_for_refusals(self.group)
        if not self._hit:
            self._ask_the_signal(-code if code < 0 else code - _OF_A_SHELL)
        return [b"%d" % peak, source, self._hit]

    def _weigh(self, proc: str, pids: set[int]) -> None:
        limit = self._limits[b"memory"]
        # Whatever is below the peak is neither a new peak nor above the limit.
        held = weigh(proc, pids, min(self._peak, limit))
        self.is_near = held > self._peak and held > NEAR * limit
        self._peak = max(self._peak, held)
        self._compare(b"memory", held)

    def _compare(self, name: bytes, observed: int) -> None:
        if observed > self._limits[name] and not self._hit:
            self._exceeded(name, observed, _WATCHDOG)

    def _ask_for_kills(self, group: Group) -> None:
        if group.was_out_of_memory():
            # What it asked for on top of that is not known.
            self._exceeded(b"memory", group.peak_bytes() or self._limits[b"memory"], _KERNEL)

    def _ask_for_refusals(self, group: Group) -> None:
        if not self._hit and group.was_refused_a_process():
            self._exceeded(b"pids", self._limits[b"pids"] + 1, _KERNEL)

    def _ask_the_signal(self, signum: int) -> None:
        name = _SIGNALS.get(signum)
        if name is not None and name in self._limits:
            self._exceeded(name, self._limits[name], _KERNEL)

    def _exceeded(self, name: bytes, observed: int, enforcer: bytes) -> None:
        self._hit = b"%s %d %d %s" % (name, self._limits[name], observed, enforcer)


class StepHolder(Holder):
    """Sees to the limits of all steps of a run.

    Args:
        family: finds the processes of a step.
        control: the control groups of the run.
        proc: where the process file system is mounted.

    Attributes:
        look_at: when to call `look` at the latest.
    """

    def __init__(self, family: Finder, control: Control, proc: str = "/proc") -> None:
        super().__init__()
        self._family = family
        self._control = control
        self._proc = proc
        self._levels: dict[bytes, bytes] = {}
        self._watched: dict[Tree, StepHold] = {}

    def prepare(self, text: bytes) -> tuple[StepHold, list[bytes]]:
        """Return what holds a step to these limits, and which levels were decided for that just now.

        Raises:
            StartError: the kernel refuses a limit.
        """
        limits = parse(text)
        news = []
        for name in limits:
            if name not in self._levels:
                self._levels[name] = self._decide(name)
                news.append(name + b"=" + self._levels[name])
        levels = {name: self._levels[name] for name in limits}
        try:
            group = self._control.make(limits)
        except OSError as error:
            raise StartError(b"its limits cannot be set: %s" % words(error)) from None
        return StepHold(self, limits, levels, group), news

    def watch(self, tree: Tree, hold: StepHold, now: float) -> None:
        """Look at a step from now on."""
        self._watched[tree] = hold
        self.look_at = min(self.look_at, now + NEAR_LOOK_S)

    def forget(self, tree: Tree) -> None:
        """Do so no longer."""
        del self._watched[tree]
        if not self._watched:
            self.look_at = math.inf

    def drop(self, group: Group) -> None:
        """Remove a control group."""
        self._control.drop(group)

    def look(self, now: float) -> list[Tree]:
        """Look at the steps and return those that are to be ended now."""
        table = self._table()
        over = [
            tree for tree, hold in self._watched.items() if hold.look(self._proc, self._pids(tree, table))
        ]
        near = any(hold.is_near for hold in self._watched.values())
        self.look_at = now + (NEAR_LOOK_S if near else LOOK_S)
        return over

    def close(self) -> None:
        """Remove all control groups."""
        self._control.close()

    def _table(self) -> Table | None:
        """Return all processes, which one look at them all needs only once, or None if nobody needs them."""
        if all(tree.group is not None for tree in self._watched):
            return None
        return read_table(self._proc)

    def _pids(self, tree: Tree, table: Table | None) -> set[int]:
        if tree.group is not None:
            return tree.group.pids()
        if isinstance(self._family, Descendants):
            return {process.pid for process in self._family.members(tree, table)}
        if isinstance(self._family, Groups):
            return set()
        return {process.pid for process in self._family.members(tree)}

    def _decide(self, name: bytes) -> bytes:
        if name in BY_PROCESS or name == b"nice" or self._control.has(name):
            return _KERNEL
        if name in _WATCHED and not isinstance(self._family, Groups):
            return _WATCHDOG
        return _ADVISORY


def _refused(what: bytes, error: OSError | ValueError) -> StartError:
    reason = words(error) if isinstance(error, OSError) else str(error).encode()
    return StartError(b"%s: %s" % (what, reason))
