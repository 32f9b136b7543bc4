"""Looks at the machine and at running steps from time to time, and tells what it sees.

A run that is over before the first look costs nothing, not even the import of what measures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from wfopt.dataclass import dataclass
from wfopt.engine.runner import Alive
from wfopt.events import AlertChanged, Sampled, Sink
from wfopt.model.samples import Change, Tick
from wfopt.model.workflow import StepId

EVERY_S = 0.5
"""Seconds between two looks, and before the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a run stands when it is looked at.

    Attributes:
        alive: where the processes of running steps hang.
        started_at: when each running attempt started, in seconds since the start of the run.
        waiting: how many steps could start but for room other than that on the cpus.
    """

    alive: Alive
    started_at: Mapping[StepId, float]
    waiting: int


class Eyes(Protocol):
    """What measures and judges; it learns from one look to the next."""

    def look(self, at: float, standing: Standing) -> tuple[Tick, list[Change]]:
        """Return what is measured now, and which alerts change.

        Args:
            at: seconds since the start of the run.
            standing: how the run stands.
        """


@dataclass(slots=True)
class Observer:
    """Looks when it is time to.

    Attributes:
        open_eyes: makes what measures; called once, before the first look.
        emit: takes the events.
        due: when to look next, in seconds since the start of the run.
    """

    open_eyes: Callable[[], Eyes]
    emit: Sink
    due: float = EVERY_S
    _eyes: Eyes | None = None

    def observe(self, at: float, standing: Callable[[], Standing]) -> None:
        """Look and tell, if it is time to.

        Args:
            at: seconds since the start of the run.
            standing: returns how the run stands.
        """
        if at < self.due:
            return
        if self._eyes is None:
            self._eyes = self.open_eyes()
        tick, changes = self._eyes.look(at, standing())
        self.emit(Sampled(at=at, tick=tick))
        for change in changes:
            self.emit(AlertChanged(at=at, change=change))
        self.due = at + EVERY_S
