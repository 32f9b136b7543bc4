"""Control groups for the steps of one run: one folder a run in each hierarchy, and one in it for each step.

Version 1 has a hierarchy for each controller, version 2 one for all; both may be there at once. What is made
here bears the name of the run and is locked as long as the run goes on, so that whoever finds an unlocked one
knows that its run is dead and removes it. Nothing else is ever touched, and nothing is killed by its name.

The kernel: https://docs.kernel.org/admin-guide/cgroup-v2.html and .../cgroup-v1/index.html
"""
# Importing pathlib would double the time that the spawner needs to start.

import errno
import fcntl
import os
import time

from wfopt.engine.spawning import signals as signal
from wfopt.engine.spawning.family import ControlGroup
from wfopt.engine.spawning.processes import read_whole

PREFIX = b"wfopt-"

V2 = b""
"""Stands for the controller in version 2, where a folder has all of them."""

_FREEZER = b"freezer"
_PERIOD_US = 100_000
_LEAST_QUOTA_US = 1000
_LEAST_WEIGHT, _MOST_WEIGHT = 1, 10_000
_LEAST_SHARES = 2
_FREEZE_LOOKS = 20
_LOCK_LOOKS, _LOCK_PAUSE_S = 200, 0.001

_FULL = 0.9
"""From which share of its limit on a group may have reached it: the kernel takes memory in larger pieces."""


class Hierarchy:
    """The folder of this run in one hierarchy.

    Args:
        base: the folder of the group that this process is in.
        name: the name of the run's folder.
        controller: the only one that it has, or `V2`.

    Raises:
        OSError: no group can be made there, or no process can be put into one.
    """

    __slots__ = ("_base", "_enabled", "_leaf", "_lock", "controller", "folder")

    def __init__(self, base: bytes, name: bytes, controller: bytes) -> None:
        self.controller = controller
        self.folder = base + b"/" + PREFIX + name
        self._base = base
        self._leaf = b""
        self._enabled: dict[bytes, bool] = {}
        self._lock = _make_and_lock(self.folder)
        try:
            self._try_out()
        except OSError:
            self.close()
            raise

    def has(self, controller: bytes) -> bool:
        """Say whether groups here have a controller; in version 2, it is switched on for that."""
        if self.controller != V2:
            return controller == self.controller
        if controller not in self._enabled:
            self._enabled[controller] = self._enable(controller)
        return self._enabled[controller]

    def close(self) -> None:
        """Remove the folder with all that is below it."""
        remove(self.folder)
        os.close(self._lock)
        if self._leaf:
            self._move_back()

    @property
    def home(self) -> bytes:
        """The folder of the group that this process is in."""
        return self._leaf or self._base

    def _try_out(self) -> None:
        """Go into a new group and back, as for every step.

        Raises:
            OSError: that is not possible.
        """
        group = self.folder + b"/0"
        os.mkdir(group)
        enter(group)
        enter(self.home)
        os.rmdir(group)

    def _enable(self, controller: bytes) -> bool:
        if controller not in read_whole(self._base + b"/cgroup.controllers").split():
            return False
        try:
            if controller not in read_whole(self._base + b"/cgroup.subtree_control").split():
                self._enable_in_base(controller)
            write(self.folder + b"/cgroup.subtree_control", b"+" + controller)
        except OSError:
            return False
        return True

    def _enable_in_base(self, controller: bytes) -> None:
        """Switch on a controller in a group that has processes, which only the topmost of all may have.

        Where there are no processes but wfopt's two, they go into a group of their own.
        """
        control = self._base + b"/cgroup.subtree_control"
        try:
            write(control, b"+" + controller)
        except OSError as error:
            own = {os.getpid(), os.getppid()}
            if error.errno != errno.EBUSY or not pids_in(self._base, deep=False) <= own:
                raise
            leaf = self.folder + b"-self"
            os.mkdir(leaf)
            self._leaf = leaf
            _move(own, leaf)
            write(control, b"+" + controller)

    def _move_back(self) -> None:
        control = self._base + b"/cgroup.subtree_control"
        try:
            for controller, is_on in self._enabled.items():
                if is_on:
                    write(control, b"-" + controller)
            _move(pids_in(self._leaf, deep=False), self._base)
        except OSError:
            # Whoever gave this group to wfopt removes it with all that is in it.
            return
        remove(self._leaf)


