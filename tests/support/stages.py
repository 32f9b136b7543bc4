"""A workspace for whole runs on pretended processes, with the lock, the folders and the logs of real ones."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.runners import FakeClock, FakeRunner
from tests.support.runners import Plan as Script
from tests.support.runs import FakeInterrupts
from wfopt.api.prepare import Prepared, RunOptions
from wfopt.api.run import World, run
from wfopt.engine.executors.asking import Asker
from wfopt.engine.locking import WorkspaceLock
from wfopt.engine.logs import LogSink
from wfopt.engine.report import RunReport
from wfopt.errors import Diagnostic
from wfopt.events import Event, Noticed, Sink
from wfopt.model.history import RunStory
from wfopt.model.workflow import Workflow
from wfopt.resources.pool import Capacity
from wfopt.scheduler.base import Strategy
from wfopt.scheduler.strategies.fifo import Fifo


@dataclass(slots=True)
class Stage:
    """A workspace, and a world that notes what it is told.

    Attributes:
        folder: an empty folder; the workspace is `work` in it, with the state folder in there.
        runner: knows what was started and stopped.
        interrupts: the signals that arrive.
        events: what the display was told, in order.
        messages: what was told before the run started.
        pauses: how long it was waited for another run, each time.
        pause: called with the number of the pause, counted from 1, while it is waited.
        logs: the logs of the last run.
        stories: what is remembered of the runs, in order.
    """

    folder: Path
    runner: FakeRunner = field(default_factory=lambda: FakeRunner(FakeClock(now=50.0)))
    interrupts: FakeInterrupts = field(default_factory=FakeInterrupts)
    events: list[Event] = field(default_factory=list)
    messages: list[Diagnostic] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    pause: Callable[[int], None] = lambda count: None
    logs: LogSink | None = None
    stories: list[RunStory] = field(default_factory=list)

    @property
    def workspace(self) -> Path:
        """Where the steps run."""
        return self.folder / "work"

    @property
    def state(self) -> Path:
        """Where runs are kept."""
        return self.workspace / ".wfopt"

    @property
    def runs(self) -> list[str]:
        """The names of the run folders, sorted."""
        return sorted(os.listdir(self.state / "runs"))

    @property
    def notices(self) -> list[Diagnostic]:
        """The messages among the events."""
        return [event.diagnostic for event in self.events if isinstance(event, Noticed)]

    def lock(self) -> WorkspaceLock:
        """Return a lock of the workspace, as another run uses it."""
        return WorkspaceLock(str(self.workspace), str(self.state))

    def is_free(self) -> bool:
        """Return whether no run has the workspace."""
        lock = self.lock()
        free = lock.try_acquire()
        lock.release()
        return free

    def run(
        self,
        workflow: Workflow,
        scripts: Mapping[str, Script] | None = None,
        *,
        environ: Mapping[str, str] | None = None,
        strategy: Strategy | None = None,
        wait: bool = True,
        held: str = "",
        command: str = "wfopt run",
        **more: Any,
    ) -> RunReport:
        """Run a workflow with one slot, as `wfopt.api.run.run` does; `more` are further `RunOptions`."""
        self.runner.plans = scripts or {}
        capacity = Capacity(slots=1, cpu_milli=1000)
        options = RunOptions(
            file="w.yml",
            workspace=str(self.workspace),
            state_folder=str(self.state),
            environ=environ or {},
            capacity=capacity,
            strategy=strategy or Fifo(),
            wait=wait,
            held=held,
            command=command,
            **more,
        )
        world = World(
            runner=self.runner,
            clock=self.runner.clock,
            interrupts=self.interrupts,
            pause=self._wait,
            tell=self.messages.append,
            display=self._display,
            ask=Asker({}, self.runner.clock),
            remember=self.stories.append,
        )
        return run(Prepared(workflow, (), capacity), options, world)

    def _wait(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.pause(len(self.pauses))

    def _display(self, logs: LogSink) -> Sink:
        self.logs = logs
        return self.events.append
