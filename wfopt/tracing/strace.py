"""How strace is asked: its options, whether it works here, and which scripts it would disturb."""

from __future__ import annotations

import os
import re
import shlex
import stat
from collections.abc import Callable, Sequence

from wfopt.dataclass import dataclass

OLDEST = (5, 15)
"""The first version that tells which folder a relative path starts from."""

_CALLS = (
    "%file,%process,fchdir,getdents,getdents64,ftruncate,fallocate,fchmod,fchown,fsetxattr,fremovexattr,"
    "socket,connect,bind,kill,io_uring_setup,open_by_handle_at,ptrace,unshare,setns,shmget,semget,msgget,"
    "mq_open,process_vm_writev"
)

OPTIONS = (
    "-D",  # the step stays a child of whoever started it, and its status and signals its own
    "-f",
    "--seccomp-bpf",  # only the calls below stop the step
    "-y",
    "-q",  # the ends of processes must stay in the log: they show that it is complete
    "-s",
    "0",
    "-e",
    "signal=!chld,cont,urg,winch",  # without a signal, the ends of the processes that it ends are missing too
    "-e",
    "verbose=clone,clone3,connect,bind,openat2",
    "-e",
    "trace=" + ",".join(f"?{name}" for name in _CALLS.split(",")),
)

_VERSION = re.compile(rb"strace -- version (\d+)\.(\d+)")
_WORD = re.compile(r"[\w.+/-]+")
_TRACERS = frozenset({"strace", "ltrace", "gdb", "lldb", "rr", "valgrind"})

Ask = Callable[[str], bytes]
"""Runs a shell command and returns what it prints.

Raises:
    OSError: it fails.
"""


class UnusableError(Exception):
    """strace cannot be used here; the text says why."""


@dataclass(frozen=True, slots=True)
class Strace:
    """A program that traces.

    Attributes:
        path: where it is.
    """

    path: str

    def command(self, argv: Sequence[str], log: str) -> tuple[str, ...]:
        """Return the command that runs another one and writes a log of it."""
        return (self.path, *OPTIONS, "-o", log, "--", *argv)


def usable(path: str, log: str, ask: Ask) -> Strace:
    """Return strace if it works here.

    Args:
        path: the program, or "" if there is none.
        log: the path of a file that may be written, and is left behind.
        ask: runs a command.

    Raises:
        UnusableError: it does not work.
    """
    if not path:
        raise UnusableError("the program `strace` is not on the PATH")
    try:
        version = _VERSION.search(ask(f"{shlex.quote(path)} -V"))
    except OSError as error:
        raise UnusableError(f"`{path} -V` {error}") from error
    if version is None or (int(version[1]), int(version[2])) < OLDEST:
        found = f"{int(version[1])}.{int(version[2])}" if version else "of an unknown version"
        raise UnusableError(f"`{path}` is {found}, but {OLDEST[0]}.{OLDEST[1]} or later is needed")
    strace = Strace(path)
    try:
        ask(shlex.join(strace.command(("/bin/sh", "-c", ":"), log)))
    except OSError as error:
        raise UnusableError(f"nothing can be traced here: `strace` {error}") from error
    return strace


def disturbed(script: str, path: str) -> str:
    """Return why a script would not do the same if it were traced, or "".

    Args:
        script: its text.
        path: where programs are, separated as in `PATH`.
    """
    words = set(_WORD.findall(script))
    if words & _TRACERS:
        return f"it runs `{min(words & _TRACERS)}`, which traces by itself"
    for word in sorted(words):
        if _gives_rights(word, path):
            return f"it runs `{word}`, which has rights of its own"
    return ""


def _gives_rights(word: str, path: str) -> bool:
    places = (word,) if "/" in word else tuple(os.path.join(each, word) for each in path.split(":"))
    for place in places:
        try:
            mode = os.stat(place).st_mode
        except (OSError, ValueError):
            continue
        return stat.S_ISREG(mode) and bool(mode & stat.S_ISUID)
    return False
