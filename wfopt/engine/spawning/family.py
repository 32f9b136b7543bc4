"""Who belongs to which step: finds, signals and ends whole process trees.

`Descendants` is for Linux. The spawner is a subreaper there: a process whose parent ended becomes a child
of the spawner, whatever it did to its process group, session or environment. Every process of the run thus
hangs below a child of the spawner, which is either the first process of a step or an orphan; only orphans
need to be attributed. `Groups` is for systems without that: it knows process groups and nothing else.
"""

import os
import signal

from wfopt.engine.spawning.processes import Process, Table, read_table, read_traces

_SWEEP_ROUNDS = 50
"""A tree that still has new processes after so many rounds forks faster than it can be stopped."""


class Tree:
    """The processes of one step.

    Attributes:
        leader: the pid of its first process, which is also its process group.
        led: whether that process still runs, or at least was not waited for.
        marks: traces of which a process of this step has all of at least one set, and no other process has:
            the entries for run and step in its environment, and the pipe for the output of the step.
    """

    __slots__ = ("leader", "led", "marks")

    def __init__(self, leader: int, *marks: frozenset[bytes]) -> None:
        self.leader = leader
        self.led = True
        self.marks = marks


def owner_by_group(branch: list[Process], groups: dict[Tree, set[int]]) -> Tree | None:
    """Return the step of an orphan by the company it keeps, or by there being only one step.

    Args:
        branch: the orphan and its descendants.
        groups: the process groups and sessions that were seen in each step it can come from.
    """
    if len(groups) == 1:
        return next(iter(groups))
    own = {process.group for process in branch} | {process.session for process in branch}
    return next((tree for tree, known in groups.items() if own & known), None)


def owner_by_mark(traces: set[bytes], trees: list[Tree]) -> Tree | None:
    """Return the step of an orphan by the traces of it and its descendants."""
    return next((tree for tree in trees if any(mark <= traces for mark in tree.marks)), None)


