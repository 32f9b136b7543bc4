"""Who belongs to which step: finds, signals and ends whole process trees.

`Descendants` is for Linux. The spawner is a subreaper there: a process whose parent ended becomes a child
of the spawner, whatever it did to its process group, session or environment. Every process of the run thus
hangs below a child of the spawner, which is either the first process of a step or an orphan; only orphans
need to be attributed. `Groups` is for systems without that: it knows process groups and nothing else.
`Relatives` is for a step that wfopt starts itself, because it shall have the terminal: nothing that lost its
parent comes back there, so it is looked for among all processes of the machine.
"""

import posix as os  # see `__main__`

from wfopt.engine.spawning import signals as signal
from wfopt.engine.spawning.processes import Process, Table, read_environ, read_table, read_traces

_MARKS = (b"WFOPT_RUN_ID", b"WFOPT_STEP_ID")

NEVER = float("inf")
"""A moment that does not come; `math` would be one more library to load."""

_SWEEP_ROUNDS = 50
"""A tree that still has new processes after so many rounds forks faster than it can be stopped."""


class ControlGroup:
    """What the kernel keeps together, whatever a process does to its parents, group or environment."""

    __slots__ = ()

    @property
    def populated(self) -> bool:
        """Whether anything is in it that has not ended."""
        raise NotImplementedError

    def pids(self) -> set[int]:
        """Return what is in it."""
        raise NotImplementedError

    def kill(self) -> None:
        """Kill all of that at once, so far as the kernel has a means to that."""
        raise NotImplementedError


class Tree:
    """The processes of one step.

    Attributes:
        leader: the pid of its first process, which is also its process group.
        led: whether that process still runs, or at least was not waited for.
        marks: traces of which a process of this step has all of at least one set, and no other process has:
            the entries for run and step in its environment, and the pipe for the output of the step.
        group: its control group, which every process of the step is in and no other, or None.
    """

    __slots__ = ("group", "leader", "led", "marks")

    def __init__(self, leader: int, *marks: frozenset[bytes]) -> None:
        self.leader = leader
        self.led = True
        # One without entries would be on every process.
        self.marks = tuple(mark for mark in marks if mark)
        self.group: ControlGroup | None = None


def env_marks(env: dict[bytes, bytes]) -> frozenset[bytes]:
    """Return the environment entries by which a step's processes are known, or nothing if one is missing."""
    if all(name in env for name in _MARKS):
        return frozenset(name + b"=" + env[name] for name in _MARKS)
    return frozenset()


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


def relatives(proc: str, table: Table, tree: Tree) -> set[int]:
    """Return the processes in the group of a tree's leader and those that bear its marks."""
    return {
        process.pid
        for process in table.everything()
        if process.group == tree.leader or owner_by_mark(read_environ(proc, process.pid), [tree])
    }


class Descendants:
    """Process trees below this process, which must be a subreaper and the only parent of its children.

    Args:
        proc: where the process file system is mounted.

    Attributes:
        watch_s: how often to look whether anything is left of a tree that goes on; here every end of what
            it may hang on shows as the end of a child.
    """

    watch_s = NEVER

    def __init__(self, proc: str = "/proc") -> None:
        self._proc = proc
        self._me = os.getpid()
        # The latest first: a service may have left a group whose number was then given to another step.
        self._trees: list[Tree] = []
        self._orphans: dict[int, Tree | None] = {}
        self._adopted: list[Tree] = []
        try:
            self._children = os.open(
                f"{proc}/{self._me}/task/{self._me}/children", os.O_RDONLY | os.O_CLOEXEC
            )
        except OSError:
            # Only kernels built with CONFIG_PROC_CHILDREN have the file.
            self._children = -1

    def add(self, tree: Tree) -> None:
        """Take up a step that was started."""
        self._trees.insert(0, tree)

    def remove(self, tree: Tree) -> None:
        """Forget a step; what may be left of it belongs to nobody from now on."""
        self._trees.remove(tree)
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
        return tree in self._orphans.values() or (tree.group is not None and tree.group.populated)

    def adopt(self, tree: Tree) -> None:
        """Take up a tree that is not below this process: it is to end with all others."""
        self._adopted.append(tree)

    def release(self, leader: int) -> None:
        """Forget such a tree."""
        self._adopted = [tree for tree in self._adopted if tree.leader != leader]

    @property
    def hangs_below_children(self) -> bool:
        """Whether nothing is left of all that is to end if this process has no children."""
        return not self._adopted

    def sweep_all(self) -> set[int]:
        """Sweep everything below this process and what was adopted."""
        return _kill_all(self, None)

    def signal(self, tree: Tree, signum: int) -> set[int]:
        """Signal a whole tree and return the pids in it."""
        return _signal_all(self, tree, signum)

    def sweep(self, tree: Tree) -> set[int]:
        """Stop a tree, look again until nothing new appears, kill it, and return the pids in it."""
        return _kill_all(self, tree)

    def members(self, tree: Tree | None, table: Table | None = None) -> list[Process]:
        """Return the living processes of a step, or of all that is to end with this process.

        Args:
            tree: the step, or None for everything.
            table: all processes of the machine, if somebody has just read them.
        """
        table = table or read_table(self._proc)
        if tree is None:
            adopted = (relatives(self._proc, table, each) for each in self._adopted)
            return table.below(set(table.children(self._me)).union(*adopted))
        self._attribute(self._strangers(), table)
        return table.below(self._roots(tree))

    def _roots(self, tree: Tree) -> set[int]:
        roots = {pid for pid, owner in self._orphans.items() if owner is tree}
        if tree.group is not None:
            roots |= tree.group.pids()
        if tree.led:
            roots.add(tree.leader)
        return roots

    def _strangers(self) -> set[int]:
        """Return the children of this process that are neither known nor a step's first process."""
        strangers = self._own_children()
        strangers.difference_update(self._orphans)
        strangers.difference_update(tree.leader for tree in self._trees if tree.led)
        return strangers

    def _attribute(self, strangers: set[int], table: Table) -> None:
        """Find out which step each of these children came from."""
        for tree in self._trees:
            if tree.group is not None:
                sure = tree.group.pids() & strangers
                self._orphans.update(dict.fromkeys(sure, tree))
                strangers = strangers - sure
        # What has a control group has nothing outside of it, unless it saw to that itself.
        loose = [tree for tree in self._trees if tree.group is None]
        groups = {tree: self._groups(table, tree) for tree in loose}
        for pid in strangers:
            branch = table.below({pid})
            if branch:
                self._orphans[pid] = owner_by_group(branch, groups) or self._owner_by_mark(branch)

    def _owner_by_mark(self, branch: list[Process]) -> Tree | None:
        traces = set[bytes]().union(*(read_traces(self._proc, each.pid) for each in branch))
        return owner_by_mark(traces, self._trees)

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


