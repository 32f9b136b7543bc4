"""Whose output the live display shows in full: nobody's, that of whoever printed last, or of one step."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from wfopt.model.workflow import StepId


class Move(Enum):
    """What somebody at the keyboard wants to see, beside the first nine steps by their digits."""

    UP = "up"
    DOWN = "down"
    FOLLOW = "follow"
    OFF = "off"


Wish = Move | int
"""A move, or the place of a running step, counted from 1."""


class Choice:
    """What was chosen so far; at first nothing.

    A chosen step that ends makes room for whoever prints.
    """

    __slots__ = ("_is_on", "_last", "_pinned")

    def __init__(self) -> None:
        self._is_on = False
        self._pinned: StepId | None = None
        self._last: StepId | None = None

    def note_output(self, step: StepId) -> None:
        """Take note that a step printed something."""
        self._last = step

    def note_end(self, step: StepId) -> None:
        """Take note that a step runs no more."""
        if self._pinned == step:
            self._pinned = None

    def wish(self, wish: Wish, running: Sequence[StepId]) -> None:
        """Do as somebody wishes, given the steps that run, in their order."""
        if wish is Move.OFF:
            self._is_on, self._pinned = False, None
        elif wish is Move.FOLLOW:
            self._is_on, self._pinned = True, None
        elif isinstance(wish, int):
            if 1 <= wish <= len(running):
                self._is_on, self._pinned = True, running[wish - 1]
        elif self._is_on and running:
            shown = self.shown(running)
            place = running.index(shown) if shown is not None else 0
            step = -1 if wish is Move.UP else 1
            self._pinned = running[(place + step) % len(running)]
        else:
            # The first key opens what there is to see.
            self._is_on = True

    def shown(self, running: Sequence[StepId]) -> StepId | None:
        """Return whose output is shown, of those that run; None for nobody's."""
        if not self._is_on or not running:
            return None
        if self._pinned is not None:
            return self._pinned
        return self._last if self._last in running else running[0]
