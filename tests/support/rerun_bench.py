"""Runs whose steps are functions, and the same steps run again to see whether they make the same."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.runners import FakeClock
from tests.support.runs import FakeInterrupts
from wfopt.api.prepare import Prepared, RunOptions, prepare
from wfopt.api.rerun import RerunWorld, rerun
from wfopt.api.run import World, run
from wfopt.engine.executors.asking import Asker
from wfopt.engine.report import RunReport
from wfopt.engine.rerun_report import Rerun, RerunReport
from wfopt.engine.runner import Alive, Ended, Launch, News, Output
from wfopt.model.outcome import Enforcer
from wfopt.model.workflow import StepId
from wfopt.resources.pool import Capacity
from wfopt.scheduler.strategies.fifo import Fifo


@dataclass(slots=True)
class Doing:
    """A step at work.

    Attributes:
        folder: where it runs.
        env: its variables.
        printed: what it prints.
        exit_code: how it ends.
        left_behind: how many processes it leaves.
    """

    folder: Path
    env: Mapping[str, str | None]
    printed: bytes = b""
    exit_code: int = 0
    left_behind: int = 0

    def write(self, path: str, text: str = "made\n") -> None:
        """Write a file, in folders that are made."""
        full = self.folder / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_text(text, encoding="utf-8")

    def read(self, path: str) -> str:
        """Read a file; one that is missing makes it fail as a program would."""
        try:
            return (self.folder / path).read_text(encoding="utf-8")
        except OSError:
            self.printed += f"cat: {path}: No such file or directory\n".encode()
            self.exit_code = 1
            return ""

    def hand_on(self, name: str, value: str) -> None:
        """Leave a value for later steps."""
        Path(str(self.env["WFOPT_STEP_OUTPUT"])).write_text(f"{name}={value}\n", encoding="utf-8")


Act = Callable[[Doing], None]


@dataclass(slots=True)
class ActingRunner:
    """A runner whose steps are done as soon as they are started.

    Attributes:
        acts: what each step does; nothing if it is not named.
        launches: all launches, in order.
        closed: how often it was closed.
    """

    acts: Mapping[str, Act]
    launches: list[Launch] = field(default_factory=list)
    closed: int = 0
    _news: list[News] = field(default_factory=list)

    def make_ready(self) -> None:
        """Do nothing: there is nothing to wait for."""

    def start(self, launch: Launch, then: Sequence[Launch] = ()) -> None:
        self.launches.append(launch)
        doing = Doing(Path(launch.cwd), launch.env)
        act = self.acts.get(launch.step)
        if act is not None:
            act(doing)
        if doing.printed:
            self._news.append(Output(launch.step, doing.printed, captured=launch.capture))
        self._news.append(
            Ended(step=launch.step, exit_code=doing.exit_code, left_behind=doing.left_behind, ended_at=1.0)
        )

    def wait(self, timeout_s: float | None) -> Sequence[News]:
        news, self._news = self._news, []
        return news

    def stop(self, step: StepId, *, force: bool) -> None:
        pass

    def forget_next(self) -> None:
        pass

    def alive(self) -> Alive:
        return Alive({})

    def enforcers(self) -> dict[str, Enforcer]:
        return {}

    def wind_down(self) -> None:
        return

    def close(self) -> None:
        self.closed += 1


@dataclass(slots=True)
class RerunBench:
    """A workspace with a workflow.

    Attributes:
        folder: an empty folder; the workspace is `work` in it.
        text: the workflow file.
        acts: what its steps do; may be changed at any time.
        environ: the process environment.
        params: as on the command line.
        clock: tells the time.
        interrupts: signals that arrive.
        pauses: how long was waited, each time.
        shown: what was shown.
        meanwhile: called while it is waited.
        runner: that of the last run.
    """

    folder: Path
    text: str
    acts: dict[str, Act] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=lambda: {"PATH": os.defpath})
    params: dict[str, str] = field(default_factory=dict)
    clock: FakeClock = field(default_factory=FakeClock)
    interrupts: FakeInterrupts = field(default_factory=FakeInterrupts)
    pauses: list[float] = field(default_factory=list)
    shown: list[Rerun] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None
    runner: ActingRunner = field(init=False)

    def __post_init__(self) -> None:
        self.work.mkdir(parents=True, exist_ok=True)
        (self.work / "w.yml").write_text(self.text, encoding="utf-8")
        self.runner = ActingRunner(self.acts)

    @property
    def work(self) -> Path:
        """The workspace."""
        return self.folder / "work"

    def write(self, path: str, text: str = "text\n") -> None:
        """Write a file of the workspace."""
        Doing(self.work, {}).write(path, text)

    def run(self) -> RunReport:
        """Run the workflow."""
        self.runner = ActingRunner(self.acts)
        world = World(
            runner=self.runner,
            clock=self.clock,
            interrupts=self.interrupts,
            pause=self._pause,
            tell=lambda _: None,
            display=lambda _: lambda _: None,
            ask=Asker(self.environ, self.clock),
        )
        options, prepared = self._prepared(())
        return run(prepared, options, world)

    def rerun(self, *steps: str) -> RerunReport:
        """Run cached steps again."""
        self.runner = ActingRunner(self.acts)
        world = RerunWorld(
            runner=self.runner,
            clock=self.clock,
            interrupts=self.interrupts,
            pause=self._pause,
            ask=Asker(self.environ, self.clock),
            show=self.shown.append,
        )
        options, prepared = self._prepared(steps)
        return rerun(prepared, options, world)

    def verdicts(self, *steps: str) -> dict[str, str]:
        """Run cached steps again; return the words for what came of them."""
        return {each.step: each.verdict.value for each in self.rerun(*steps).steps}

    def one(self, *steps: str) -> Rerun:
        """Run cached steps again; return what came of the first of them."""
        return self.rerun(*steps).steps[0]

    def _prepared(self, steps: tuple[str, ...]) -> tuple[RunOptions, Prepared]:
        options = RunOptions(
            file=str(self.work / "w.yml"),
            workspace=str(self.work),
            state_folder=str(self.work / ".wfopt"),
            steps=steps,
            params=self.params,
            environ=self.environ,
            capacity=Capacity(slots=1, cpu_milli=1000),
            strategy=Fifo(),
        )
        return options, prepare(options)

    def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.clock.advance(seconds)
        self.meanwhile()
