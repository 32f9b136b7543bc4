"""What a run works with: processes, time, files, and whoever listens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from wfopt.engine.clock import Clock
from wfopt.engine.launch import Launcher
from wfopt.engine.outputs import OutputFolder
from wfopt.engine.runner import Runner
from wfopt.engine.stopping import Stop
from wfopt.errors import Diagnostic
from wfopt.events import Noticed, Sink
from wfopt.model.workflow import Step, StepId


@dataclass(frozen=True, slots=True, kw_only=True)
class Collaborators:
    """What a run works with.

    Attributes:
        runner: runs processes.
        clock: tells the time.
        zero: the moment of the run's start on the clock.
        emit: takes the events.
        launcher: makes launches of steps.
        outputs: the outputs in the workspace.
        stop: whether the run is to end.
        chance: gives random numbers from 0 to 1.
        printed: what a step that has ended printed, without secrets, or the path of a file with that; None if
            that is not known.
        services: the background services that go on; the loop adds to them and takes away.
    """

    runner: Runner
    clock: Clock
    zero: float
    emit: Sink
    launcher: Launcher
    outputs: OutputFolder
    stop: Stop
    chance: Callable[[], float]
    printed: Callable[[StepId], bytes | str | None] = lambda _: None
    services: set[StepId] = field(default_factory=set)

    def at(self) -> float:
        """Return the seconds since the run started."""
        return self.clock.now() - self.zero

    def notice(self, step: Step, diagnostic: Diagnostic) -> None:
        """Tell about something that came up with a step."""
        self.emit(Noticed(at=self.at(), step=step.id, diagnostic=diagnostic))
