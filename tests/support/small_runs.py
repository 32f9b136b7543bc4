"""Whole runs in this process whose steps are functions, with the cache of real runs and a clock of choice."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.runners import FakeClock, FakeRunner
from tests.support.runners import Plan as Script
from tests.support.runs import FakeInterrupts
from wfopt.api.prepare import RunOptions, prepare
from wfopt.api.run import World, run
from wfopt.engine.clock import SystemClock
from wfopt.engine.executors.asking import Asker
from wfopt.engine.report import RunReport
from wfopt.events import Event, Noticed
from wfopt.model.outcome import StepStatus
from wfopt.resources.pool import Capacity
from wfopt.scheduler.strategies.fifo import Fifo

Act = Callable[[], None]
"""What a step does."""


class MachineClock(FakeClock):
    """A clock whose time of day is that of the machine, shifted.

    Attributes:
        ahead_s: by how much.
    """

    def __init__(self, ahead_s: float = 0.0) -> None:
        super().__init__()
        self.ahead_s = ahead_s
        self._machine = SystemClock()

    def wall(self) -> float:
        return self._machine.wall() + self.ahead_s


@dataclass(slots=True)
class SmallRuns:
    """Runs of one workflow in one workspace.

    Attributes:
        folder: the workspace is `work` in it.
        clock: tells the time.
        said: the messages of all runs.
    """

    folder: Path
    clock: FakeClock
    said: list[str] = field(default_factory=list)

    @property
    def work(self) -> Path:
        """The workspace."""
        return self.folder / "work"

    def load(self, text: str) -> None:
        """Take this as the workflow file."""
        self.work.mkdir(parents=True, exist_ok=True)
        (self.work / "w.yml").write_text(text, encoding="utf-8")

    def run(self, acts: Mapping[str, Act], duration_s: float = 1.0) -> RunReport:
        """Run it once; every step takes so long on the clock, and acts at its end."""
        scripts = {name: Script(duration_s=duration_s, action=act) for name, act in acts.items()}
        options = RunOptions(
            file=str(self.work / "w.yml"),
            workspace=str(self.work),
            state_folder=str(self.work / ".wfopt"),
            environ={"PATH": os.defpath},
            capacity=Capacity(slots=1, cpu_milli=1000),
            strategy=Fifo(),
        )
        world = World(
            runner=FakeRunner(self.clock, scripts),
            clock=self.clock,
            interrupts=FakeInterrupts(),
            pause=lambda _: None,
            tell=lambda diagnostic: self.said.append(diagnostic.message),
            display=lambda _: self._hear,
            ask=Asker({}, self.clock),
        )
        return run(prepare(options), options, world)

    def _hear(self, event: Event) -> None:
        if isinstance(event, Noticed):
            self.said.append(event.diagnostic.message)


def cached(report: RunReport) -> set[str]:
    """Return the steps that did not run."""
    return {each.id for each in report.steps if each.status is StepStatus.CACHED}


@contextlib.contextmanager
def coarse_times(tick_ns: int) -> Iterator[None]:
    """Let the times of files move in long ticks, as on some file systems."""
    real = {name: getattr(os, name) for name in ("stat", "lstat", "fstat")}

    def coarse(look: Callable[..., os.stat_result]) -> Callable[..., os.stat_result]:
        return lambda *args, **kwargs: _rounded(look(*args, **kwargs), tick_ns)

    for name, look in real.items():
        setattr(os, name, coarse(look))
    try:
        yield
    finally:
        for name, look in real.items():
            setattr(os, name, look)


def _rounded(found: os.stat_result, tick_ns: int) -> os.stat_result:
    mtime_ns, ctime_ns = (each // tick_ns * tick_ns for each in (found.st_mtime_ns, found.st_ctime_ns))
    names = ("st_atime", "st_atime_ns", "st_blksize", "st_blocks", "st_rdev")
    return os.stat_result(
        (*found[:8], mtime_ns // 10**9, ctime_ns // 10**9),
        {name: getattr(found, name) for name in names}
        | {"st_mtime": mtime_ns / 1e9, "st_mtime_ns": mtime_ns}
        | {"st_ctime": ctime_ns / 1e9, "st_ctime_ns": ctime_ns},
    )


def after_tick(folder: Path) -> None:
    """Wait until a change of a file gets another time than all changes before."""
    probe = folder / "probe"
    probe.write_bytes(b"")
    first = os.stat(probe).st_ctime_ns
    while os.stat(probe).st_ctime_ns == first:
        probe.write_bytes(b"")
    probe.unlink()
