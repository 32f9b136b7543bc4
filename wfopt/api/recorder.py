"""Writes a run to the history: now and then while it goes on, and once when it has ended."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Protocol

from wfopt.dataclass import dataclass, field
from wfopt.engine.clock import Clock
from wfopt.errors import Diagnostic
from wfopt.events import Event, RunFinished, RunStarted, StepOutput
from wfopt.metrics.collect import Collector
from wfopt.metrics.keep import Keep
from wfopt.model.history import RunStory

HISTORY = "history.db"
"""The name of the history in the state folder."""

FLUSH_S = 5.0
"""Seconds between two writes while a run goes on, unless writing takes long."""

_SHARE = 0.01
"""So much of the time may be spent on writing while a run goes on."""


class Writer(Protocol):
    """What writes to a history; nothing of it raises anything."""

    def open(self) -> bool:
        """Open the history, so that the first write need not; return whether it can be written."""

    def write(self, story: RunStory) -> bool:
        """Write a run, or what is known of it so far; return whether it is kept."""

    def tidy(self) -> bool:
        """Forget old runs, if it is time for that; return whether there is nothing left to do."""

    def close(self) -> None:
        """Let go of all files."""


@dataclass(slots=True, kw_only=True)
class Recorder:
    """A sink; trouble with the history is told once and changes nothing about the run.

    Attributes:
        folder: the absolute path of the state folder.
        keep: what the history keeps, or None if this run is not to be remembered.
        clock: tells the time.
        tell: shows a message.
        collector: keeps what is heard of the steps.
        unfinished: returns what is known of the run after so many seconds.
    """

    folder: str
    keep: Keep | None
    clock: Clock
    tell: Callable[[Diagnostic], None]
    collector: Collector
    unfinished: Callable[[float], RunStory]
    _history: Writer | None = None
    _flush_at: float = FLUSH_S
    _flushed: bool = False
    _told: set[str] = field(default_factory=set)

    def __call__(self, event: Event) -> None:
        self.collector(event)
        if event.at < self._flush_at or isinstance(event, StepOutput | RunStarted | RunFinished):
            return
        if self.keep is not None:
            begun = self.clock.now()
            self._write(self.unfinished(event.at), self.keep, is_over=False)
            self._flushed = True
            self._flush_at = event.at + max(FLUSH_S, (self.clock.now() - begun) / _SHARE)

    def get_ready(self) -> None:
        """Open the history, if there is one, so that the next write takes less time."""
        is_there = os.path.lexists(os.path.join(self.folder, HISTORY))
        if self.keep is not None and self._history is None and is_there:
            self._history = self._opened(self.keep)
            self._history.open()

    def finish(self, story: RunStory) -> None:
        """Write the run as it ended."""
        if self.keep is None:
            return
        is_open = self._history is not None and not self.collector.nothing_ran
        if not self._flushed and not is_open:
            from wfopt.metrics.spool import append  # noqa: PLC0415 - no run needs it before its end

            if append(self.folder, story):
                self.close()
                return
        self._write(story, self.keep, is_over=True)

    def close(self) -> None:
        """Let go of the history."""
        history, self._history = self._history, None
        if history is not None:
            history.close()

    def _write(self, story: RunStory, keep: Keep, *, is_over: bool) -> None:
        self._history = self._history or self._opened(keep)
        try:
            self._history.write(story)
            if is_over:
                self._history.tidy()
        finally:
            self.close()

    def _opened(self, keep: Keep) -> Writer:
        # Its import takes as long as a run in which nothing is started.
        from wfopt.metrics.store import open_history  # noqa: PLC0415 - see above

        return open_history(
            os.path.join(self.folder, HISTORY),
            wall=self.clock.wall,
            monotonic=self.clock.now,
            warn=self._warn,
            keep=keep,
        )

    def _warn(self, diagnostic: Diagnostic) -> None:
        # What is in the way of one write is mostly in the way of the next one, too.
        if diagnostic.message not in self._told:
            self._told.add(diagnostic.message)
            self.tell(diagnostic)
