"""The signals that stop a run, as everything that still goes on sees them."""

from __future__ import annotations

from typing import Protocol

from wfopt.dataclass import dataclass


class Interrupts(Protocol):
    """Signals that arrived, oldest first; each is handed out once."""

    def next(self) -> int | None:
        """Return the number of a signal that arrived, or None."""


@dataclass(slots=True)
class Stop:
    """Whether and how urgently the run is to end.

    Attributes:
        interrupts: where signals come from.
        number: the first signal, or None.
        forced: whether a second one came: no grace for anything.
    """

    interrupts: Interrupts
    number: int | None = None
    forced: bool = False

    def listen(self) -> bool:
        """Take the signals that arrived; return whether there were any."""
        heard = False
        while (number := self.interrupts.next()) is not None:
            self.forced = self.number is not None
            self.number = self.number or number
            heard = True
        return heard