class Group(ControlGroup):
    """The folders of one step.

    Args:
        folders: by controller; that of `V2` and that of the freezer are there to kill.
        homes: for each of these folders, that of the group that this process is in.
        of_v2: the one in version 2, or None.
    """

    __slots__ = ("_folders", "_homes", "_of_v2")

    def __init__(self, folders: dict[bytes, bytes], homes: dict[bytes, bytes], of_v2: bytes | None) -> None:
        self._folders = folders
        self._homes = homes
        self._of_v2 = of_v2

    def enter(self) -> None:
        """Put this process into the group.

        Raises:
            OSError: the kernel refuses.
        """
        for folder in self._homes:
            enter(folder)

    def leave(self) -> None:
        """Put this process back to where it was before.

        Raises:
            OSError: the kernel refuses.
        """
        for home in self._homes.values():
            enter(home)

    @property
    def kills_singly(self) -> bool:
        """Whether the kernel, when there is no more memory, kills one process and lets the others go on."""
        folder = self._folders.get(b"memory")
        if folder is None or folder != self._of_v2:
            return folder is not None
        return read_whole(folder + b"/memory.oom.group").strip() != b"1"

    def make(self) -> None:
        """Make the folders.

        Raises:
            OSError: that is not possible.
        """
        for folder in self._homes:
            os.mkdir(folder)

    def limit(self, limits: dict[bytes, int]) -> None:
        """Set those limits for which there is a controller.

        Raises:
            OSError: the kernel refuses one.
        """
        for controller, folder in self._folders.items():
            if controller in limits:
                setter = _SETTERS[controller, folder == self._of_v2]
                setter(folder, limits[controller])

    @property
    def populated(self) -> bool:
        """Whether anything is in the group that has not ended."""
        if self._of_v2 is not None:
            return number(read_whole(self._of_v2 + b"/cgroup.events"), b"populated") > 0
        return bool(self.pids())

    def pids(self) -> set[int]:
        """Return what is in the group."""
        return pids_in(next(iter(self._folders.values())))

    def kill(self) -> None:
        """Kill everything in the group at once, so far as the kernel has a means to that."""
        if self._of_v2 is not None:
            try:
                write(self._of_v2 + b"/cgroup.kill", b"1")
            except OSError:
                # Linux has it from 5.14 on; the sweep does without.
                return
        elif _FREEZER in self._folders:
            _kill_frozen(self._folders[_FREEZER])

    def peak_bytes(self) -> int | None:
        """Return the most memory that it held, files in memory included, or None if that is not known."""
        folder = self._folders.get(b"memory")
        if folder is None:
            return None
        name = b"/memory.peak" if folder == self._of_v2 else b"/memory.max_usage_in_bytes"
        text = read_whole(folder + name).strip()
        return int(text) if text.isdigit() else None

    def was_out_of_memory(self) -> bool:
        """Say whether the kernel killed something here, and the limit of this very group was reached."""
        folder = self._folders.get(b"memory")
        if folder is None:
            return False
        if folder == self._of_v2:
            events = read_whole(folder + b"/memory.events")
            return number(events, b"oom_kill") > 0 and number(events, b"max") > 0
        if not number(read_whole(folder + b"/memory.oom_control"), b"oom_kill"):
            return False
        # The kernel's count of failures stays 0 in some releases.
        limit = read_whole(folder + b"/memory.limit_in_bytes").strip()
        return (self.peak_bytes() or 0) >= _FULL * int(limit or 0)

    def was_refused_a_process(self) -> bool:
        """Say whether the kernel refused to start another process or thread."""
        folder = self._folders.get(b"pids")
        return folder is not None and number(read_whole(folder + b"/pids.events"), b"max") > 0

    def threads(self) -> int:
        """Return how many processes and threads are in it, or 0 if the kernel does not count them."""
        folder = self._folders.get(b"pids")
        text = b"" if folder is None else read_whole(folder + b"/pids.current").strip()
        return int(text) if text.isdigit() else 0

    def remove(self) -> bool:
        """Remove the folders; say whether that was possible: only what is empty can be removed."""
        gone = [remove(folder) for folder in self._homes]
        return all(gone)


def sweep_leftovers(base: bytes) -> None:
    """Remove what runs left that did not come to their end."""
    try:
        names = os.listdir(base)
    except OSError:
        return
    for name in names:
        if not name.startswith(PREFIX) or not os.path.isdir(base + b"/" + name):
            continue
        # Its run has the lock on the folder without the ending.
        folder = base + b"/" + name.removesuffix(b"-self")
        lock = _lock(folder)
        if lock is not None or not os.path.isdir(folder):
            remove(base + b"/" + name)
        if lock is not None:
            os.close(lock)


def pids_in(folder: bytes, *, deep: bool = True) -> set[int]:
    """Return the processes in a group, and in the groups below it."""
    found = {int(word) for word in read_whole(folder + b"/cgroup.procs").split()}
    if deep:
        for inner in _folders_in(folder):
            found |= pids_in(inner)
    return found