class Relatives:
    """One process tree, of which only some processes are known to be below this one.

    What was found once belongs to it until it is gone: a process that is about to end, or to become another
    program, has no environment for a moment.

    Args:
        proc: where the process file system is mounted.

    Attributes:
        watch_s: as in `Descendants`; no such tree goes on without its first process.
    """

    watch_s = NEVER

    def __init__(self, proc: str = "/proc") -> None:
        self._proc = proc
        self._found: set[int] = set()

    def holds(self, tree: Tree) -> bool:
        """Say whether anything of a step is left when its first process was waited for."""
        return bool(self.members(tree))

    def signal(self, tree: Tree, signum: int) -> set[int]:
        """Signal a whole tree and return the pids in it."""
        return _signal_all(self, tree, signum)

    def sweep(self, tree: Tree) -> set[int]:
        """Stop a tree, look again until nothing new appears, kill it, and return the pids in it."""
        return _kill_all(self, tree)

    def members(self, tree: Tree | None) -> list[Process]:
        table = read_table(self._proc)
        found = set() if tree is None else relatives(self._proc, table, tree)
        members = table.below(found | self._found)
        self._found = {process.pid for process in members}
        return members


def _signal_all(finder: Descendants | Relatives, tree: Tree, signum: int) -> set[int]:
    members = finder.members(tree)
    # One call reaches the process group even while it forks.
    if any(process.group == tree.leader for process in members):
        send_group(tree.leader, signum)
    for process in members:
        if process.group != tree.leader:
            send(process.pid, signum)
    return {process.pid for process in members}


def _kill_all(finder: Descendants | Relatives, tree: Tree | None) -> set[int]:
    seen: set[int] = set()
    if tree is not None and tree.group is not None:
        # What dies of that needs no sweep, but may not have died yet.
        seen |= tree.group.pids()
        tree.group.kill()
    for _ in range(_SWEEP_ROUNDS):
        fresh = {process.pid for process in finder.members(tree)} - seen
        if not fresh:
            break
        for pid in fresh:
            send(pid, signal.SIGSTOP)
        seen |= fresh
    for pid in seen:
        send(pid, signal.SIGKILL)
    return seen


class Groups:
    """Process groups, for systems without subreaper; what leaves its process group is out of reach.

    Attributes:
        watch_s: as in `Descendants`; no signal tells of the end of a process that lost its parent.
        hangs_below_children: as in `Descendants`; such a process is no child here.
    """

    watch_s = 0.1
    hangs_below_children = False

    def __init__(self) -> None:
        self._trees: set[Tree] = set()

    def add(self, tree: Tree) -> None:
        """Take up a step that was started."""
        self._trees.add(tree)

    def remove(self, tree: Tree) -> None:
        """Forget a step."""
        self._trees.remove(tree)

    def adopt(self, tree: Tree) -> None:
        """Take up a process group that was not started by this process."""
        self._trees.add(tree)

    def release(self, leader: int) -> None:
        """Forget such a process group."""
        self._trees = {tree for tree in self._trees if tree.leader != leader}

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
Finder = Descendants | Groups | Relatives


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
