"""What `/proc` tells about processes: parents, process groups, sessions, environments, open files.

The folder is a parameter, so tests can bring their own. Processes come and go while it is read: whatever
vanishes meanwhile is left out.
"""
# Importing pathlib would double the time that the spawner needs to start.

import posix as os  # see `__main__`


class Process:
    """One line of the process table."""

    __slots__ = ("group", "parent", "pid", "session", "zombie")

    def __init__(self, pid: int, parent: int, group: int, session: int, *, zombie: bool = False) -> None:
        self.pid = pid
        self.parent = parent
        self.group = group
        self.session = session
        self.zombie = zombie


class Table:
    """The processes of the machine at one moment, those that ended but were not waited for included."""

    __slots__ = ("_children", "_processes")

    def __init__(self, processes: list[Process]) -> None:
        self._processes = {process.pid: process for process in processes}
        self._children: dict[int, list[int]] = {}
        for process in processes:
            self._children.setdefault(process.parent, []).append(process.pid)

    def __getitem__(self, pid: int) -> Process:
        return self._processes[pid]

    def everything(self) -> list[Process]:
        """Return all processes."""
        return list(self._processes.values())

    def children(self, pid: int) -> list[int]:
        """Return the pids of a process's children."""
        return self._children.get(pid, [])

    def below(self, roots: set[int]) -> list[Process]:
        """Return the living processes with these pids and all their living descendants."""
        seen: set[int] = set()
        pending = [pid for pid in roots if pid in self._processes]
        while pending:
            pid = pending.pop()
            if pid not in seen:
                seen.add(pid)
                pending += self.children(pid)
        return [process for process in map(self._processes.__getitem__, seen) if not process.zombie]

    def in_session(self, session: int) -> set[int]:
        """Return the pids of a session."""
        return {process.pid for process in self._processes.values() if process.session == session}


def parse_stat(text: bytes) -> Process:
    """Return what `/proc/PID/stat` says; the name in it may contain blanks and parentheses."""
    state, parent, group, session = text[text.rindex(b")") + 1 :].split(maxsplit=4)[:4]
    pid = int(text[: text.index(b" ")])
    return Process(pid, int(parent), int(group), int(session), zombie=state in b"ZX")


def read_table(proc: str) -> Table:
    """Return all processes."""
    processes = []
    for name in os.listdir(proc):
        if name.isdigit():
            text = read_whole(f"{proc}/{name}/stat")
            if text:
                processes.append(parse_stat(text))
    return Table(processes)


def read_environ(proc: str, pid: int) -> set[bytes]:
    """Return the `NAME=VALUE` entries that a process was started with."""
    return set(read_whole(f"{proc}/{pid}/environ").split(b"\0"))


def read_traces(proc: str, pid: int) -> set[bytes]:
    """Return what shows where a process comes from, as far as it is not secret.

    That is the environment that it was started with, as `NAME=VALUE` entries, and what its descriptors
    refer to, such as `pipe:[1234]`.
    """
    traces = read_environ(proc, pid)
    folder = f"{proc}/{pid}/fd".encode("utf-8", "surrogateescape")
    try:
        for name in os.listdir(folder):
            traces.add(os.readlink(folder + b"/" + name))
    except OSError:
        # It has ended, or belongs to another user.
        return traces
    return traces


def read_whole(path: str | bytes) -> bytes:
    """Return what a file of the kernel says, or nothing if it cannot be read."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        parts = []
        while part := os.read(fd, 65536):
            parts.append(part)
        return b"".join(parts)
    except OSError:
        return b""
    finally:
        os.close(fd)