def remove(folder: bytes) -> bool:
    """Remove a group and those below it, so far as they are empty; say whether it is gone."""
    if not _is_gone(folder):
        for inner in _folders_in(folder):
            remove(inner)
        return _is_gone(folder)
    return True


def write(path: bytes, text: bytes) -> None:
    """Tell the kernel something.

    Raises:
        OSError: it refuses, or does not know the file.
    """
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, text)
    finally:
        os.close(fd)


def enter(folder: bytes) -> None:
    """Put this process into a group.

    Raises:
        OSError: the kernel refuses.
    """
    write(folder + b"/cgroup.procs", b"0")


def number(text: bytes, name: bytes) -> int:
    """Return the number behind a name at the start of a line, 0 if there is none."""
    for line in text.splitlines():
        word, _, rest = line.partition(b" ")
        if word == name and rest.isdigit():
            return int(rest)
    return 0


def _make_and_lock(folder: bytes) -> int:
    """Make the folder of a run; return the descriptor that keeps it locked.

    Raises:
        OSError: it cannot be made, or somebody keeps it locked.
    """
    for _ in range(_LOCK_LOOKS):
        if not os.path.isdir(folder):
            os.mkdir(folder)
        lock = _lock(folder)
        if lock is None:
            # A run that starts now was faster and takes it for a leftover, which it is until it is locked.
            time.sleep(_LOCK_PAUSE_S)  # noqa: TID251 - the spawner has no clock to ask
        elif os.path.isdir(folder):
            return lock
        else:
            os.close(lock)
    raise BlockingIOError(errno.EAGAIN, "locked by another process")


def _lock(folder: bytes) -> int | None:
    """Return a descriptor that keeps a folder locked, or None if somebody else has it locked."""
    try:
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        return None
    return fd


def _is_gone(folder: bytes) -> bool:
    """Remove a folder if it is empty; say whether it is gone."""
    try:
        os.rmdir(folder)
    except OSError as error:
        return error.errno == errno.ENOENT
    return True


def _folders_in(folder: bytes) -> list[bytes]:
    try:
        with os.scandir(folder) as entries:
            return [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def _move(pids: set[int], folder: bytes) -> None:
    for pid in pids:
        write(folder + b"/cgroup.procs", b"%d" % pid)


def _kill_frozen(folder: bytes) -> None:
    """Freeze a group of version 1, so that nothing in it can start anything, kill it, and let it go on."""
    try:
        write(folder + b"/freezer.state", b"FROZEN")
        for _ in range(_FREEZE_LOOKS):
            if read_whole(folder + b"/freezer.state").strip() == b"FROZEN":
                break
        for pid in pids_in(folder):
            _kill(pid)
    except OSError:
        return
    finally:
        _try_to_write(folder + b"/freezer.state", b"THAWED")


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _try_to_write(path: bytes, text: bytes) -> None:
    """Set what not every kernel has, and what does without."""
    try:
        write(path, text)
    except OSError:
        return


def _limit_memory_v1(folder: bytes, value: int) -> None:
    write(folder + b"/memory.limit_in_bytes", b"%d" % value)
    # Together with swap, where the kernel counts that.
    _try_to_write(folder + b"/memory.memsw.limit_in_bytes", b"%d" % value)


def _limit_memory_v2(folder: bytes, value: int) -> None:
    write(folder + b"/memory.max", b"%d" % value)
    _try_to_write(folder + b"/memory.swap.max", b"0")
    _try_to_write(folder + b"/memory.oom.group", b"1")


def _limit_cpu_v1(folder: bytes, value: int) -> None:
    write(folder + b"/cpu.cfs_period_us", b"%d" % _PERIOD_US)
    write(folder + b"/cpu.cfs_quota_us", b"%d" % _quota_us(value))
    _try_to_write(folder + b"/cpu.shares", b"%d" % max(_LEAST_SHARES, 1024 * value // 1000))


def _limit_cpu_v2(folder: bytes, value: int) -> None:
    write(folder + b"/cpu.max", b"%d %d" % (_quota_us(value), _PERIOD_US))
    weight = max(_LEAST_WEIGHT, min(_MOST_WEIGHT, value // 10))
    _try_to_write(folder + b"/cpu.weight", b"%d" % weight)


def _quota_us(milli: int) -> int:
    return max(_LEAST_QUOTA_US, milli * _PERIOD_US // 1000)


def _limit_pids(folder: bytes, value: int) -> None:
    write(folder + b"/pids.max", b"%d" % value)


_SETTERS = {
    (b"memory", False): _limit_memory_v1,
    (b"memory", True): _limit_memory_v2,
    (b"cpu", False): _limit_cpu_v1,
    (b"cpu", True): _limit_cpu_v2,
    (b"pids", False): _limit_pids,
    (b"pids", True): _limit_pids,
}
