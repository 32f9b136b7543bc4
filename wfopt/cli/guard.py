"""A process that sets a terminal back should this one be killed, which it cannot notice itself."""

from __future__ import annotations

import os
import signal
import termios
from contextlib import suppress
from typing import Any

_MOST_DESCRIPTORS = 65536
_UNHEARD = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGTSTP,
    signal.SIGTTIN,
    signal.SIGTTOU,
    signal.SIGALRM,
)


class Guard:
    """Watches over a terminal until it is dismissed.

    Args:
        fd: a descriptor of the terminal.
        before: how it was set.
        ours: how this process sets it; if it is set otherwise in the end, somebody else saw to it.

    Attributes:
        pid: the process.
        writer: what it listens to the other end of.

    Raises:
        OSError: there is no room for another process.
    """

    def __init__(self, fd: int, before: list[Any], ours: list[Any]) -> None:
        reader, self.writer = os.pipe()
        try:
            self.pid = os.fork()
        except OSError:
            os.close(reader)
            os.close(self.writer)
            raise
        if not self.pid:
            try:
                stand_apart(fd, reader)
                watch(fd, reader, before, ours)
            finally:
                os._exit(0)
        os.close(reader)

    def dismiss(self) -> None:
        """Tell it that the terminal is as it should be."""
        with suppress(OSError):
            os.write(self.writer, b".")
        os.close(self.writer)
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def watch(fd: int, reader: int, before: list[Any], ours: list[Any]) -> None:
    """Wait for a byte; set the terminal back if there will never be one."""
    if os.read(reader, 1):
        return
    with suppress(termios.error, OSError):
        if termios.tcgetattr(fd) == ours:
            termios.tcsetattr(fd, termios.TCSANOW, before)


def stand_apart(fd: int, reader: int) -> None:
    """Let nothing end or stop this process but its own work, and hold nothing open that others wait for."""
    for each in _UNHEARD:
        signal.signal(each, signal.SIG_IGN)
    signal.set_wakeup_fd(-1)
    os.setpgid(0, 0)
    start = 0
    for kept in sorted((fd, reader)):
        # What is asked to close an empty range may close all there are.
        if start < kept:
            os.closerange(start, kept)
        start = kept + 1
    os.closerange(start, _MOST_DESCRIPTORS)
