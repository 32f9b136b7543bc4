"""A loop wired to a clock, a runner and signals that only pretend."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.support.runners import FakeClock, FakeRunner
from tests.support.runners import Plan as Script
from wfopt.engine.admission import queue_of
from wfopt.engine.chores import Chore, Chores
from wfopt.engine.launch import Launcher, Wrapper
from wfopt.engine.loop import Loop
from wfopt.engine.masking import Masker
from wfopt.engine.observing import Eyes, Observer
from wfopt.engine.outputs import OutputFolder
from wfopt.engine.plan import Plan
from wfopt.engine.queue import Dispatching
from wfopt.engine.reuse import Miss, NoReuse, Reuse
from wfopt.engine.session import Session
from wfopt.engine.stopping import Stop
from wfopt.engine.world import Collaborators
from wfopt.events import (
    Event,
    Noticed,
    RunFinished,
    StepCancelled,
    StepFinished,
    StepRetried,
    StepSkipped,
    StepStarted,
)
from wfopt.model.outcome import StepOutcome
from wfopt.model.workflow import Step, StepId, Workflow
from wfopt.resources.pool import Capacity
from wfopt.scheduler.base import Strategy
from wfopt.scheduler.dispatcher import Dispatcher
from wfopt.scheduler.strategies.fifo import Fifo


@dataclass(slots=True)
class FakeInterrupts:
    """Signals that a test sends.

    Attributes:
        numbers: those that were not handed out yet, oldest first.
    """

    numbers: list[int] = field(default_factory=list)

    def next(self) -> int | None:
        return self.numbers.pop(0) if self.numbers else None


@dataclass(slots=True)
class Recorded:
    """What happened in a run.

    Attributes:
        runner: it knows what was started and stopped.
        clock: where the run left it.
        dispatchers: those of the graph, one if a step had to wait for its turn.
        events: everything that was told, in order.
        masker: it knows the secrets that the run came across.
        services: what still serves after the run.
        heard: for each signal that came, how many events had been told by then.
    """

    runner: FakeRunner
    clock: FakeClock
    dispatchers: list[Dispatcher]
    events: list[Event]
    masker: Masker
    services: set[StepId]
    heard: list[int]

    @property
    def all_given_back(self) -> bool:
        """Whether the steps of the graph have given back all that they took."""
        return not any(dispatcher.running for dispatcher in self.dispatchers)

    @property
    def started(self) -> list[str]:
        """The steps that were started, in order."""
        return [event.step for event in self.events if isinstance(event, StepStarted)]

    @property
    def attempts(self) -> list[tuple[str, int, float]]:
        """What was started, in order: step, number of the attempt, time."""
        return [
            (event.step, event.attempt, event.at) for event in self.events if isinstance(event, StepStarted)
        ]

    @property
    def outcomes(self) -> dict[str, StepOutcome]:
        """How the started steps ended."""
        return {event.step: event.outcome for event in self.events if isinstance(event, StepFinished)}

    @property
    def not_run(self) -> dict[str, str]:
        """Why the others were skipped or cancelled."""
        return {
            event.step: event.reason
            for event in self.events
            if isinstance(event, StepSkipped | StepCancelled)
        }

    @property
    def retried(self) -> list[tuple[str, int, float]]:
        """The attempts that others followed: step, number, seconds of waiting."""
        return [
            (event.step, event.attempt, event.delay_s)
            for event in self.events
            if isinstance(event, StepRetried)
        ]

    @property
    def notices(self) -> list[str]:
        """The codes of the messages, in order."""
        return [event.diagnostic.code.number for event in self.events if isinstance(event, Noticed)]

    @property
    def end(self) -> RunFinished:
        """The last event."""
        last = self.events[-1]
        assert isinstance(last, RunFinished)
        return last


def run(
    workflow: Workflow,
    scripts: Mapping[str, Script | Sequence[Script]] | None = None,
    *,
    capacity: Capacity | None = None,
    strategy: Strategy | None = None,
    durations: Mapping[StepId, float] | None = None,
    keep_going: bool = False,
    signals: Sequence[tuple[float, int]] = (),
    folder: str = "/nowhere",
    groups: Mapping[str, tuple[int, ...]] | None = None,
    reuse: Reuse | None = None,
    printed: Callable[[StepId], bytes | str | None] = lambda _: None,
    measure: Callable[[Step, Miss], int | None] = lambda _step, _miss: None,
    eyes: Eyes | None = None,
    chores: Iterable[Chore] = (),
    tracer: Wrapper | None = None,
) -> Recorded:
    """Run a workflow on pretended processes, one slot and `fifo` unless told otherwise.

    `signals` are pairs of a time and a number. `folder` holds `work`, `trash` and `run`; without it the
    steps must not declare outputs. With `eyes` the run is looked at.
    """
    clock = FakeClock()
    runner = FakeRunner(clock, scripts or {})
    interrupts = FakeInterrupts()

    def send(number: int) -> None:
        interrupts.numbers.append(number)
        recorded.heard.append(len(recorded.events))

    limits = capacity or Capacity(slots=1, cpu_milli=1000)
    recorded = Recorded(runner, clock, [], [], Masker(), set(), [])
    for at, number in signals:
        runner.interrupt(at, lambda number=number: send(number))  # type: ignore[misc]
    work = f"{folder}/work"
    plan = Plan(workflow, keep_going=keep_going, groups=groups)
    queue = queue_of(plan, limits, strategy or Fifo(), lambda: durations or {})
    make = queue.open

    def opened() -> Dispatching:
        made = make()
        assert isinstance(made, Dispatcher)
        recorded.dispatchers.append(made)
        return made

    queue.open = opened
    loop = Loop(
        plan=plan,
        queue=queue,
        world=Collaborators(
            runner=runner,
            clock=clock,
            zero=clock.now(),
            emit=recorded.events.append,
            launcher=Launcher(
                workspace=work,
                run_folder=f"{folder}/run",
                run_id="r1",
                cpu_milli=limits.cpu_milli,
                masker=recorded.masker,
                secrets=workflow.secrets,
                tracer=tracer,
            ),
            outputs=OutputFolder(work, f"{folder}/trash", f"{folder}/run/outputs", f"{folder}/nearby"),
            stop=Stop(interrupts),
            chance=lambda: 1.0,
            services=recorded.services,
            printed=printed,
            measure=measure,
            chores=Chores(chores),
            observer=None if eyes is None else Observer(open_eyes=lambda: eyes, emit=recorded.events.append),
        ),
        reuse=reuse or NoReuse(lambda step: f"why {step.id}"),
    )
    Session(loop, limits).run()
    return recorded
