"""Signals as values that the loop asks for, with a pipe that wakes it up."""

from __future__ import annotations

import os
import signal
from collections import deque
from types import FrameType

HANDLED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class Signals:
    """While installed, remembers signals instead of dying of them.

    Attributes:
        wakeup_fd: becomes readable when a signal arrives.
    """

    def __init__(self) -> None:
        self.wakeup_fd, self._write_fd = os.pipe()
        os.set_blocking(self.wakeup_fd, False)
        os.set_blocking(self._write_fd, False)
        self._arrived: deque[int] = deque()

    def install(self) -> None:
        """Take over the signals, also those that a parent such as nohup has ignored."""
        for each in HANDLED:
            signal.signal(each, self._note)
        signal.set_wakeup_fd(self._write_fd, warn_on_full_buffer=False)

    def next(self) -> int | None:
        """Return the number of the oldest signal that was not asked for yet, or None."""
        return self._arrived.popleft() if self._arrived else None

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._arrived.append(number)
