"""The live display of a running workflow: what is over scrolls by, what goes on is drawn below it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TextIO, cast

from wfopt.events import Event, RunFinished, StepFinished, StepRetried, StepStarted
from wfopt.model.workflow import StepId, Workflow
from wfopt.render.harmless import harmless
from wfopt.render.lines import LineDisplay
from wfopt.render.live.choice import Wish
from wfopt.render.live.layout import panel
from wfopt.render.live.pieces import Look
from wfopt.render.live.screen import Screen
from wfopt.render.live.state import State
from wfopt.render.live.view import Span
from wfopt.render.progress import Verbosity

FRAME_S = 0.25
"""The least time from one frame to the next; whoever has the run in hand calls `refresh` that often."""


class LiveDisplay:
    """A sink that draws, at most four times a second.

    Nothing is drawn in the first moment of a run, so that a short one is told in plain lines; nor while a
    step has the terminal for itself. Should drawing fail, plain lines go on: it never ends a run.
    """

    def __init__(
        self,
        workflow: Workflow,
        *,
        screen: Screen,
        out: TextIO,
        look: Look,
        verbosity: Verbosity = Verbosity.NORMAL,
        usual: Callable[[], Mapping[StepId, Span]] = dict,
    ) -> None:
        """Show a run of `workflow`.

        Args:
            workflow: what is run.
            screen: where to draw; lines about the run go there, too.
            out: where the output of steps goes, the screen itself if that is the same terminal.
            look: how things look.
            verbosity: how much scrolls by.
            usual: finds out how long steps usually take; asked before the first frame.
        """
        # What it does to a stream, writing and flushing, a screen knows.
        log = cast("TextIO", screen)
        self._lines = LineDisplay(workflow, log=log, out=out, paint=look.paint, verbosity=verbosity)
        self._state = State(workflow)
        self._usual: Callable[[], Mapping[StepId, Span]] | None = usual
        self._screen = screen
        self._look = look
        self._tells_starts = verbosity is Verbosity.VERBOSE
        self._interactive = frozenset(
            step.id for step in (*workflow.steps, *workflow.hooks) if step.interactive
        )
        self._lent_to: StepId | None = None
        self._next_frame = FRAME_S
        self._is_over = False

    def __call__(self, event: Event) -> None:
        if not self._is_over:
            self._guarded(lambda: self._state.follow(event))
        if isinstance(event, StepStarted):
            if event.step in self._interactive:
                self._screen.clear()
                self._lent_to = event.step
            if self._tells_starts:
                self._lines(event)
        else:
            if isinstance(event, StepFinished | StepRetried) and event.step == self._lent_to:
                self._lent_to = None
                self._screen.forget()
            self._lines(event)
        if isinstance(event, RunFinished):
            self.close()
        self.refresh(event.at)

    def refresh(self, at: float) -> None:
        """Draw what there is to see so many seconds after the start, unless it is too early for that."""
        if at < self._next_frame or self._is_over or self._lent_to is not None:
            return
        self._next_frame = at + FRAME_S
        self._guarded(lambda: self._draw(at))

    def wish(self, wish: Wish, at: float) -> None:
        """Show the output that somebody wishes to see, at once."""
        if not self._is_over:
            self._guarded(lambda: self._state.wish(wish))
            self._next_frame = min(self._next_frame, at)

    def offer_keys(self, *, available: bool) -> None:
        """Take note whether somebody can wish for anything."""
        self._state.has_keys = available

    def _draw(self, at: float) -> None:
        if self._usual is not None:
            self._state.learn(self._usual())
            self._usual = None
        size = self._screen.size()
        # The last column stays empty, since some terminals begin a new line when it is written to.
        lines = panel(self._state.view(at), size.columns - 1, size.lines, self._look)
        self._screen.draw(lines, size)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, steps are running
            self.close()
            about = harmless(f"{type(error).__name__}: {error}")
            self._screen.write(f"warning: the live display has a fault and ends: {about}\n")
            self._screen.flush()

    def close(self) -> None:
        """Draw nothing any more; what was drawn goes away."""
        self._is_over = True
        self._screen.clear()
