"""Signals: before and after a run they end the program at once, during a run they are values for its loop.

The exit status is 128 and the number of the signal, whichever way the program ends.
"""

from __future__ import annotations

import os
import select
import signal
from collections import deque
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import NoReturn, Self

from wfopt.cli.descriptors import discard_output

HANDLED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)

UNHEARD_S = 0.5
"""How long a second signal may wait for the loop before the run is broken off."""


class Interrupted(BaseException):
    """The run is broken off by a signal; nothing but cleaning up may catch it.

    Attributes:
        number: the number of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def end_on_signals() -> None:
    """End the program at once when a signal comes, with a status, but neither traceback nor core dump.

    This goes for signals that a parent has ignored, too, as shells do with SIGINT for background jobs; but
    SIGHUP stays ignored, since that is what `nohup` is for.
    """
    for each in HANDLED:
        if each != signal.SIGHUP or signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, _end)


def ignore_signals() -> None:
    """Let signals that come from now on be too late: the interpreter would die of them while it cleans up."""
    for each in HANDLED:
        signal.signal(each, signal.SIG_IGN)


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    # Not by an exception: flushing could wait for ever for a reader.
    os._exit(128 + number)


class Signals:
    """Within its `with` block, remembers signals instead of dying of them.

    A loop that is busy or waits for a slow reader hears of a signal late. If it has not asked for a second
    one a moment after that came, `Interrupted` is raised wherever the program is.

    Args:
        before_breaking: what to do before `Interrupted` is raised, so that cleaning up cannot wait for the
            same reader again.

    Attributes:
        wakeup_fd: becomes readable when a signal arrives.
    """

    def __init__(self, before_breaking: Callable[[], None] = discard_output) -> None:
        self.wakeup_fd, self._write_fd = os.pipe()
        os.set_blocking(self.wakeup_fd, False)
        os.set_blocking(self._write_fd, False)
        self._before_breaking = before_breaking
        self._arrived: deque[int] = deque()
        self._count = 0
        self._broken_off = False

    def __enter__(self) -> Self:
        for each in HANDLED:
            if each != signal.SIGHUP or signal.getsignal(each) is not signal.SIG_IGN:
                signal.signal(each, self._note)
        signal.signal(signal.SIGALRM, self._break_off)
        signal.set_wakeup_fd(self._write_fd, warn_on_full_buffer=False)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        end_on_signals()
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        os.close(self.wakeup_fd)
        os.close(self._write_fd)

    def next(self) -> int | None:
        """Return the number of the oldest signal that was not asked for yet, or None."""
        return self._arrived.popleft() if self._arrived else None

    def pause(self, seconds: float) -> None:
        """Wait for so many seconds, or until a signal arrives."""
        ready, _, _ = select.select([self.wakeup_fd], [], [], seconds)
        if ready:
            os.read(self.wakeup_fd, 4096)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._arrived.append(number)
        self._count += 1
        if self._count > 1:
            # Not at once: usually the loop is about to ask for it.
            signal.setitimer(signal.ITIMER_REAL, UNHEARD_S)

    def _break_off(self, _number: int, _frame: FrameType | None) -> None:
        if self._arrived and not self._broken_off:
            self._broken_off = True
            self._before_breaking()
            raise Interrupted(self._arrived[0])
