"""The live display of a run on the terminal that stderr is."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping
from types import FrameType, TracebackType
from typing import Self, TextIO, cast

from wfopt.cli.console import Console
from wfopt.cli.descriptors import STDERR, STDOUT
from wfopt.cli.keys import Keys
from wfopt.cli.options import Request
from wfopt.dataclass import replace
from wfopt.events import Event
from wfopt.model.workflow import StepId, Workflow
from wfopt.render.live.display import LiveDisplay
from wfopt.render.live.pieces import ASCII, UNICODE, Glyphs, Look
from wfopt.render.live.screen import Screen, Size
from wfopt.render.live.view import Span
from wfopt.render.progress import Verbosity

_STDIN = 0
_USUAL_SIZE = Size(80, 24)
_POOR_FONTS = frozenset({"linux", "vt100", "vt220", "ansi"})


class LiveRun:
    """A live display on the terminal that stderr is, for the time of its `with` block.

    Meanwhile a stop by Ctrl-Z waits until what is drawn was taken away, which `refresh` does; what another
    program or the shell has written when the run goes on stays as it is.

    Args:
        request: what was asked.
        workflow: what is run.
        console: the streams.
        usual: finds out how long steps usually take; asked when there is something to draw.

    Attributes:
        console: streams that go above what is drawn, as far as they end on the same terminal.
    """

    def __init__(
        self,
        request: Request,
        workflow: Workflow,
        console: Console,
        usual: Callable[[], Mapping[StepId, Span]] = dict,
    ) -> None:
        self._screen = Screen(console.log, _size, _in_front)
        above = cast("TextIO", self._screen)
        self.console = replace(console, log=above, out=above if _is_same_terminal(STDOUT) else console.out)
        self._display = LiveDisplay(
            workflow,
            screen=self._screen,
            out=self.console.out,
            look=Look(_glyphs(console.environ), console.paint),
            verbosity=Verbosity.VERBOSE if request.verbose else Verbosity.NORMAL,
            usual=usual,
        )
        self._keys = Keys(_STDIN) if has_keyboard() else None
        self._stop_waits = False
        self._has_gone_on = False

    def __enter__(self) -> Self:
        # What ignores it is not to stop; neither are the steps.
        if signal.getsignal(signal.SIGTSTP) is signal.SIG_DFL:
            signal.signal(signal.SIGTSTP, self._note_stop)
        signal.signal(signal.SIGCONT, self._note_going_on)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        try:
            self._display.close()
        finally:
            self._give_back()
        signal.signal(signal.SIGCONT, signal.SIG_DFL)
        if signal.getsignal(signal.SIGTSTP) == self._note_stop:
            signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        if self._stop_waits:
            os.kill(os.getpid(), signal.SIGTSTP)

    def __call__(self, event: Event) -> None:
        self._display(event)
        if not self._screen.is_drawn:
            # The terminal may be lent to a step now.
            self._give_back()

    def refresh(self, at: float) -> None:
        """Draw, if it is time for that; to be called four times a second, and whenever a signal came.

        Args:
            at: seconds since the start of the run.
        """
        if self._stop_waits:
            self._stop_waits = False
            self._screen.clear()
            self._give_back()
            self._stop()
        if self._has_gone_on:
            self._has_gone_on = False
            self._screen.forget()
            if self._keys is not None:
                self._keys.look_again()
        if self._keys is not None:
            for wish in self._keys.pressed():
                self._display.wish(wish, at)
        self._display.refresh(at)
        self._follow_display()

    def _follow_display(self) -> None:
        """Have the keys while something is drawn, and only then."""
        if self._keys is None:
            return
        if self._screen.is_drawn:
            self._keys.take()
            self._display.offer_keys(available=self._keys.are_taken)
        else:
            self._give_back()

    def _give_back(self) -> None:
        if self._keys is not None:
            self._keys.give_back()

    def _note_stop(self, _number: int, _frame: FrameType | None) -> None:
        if self._screen.is_drawn or (self._keys is not None and self._keys.are_taken):
            self._stop_waits = True
        else:
            self._stop()

    def _note_going_on(self, _number: int, _frame: FrameType | None) -> None:
        self._has_gone_on = True

    def _stop(self) -> None:
        """Stop here, as the signal would have done; return when the program goes on."""
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, self._note_stop)


def _glyphs(environ: Mapping[str, str]) -> Glyphs:
    """Return the characters that the terminal surely has."""
    encoding = getattr(sys.__stderr__, "encoding", None) or ""
    knows_unicode = encoding.lower().replace("-", "") == "utf8"
    return UNICODE if knows_unicode and environ.get("TERM") not in _POOR_FONTS else ASCII


def _size() -> Size:
    try:
        size = os.get_terminal_size(STDERR)
    except OSError:
        return _USUAL_SIZE
    return Size(size.columns or _USUAL_SIZE.columns, size.lines or _USUAL_SIZE.lines)


def _in_front() -> bool:
    """Return whether this process is in the foreground of the terminal, if it has one at all."""
    try:
        return os.tcgetpgrp(STDERR) == os.getpgrp()
    except OSError:
        return True


def has_keyboard() -> bool:
    """Return whether keys are for this program: all three streams are one terminal.

    Behind a pipe may be a pager, which reads keys as well.
    """
    return _is_same_terminal(STDOUT) and _is_same_terminal(_STDIN)


def _is_same_terminal(stream: int) -> bool:
    """Return whether what is written to a stream ends up among what is drawn."""
    try:
        return os.isatty(stream) and os.fstat(stream).st_rdev == os.fstat(STDERR).st_rdev
    except OSError:
        return False
