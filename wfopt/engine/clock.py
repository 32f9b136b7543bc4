"""The time, as something that is asked for: nothing else in wfopt reads a clock."""

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time; tests bring one that they advance themselves."""

    def now(self) -> float:
        """Return seconds on a clock that never goes back and whose zero means nothing."""

    def wall(self) -> float:
        """Return seconds since the epoch, for timestamps only: this clock may be set back."""


class SystemClock:
    """The clock of the machine."""

    def now(self) -> float:
        """Return the seconds of the monotonic clock, on which the spawner measures, too."""
        return time.monotonic()

    def wall(self) -> float:
        """Return the seconds since the epoch."""
        return time.time()  # noqa: TID251  # the one home of the time of day
