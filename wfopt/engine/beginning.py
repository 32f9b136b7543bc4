"""Starts the spawner, which takes some milliseconds to begin, before what talks to it is loaded."""

from __future__ import annotations

import _socket  # `socket` takes as long to import as the rest of the client
import fcntl
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from wfopt.errors import SpawnerError

_PROGRAM = os.path.abspath(os.path.join(os.path.dirname(__file__), "spawning", "__main__.py"))

COMMAND = (sys.executable, "-I", "-S", _PROGRAM)
"""How the spawner is started: isolated and without `site`, for a quick start and a small process."""

_FIRST_FREE_FD = 10
"""Descriptors handed to the spawner start here, safely above the three standard streams."""

_SHIELDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class Begun(NamedTuple):
    """A spawner that was started.

    Attributes:
        pid: its process id.
        stream: the connection to it, non-blocking; it ends when that is closed.
    """

    pid: int
    stream: _socket.socket


def begin(environ: Mapping[str, str], command: Sequence[str] = COMMAND) -> Begun:
    """Start a spawner.

    Args:
        environ: the environment that it is started with.
        command: the program and its arguments; the number of a descriptor is added.

    Raises:
        SpawnerError: it cannot be started.
    """
    stream, theirs = _socket.socketpair()
    stream.settimeout(0)
    handed = fcntl.fcntl(theirs.fileno(), fcntl.F_DUPFD, _FIRST_FREE_FD)
    theirs.close()
    try:
        pid = os.posix_spawn(
            command[0],
            [*command, str(handed)],
            environ,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDWR, 0),
                (os.POSIX_SPAWN_DUP2, 0, 1),
            ],
            # Blocked until it has told the system to ignore them.
            setsigmask=_SHIELDED,
        )
    except OSError as error:
        stream.close()
        raise SpawnerError(f"`{command[0]}` cannot be started: {error.strerror}") from error
    finally:
        os.close(handed)
    return Begun(pid, stream)
