"""One run at a time has a workspace.

The lock is an advisory `flock` on the workspace folder itself. It needs no file, so it also works where
nothing can be written, and the kernel drops it when its process ends in whatever way: no lock is ever
stale. Who has it is written down beside it, in the state folder, only for messages.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import stat
import time

from wfopt.codes import LOCK_UNAVAILABLE, WORKSPACE_BUSY
from wfopt.dataclass import dataclass, field
from wfopt.errors import Diagnostic, Severity

OWNER_FILE = "owner.json"

_LARGEST_FILE = 64 * 1024
_LONGEST_NAME = 100
_LONGEST_COMMAND = 200
_LARGEST_PID = 2**31 - 1
_LATEST_TIME = 2**35
"""Seconds since 1970, in the year 3058: what lies behind it is no time of a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A run that has a workspace.

    Attributes:
        pid: its process, on its own host.
        run_id: its name.
        host: the name of its machine.
        started_at: when it started, in seconds since 1970.
        command: how it was started, for people.
    """

    pid: int
    run_id: str
    host: str
    started_at: float
    command: str


def this_process(*, run_id: str, started_at: float, command: str) -> Owner:
    """Return a run of this process as an owner."""
    return Owner(
        pid=os.getpid(), run_id=run_id, host=os.uname().nodename, started_at=started_at, command=command
    )


@dataclass(slots=True)
class WorkspaceLock:
    """The lock of a workspace, free at first.

    Attributes:
        workspace: the path of the workspace; it may be read-only.
        state_folder: the path of the folder for state; it may be missing or read-only.
        trouble: why this workspace cannot be locked, or "".
    """

    workspace: str
    state_folder: str
    trouble: str = field(default="", init=False)
    _fd: int | None = field(default=None, init=False)

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._fd is not None

    def try_acquire(self) -> bool:
        """Return whether a run may go on, without waiting.

        It may not while another run has the workspace. It may with the lock, and also where the system
        cannot lock the folder: then `trouble` says why.
        """
        if self._fd is not None:
            return True
        try:
            self._fd = _locked(self.workspace)
        except BlockingIOError:
            return False
        except OSError as error:
            self.trouble = error.strerror or str(error)
            return True
        # A killed run may have left its description.
        self._forget_owner()
        return True

    def announce(self, owner: Owner) -> None:
        """Write down who holds the lock, for those who wait; nothing happens if that is impossible."""
        if self._fd is None:
            return
        path = self._owner_path()
        record = {
            "workspace": os.path.realpath(self.workspace),
            "pid": owner.pid,
            "run_id": owner.run_id,
            "host": owner.host,
            "started_at": owner.started_at,
            "command": owner.command,
        }
        with contextlib.suppress(OSError):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path + ".new")
            # A link or a pipe that somebody puts there is not written to.
            with open(path + ".new", "x", encoding="ascii") as file:
                json.dump(record, file)
            os.replace(path + ".new", path)

    def owner(self) -> Owner | None:
        """Return who has the workspace, as far as is known."""
        found = self._recorded()
        if found is None or (found.host == os.uname().nodename and not _lives(found.pid)):
            return None
        return found

    def release(self) -> None:
        """Give the lock back; nothing happens if this object does not hold it."""
        if self._fd is None:
            return
        # In this order, for afterwards the description may be that of the next run.
        self._forget_owner()
        fd, self._fd = self._fd, None
        os.close(fd)

    def _owner_path(self) -> str:
        return os.path.join(self.state_folder, OWNER_FILE)

    def _forget_owner(self) -> None:
        if self._recorded() is not None:
            with contextlib.suppress(OSError):
                os.unlink(self._owner_path())

    def _recorded(self) -> Owner | None:
        # Workspaces may share a state folder, so the description may be about another one.
        return _parse(_read(self._owner_path()), os.path.realpath(self.workspace))


def hold(folder: str) -> int | None:
    """Return a descriptor that marks a folder as in use until it is closed; None where that is impossible."""
    try:
        return _locked(folder)
    except OSError:
        return None


def is_in_use(folder: str) -> bool:
    """Return whether some process holds a folder."""
    try:
        os.close(_locked(folder))
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def is_shared(workspace: str, held: str) -> bool:
    """Return whether a run around this one holds the workspace, so that this one goes on under its lock.

    Args:
        workspace: the path of the workspace.
        held: the real paths of the workspaces of all runs around, separated as in `PATH`.
    """
    return os.path.realpath(workspace) in held.split(os.pathsep)


def with_held(workspace: str, held: str) -> str:
    """Return what the steps of a run are told about the workspaces that are held around them."""
    own = os.path.realpath(workspace)
    known = held.split(os.pathsep) if held else []
    return os.pathsep.join([*known, own] if own not in known else known)


def waiting(owner: Owner | None, workspace: str) -> Diagnostic:
    """Return the note that a run waits for another one."""
    whom = f"waiting for {_described(owner)}" if owner else "waiting for its end"
    return Diagnostic(
        code=WORKSPACE_BUSY,
        message=f"another run has this workspace: {whom}",
        severity=Severity.NOTE,
        file=workspace,
    )


def busy(owner: Owner | None, workspace: str) -> Diagnostic:
    """Return the message that a run gives up because of another one."""
    return Diagnostic(
        code=WORKSPACE_BUSY,
        message="another run has this workspace" + (f": {_described(owner)}" if owner else ""),
        file=workspace,
        hints=("without `--no-wait` this run starts as soon as the other one ends",),
    )


def unlocked(trouble: str, workspace: str) -> Diagnostic:
    """Return the warning that a run goes on although its workspace cannot be locked."""
    return Diagnostic(
        code=LOCK_UNAVAILABLE,
        message="the workspace cannot be locked here, so nothing keeps other runs out of it",
        severity=Severity.WARNING,
        file=workspace,
        causes=(f"the system says: {trouble}",),
        hints=("start one run at a time in it",),
    )


def _described(owner: Owner) -> str:
    since = time.strftime("%H:%M:%S", time.localtime(owner.started_at))
    return f"run `{owner.run_id}` (pid {owner.pid} on {owner.host}, since {since}, `{owner.command}`)"


def _locked(folder: str) -> int:
    """Return a descriptor that holds the lock of a folder and that no program inherits.

    Raises:
        BlockingIOError: somebody else holds it.
        OSError: the folder cannot be opened or locked.
    """
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        raise
    return fd


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        # It belongs to another user.
        return True
    return True


def _read(path: str) -> bytes:
    """Return the start of a file, or nothing if it is not one; a pipe in its place must not block."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(fd, _LARGEST_FILE) if stat.S_ISREG(os.fstat(fd).st_mode) else b""
    except OSError:
        return b""
    finally:
        os.close(fd)


def _parse(data: bytes, workspace: str) -> Owner | None:
    """Return what an owner file says about a workspace; anybody may have written into it."""
    try:
        record = json.loads(data)
    except (ValueError, RecursionError):
        return None
    match record:
        case {
            "workspace": str(about),
            "pid": int(pid),
            "run_id": str(run_id),
            "host": str(host),
            "started_at": int(started_at) | float(started_at),
            "command": str(command),
        } if about == workspace and 0 < pid <= _LARGEST_PID and 0 <= started_at < _LATEST_TIME:
            return Owner(
                pid=pid,
                run_id=_cut(run_id, _LONGEST_NAME),
                host=_cut(host, _LONGEST_NAME),
                started_at=started_at,
                command=_cut(command, _LONGEST_COMMAND),
            )
    return None


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[:longest] + "..."
