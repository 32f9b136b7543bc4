"""Turns a fresh process into the spawner."""

import _socket
import posix as os  # see `__main__`
import sys

from wfopt.engine.spawning import signals as signal
from wfopt.engine.spawning.family import Descendants, Family, Groups
from wfopt.engine.spawning.launching import ignored_signals
from wfopt.engine.spawning.server import Server

_SHIELDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
"""Signals that are for wfopt, which then says here what is to be done."""

_PR_SET_CHILD_SUBREAPER = 36

_MOST_DESCRIPTORS = 65536
"""Where to stop closing: the limit of the system can be a thousand million."""


def run(fd: int) -> int:
    """Serve the client at the other end of a stream socket until it is gone, then kill all that is left.

    Returns:
        the exit status of this process: 0 if surely nothing is left.
    """
    _leave_terminal()
    _close_all_but(fd)
    reset = _arrange_signals()
    stream = _socket.socket(fileno=fd)
    stream.settimeout(0)
    os.set_inheritable(fd, False)  # noqa: FBT003 - it has no name
    server = Server(stream, _alarm(), _find_family(), reset)
    try:
        server.serve()
    except Exception as error:  # noqa: BLE001  # whatever it is, the client shall know, and no step survive
        server.fault(f"{type(error).__name__}: {error}".encode())
    finally:
        is_clean = server.end_all()
        # The connection stays open until this process is gone, so that its end tells the client so.
        stream.detach()
    return 0 if is_clean else 1


def _leave_terminal() -> None:
    """Start a session without terminal, so that no step can read passwords or get a Ctrl-C."""
    if os.getpgrp() != os.getpid():
        os.setsid()


def _close_all_but(fd: int) -> None:
    """Close what was inherited by accident, so that no step inherits it in turn."""
    os.closerange(3, fd)
    os.closerange(fd + 1, min(os.sysconf("SC_OPEN_MAX"), _MOST_DESCRIPTORS))
    try:
        os.fstat(2)
    except OSError:
        # Otherwise the next descriptor to be opened would become the error output of this process.
        os.dup2(1, 2)


def _arrange_signals() -> list[int]:
    """Ignore what is for wfopt, take note of children that end; return what steps must not ignore."""
    for signum in _SHIELDED:
        signal.signal(signum, signal.SIG_IGN)
    # The wakeup descriptor is only written to for signals that have a handler.
    signal.signal(signal.SIGCHLD, lambda _signum, _frame: None)
    return ignored_signals()


def _alarm() -> int:
    """Return a descriptor that becomes readable when a child ends."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    return reader


def _find_family() -> Family:
    if sys.platform == "linux" and os.access("/proc/self/stat", os.R_OK):
        if _prctl(_PR_SET_CHILD_SUBREAPER, 1) == 0:
            return Descendants()
    return Groups()


def _prctl(option: int, value: int) -> int:
    """Ask the kernel to treat this process in another way; return 0 if it does."""
    arguments = (option, value, 0, 0, 0)
    try:
        # `ctypes` itself, which makes a class for each type of C, takes as long to import as all else here.
        from _ctypes import call_cdeclfunction, dlopen, dlsym  # noqa: PLC0415
    except ImportError:
        import ctypes  # noqa: PLC0415 - not every Python has these

        return int(ctypes.CDLL(None).prctl(*arguments))
    itself = dlopen(None, 0)  # type: ignore[arg-type]  # as `ctypes` does
    return int(call_cdeclfunction(dlsym(itself, "prctl"), arguments))
