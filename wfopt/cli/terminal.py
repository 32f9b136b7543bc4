"""The terminal that an interactive step may have."""

from __future__ import annotations

import os

_TTY = "/dev/tty"


def controlling_terminal() -> int | None:
    """Return a descriptor of the terminal that stdin is, if this process may read from it, or None."""
    if not os.isatty(0):
        return None
    try:
        terminal = os.open(_TTY, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if os.tcgetpgrp(terminal) == os.getpgrp():
            return terminal
    except OSError:
        pass
    os.close(terminal)
    return None
