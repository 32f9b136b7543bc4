"""Follows the processes of a traced step, and the folder that each one is in.

Threads share their folder, and so do processes that were made with `CLONE_FS`. A child may act before the
call that made it has returned in its parent.
"""

from __future__ import annotations

from wfopt.dataclass import dataclass, field
from wfopt.tracing.lines import Call

FORKS = frozenset({"clone", "clone3", "fork", "vfork"})


@dataclass(slots=True)
class Folder:
    """The folder that one or several processes are in."""

    path: str


@dataclass(slots=True)
class Process:
    """One process or thread.

    Attributes:
        folder: where it is.
        pending: the text of the call that has not returned, or None.
        forking: that call, if it makes a process which nobody has seen yet.
        silent: whether only its maker told of it so far.
    """

    folder: Folder
    pending: str | None = None
    forking: Call | None = None
    silent: bool = False


@dataclass(slots=True)
class Processes:
    """All processes that are alive.

    Attributes:
        start: the folder of the first one.
        alive: by their numbers.
        root: the number of the first one, or None before it appears.
        unclear: whether somebody appeared of whom nobody knows where it is.
        everyone: the numbers of all that there ever was.
        root_over: whether the first one has ended.
    """

    start: str
    alive: dict[int, Process] = field(default_factory=dict)
    root: int | None = None
    unclear: bool = False
    root_over: bool = False
    everyone: set[int] = field(default_factory=set)
    _early: set[int] = field(default_factory=set)

    def of(self, pid: int) -> Process:
        """Return a process; one that was not seen before must have just been made."""
        known = self.alive.get(pid)
        if known is None:
            self.everyone.add(pid)
            known = self.alive[pid] = self._appeared(pid)
        known.silent = False
        return known

    def _appeared(self, pid: int) -> Process:
        if self.root is None:
            self.root = pid
            return Process(Folder(self.start))
        parents = [each for each in self.alive.values() if each.forking is not None]
        folders = {each.folder.path for each in parents}
        if len(folders) != 1:
            self.unclear = True
        if not parents:
            return Process(Folder(self.start))
        parent = parents[0]
        self._early.add(pid)
        call, parent.forking = parent.forking, None
        return _child(parent, call)

    def forked(self, pid: int, call: Call) -> None:
        """Take note that a process has made another one."""
        parent = self.of(pid)
        parent.forking = None
        if call.result is None or call.result <= 0:
            return
        if call.result in self._early:
            self._early.discard(call.result)
        elif call.result not in self.alive:
            self.everyone.add(call.result)
            made = self.alive[call.result] = _child(parent, call)
            made.silent = True

    def replaced(self, leader: int, thread: int) -> None:
        """Take note that a thread has taken the place of its process, by executing a program."""
        if thread in self.alive:
            self.alive[leader] = self.alive.pop(thread)
        else:
            self.unclear = True

    def left(self, killed: set[int]) -> bool:
        """Return whether the ends of some are missing; what was killed at once may never have acted."""
        return any(not (each.silent and pid in killed) for pid, each in self.alive.items())

    def ended(self, pid: int) -> None:
        """Take note that a process is gone."""
        self.root_over |= pid == self.root
        if self.alive.pop(pid, None) is None:
            self.unclear = True


def _child(parent: Process, call: Call | None) -> Process:
    shares = call is not None and any("CLONE_FS" in each for each in call.arguments)
    return Process(parent.folder if shares else Folder(parent.folder.path))