class Descendants:
    """Process trees below this process, which must be a subreaper and the only parent of its children.

    Args:
        proc: where the process file system is mounted.
    """

    def __init__(self, proc: str = "/proc") -> None:
        self._proc = proc
        self._me = os.getpid()
        self._trees: dict[int, Tree] = {}
        self._orphans: dict[int, Tree | None] = {}
        try:
            self._children = os.open(
                f"{proc}/{self._me}/task/{self._me}/children", os.O_RDONLY | os.O_CLOEXEC
            )
        except OSError:
            # Only kernels built with CONFIG_PROC_CHILDREN have the file.
            self._children = -1

    def add(self, tree: Tree) -> None:
        """Take up a step that was started."""
        self._trees[tree.leader] = tree

    def remove(self, tree: Tree) -> None:
        """Forget a step; what may be left of it belongs to nobody from now on."""
        del self._trees[tree.leader]
        for pid, owner in self._orphans.items():
            if owner is tree:
                self._orphans[pid] = None

    def reaped(self, pid: int) -> None:
        """Forget an orphan that was waited for: its pid may come back as something else."""
        self._orphans.pop(pid, None)

    def holds(self, tree: Tree) -> bool:
        """Say whether anything of a step is left when its first process was waited for."""
        strangers = self._strangers()
        if strangers:
            self._attribute(strangers, read_table(self._proc))
        return tree in self._orphans.values()

    def signal(self, tree: Tree, signum: int) -> set[int]:
        """Signal a whole tree and return the pids in it."""
        members = self._members(tree)
        # One call reaches the process group even while it forks.
        if any(process.group == tree.leader for process in members):
            send_group(tree.leader, signum)
        for process in members:
            if process.group != tree.leader:
                send(process.pid, signum)
        return {process.pid for process in members}

    def sweep(self, tree: Tree) -> set[int]:
        """Stop a tree, look again until nothing new appears, kill it, and return the pids in it."""
        return self._sweep(tree)

    def sweep_all(self) -> set[int]:
        """Do the same with everything below this process."""
        return self._sweep(None)

    def _sweep(self, tree: Tree | None) -> set[int]:
        seen: set[int] = set()
        for _ in range(_SWEEP_ROUNDS):
            fresh = {process.pid for process in self._members(tree)} - seen
            if not fresh:
                break
            for pid in fresh:
                send(pid, signal.SIGSTOP)
            seen |= fresh
        for pid in seen:
            send(pid, signal.SIGKILL)
        return seen

    def _members(self, tree: Tree | None) -> list[Process]:
        """Return the living processes of a step, or of all."""
        table = read_table(self._proc)
        if tree is None:
            return table.below(set(table.children(self._me)))
        self._attribute(self._strangers(), table)
        return table.below(self._roots(tree))

    def _roots(self, tree: Tree) -> set[int]:
        roots = {pid for pid, owner in self._orphans.items() if owner is tree}
        if tree.led:
            roots.add(tree.leader)
        return roots

    def _strangers(self) -> set[int]:
        """Return the children of this process that are neither known nor a step's first process."""
        strangers = self._own_children()
        strangers.difference_update(self._orphans)
        strangers.difference_update(pid for pid, tree in self._trees.items() if tree.led)
        return strangers

    def _attribute(self, strangers: set[int], table: Table) -> None:
        """Find out which step each of these children came from."""
        trees = list(self._trees.values())
        groups = {tree: self._groups(table, tree) for tree in trees}
        for pid in strangers:
            branch = table.below({pid})
            if branch:
                self._orphans[pid] = owner_by_group(branch, groups) or self._owner_by_mark(branch, trees)

    def _owner_by_mark(self, branch: list[Process], trees: list[Tree]) -> Tree | None:
        return owner_by_mark(set().union(*(read_traces(self._proc, each.pid) for each in branch)), trees)

    def _groups(self, table: Table, tree: Tree) -> set[int]:
        """Return the process groups and sessions of a step, but not those it shares with this process."""
        members = table.below(self._roots(tree))
        groups = {process.group for process in members} | {process.session for process in members}
        groups.add(tree.leader)
        return groups - {table[self._me].group, table[self._me].session}

    def _own_children(self) -> set[int]:
        if self._children < 0:
            return set(read_table(self._proc).children(self._me))
        text = b""
        while part := os.pread(self._children, 65536, len(text)):
            text += part
        return set(map(int, text.split()))


class Groups:
    """Process groups, for systems without subreaper; what leaves its process group is out of reach."""

    def __init__(self) -> None:
        self._trees: set[Tree] = set()

    def add(self, tree: Tree) -> None:
        """Take up a step that was started."""
        self._trees.add(tree)

    def remove(self, tree: Tree) -> None:
        """Forget a step."""
        self._trees.remove(tree)

    def reaped(self, pid: int) -> None:
        """Do nothing: orphans do not come here."""

    def holds(self, tree: Tree) -> bool:
        """Say whether the process group of a step has a process left."""
        return send_group(tree.leader, 0)

    def signal(self, tree: Tree, signum: int) -> set[int]:
        """Signal a process group; return its number if it has a process."""
        return {tree.leader} if send_group(tree.leader, signum) else set()

    def sweep(self, tree: Tree) -> set[int]:
        """Kill a process group; return its number if it has a process."""
        return self.signal(tree, signal.SIGKILL)

    def sweep_all(self) -> set[int]:
        """Kill the process groups of all steps."""
        return set[int]().union(*(self.sweep(tree) for tree in self._trees))


Family = Descendants | Groups


def send(pid: int, signum: int) -> bool:
    """Signal a process and say whether that was possible: it may be gone, or not ours to signal."""
    try:
        os.kill(pid, signum)
    except OSError:
        return False
    return True


def send_group(group: int, signum: int) -> bool:
    """Signal a process group, as `send`."""
    try:
        os.killpg(group, signum)
    except OSError:
        return False
    return True
