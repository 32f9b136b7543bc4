"""What a run works with: processes, time, files, and whoever listens."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from wfopt.dataclass import dataclass, field
from wfopt.engine.chores import Chores
from wfopt.engine.clock import Clock
from wfopt.engine.launch import Launcher
from wfopt.engine.observing import Observer
from wfopt.engine.outputs import OutputFolder
from wfopt.engine.reuse import Miss
from wfopt.engine.runner import News, Runner
from wfopt.engine.stopping import Stop
from wfopt.errors import Diagnostic
from wfopt.events import Noticed, Sink
from wfopt.model.workflow import Step, StepId

REFRESH_S = 0.25
"""Seconds between two calls of `Collaborators.refresh`, at most."""

_SOON_S = 0.001
"""What is due in fewer seconds is due: for less than can be waited, one would wait again and again."""


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
        measure: the size of what a step declares to read, in bytes, or None if that is not known.
        count: the sizes that a step names, by their names, as far as they can be told.
        observer: looks at the machine and at running steps, or None if nobody wants to know.
        refresh: shows how time goes by; called at least every `REFRESH_S`, and after every signal, with the
            seconds since the start. None if nobody looks.
        services: the background services that go on; the loop adds to them and takes away.
        chores: what is done while steps run and nothing is to be heard of them.
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
    measure: Callable[[Step, Miss], int | None] = lambda _step, _miss: None
    count: Callable[[Step], Mapping[str, float]] = lambda _: {}
    observer: Observer | None = None
    refresh: Callable[[float], None] | None = None
    services: set[StepId] = field(default_factory=set)
    chores: Chores = field(default_factory=Chores)

    def wait(self, seconds: float | None) -> Sequence[News]:
        """Return what the runner has to tell after so many seconds at most, sooner if somebody looks.

        A chore that is due is done if there is nothing to tell right now.
        """
        limits = [] if seconds is None else [seconds]
        if self.refresh is not None:
            self.refresh(self.at())
            limits.append(REFRESH_S)
        due = self.chores.next_due()
        if due is not None:
            ahead = due - self.at()
            if ahead < _SOON_S:
                return self.runner.wait(0.0) or self._work()
            limits.append(ahead)
        return self.runner.wait(min(limits, default=None))

    def _work(self) -> Sequence[News]:
        self.chores.do_next()
        return self.runner.wait(0.0)

    def at(self) -> float:
        """Return the seconds since the run started."""
        return self.clock.now() - self.zero

    def notice(self, step: Step, diagnostic: Diagnostic) -> None:
        """Tell about something that came up with a step."""
        self.emit(Noticed(at=self.at(), step=step.id, diagnostic=diagnostic))
