r"""Stories of runs as text, for tests of the live display: a line for each thing that happens.

First the workflow: `step NAME [quiet] [interactive]`, `after NAME BEFORE...`, `hook NAME`,
`usual NAME EXPECTED LOW HIGH`. Then, each behind its time in seconds: `begin SLOTS`, `start NAME`,
`print NAME TEXT` (with escapes such as `\n`), `retry NAME`, `end NAME STATUS`, `allowed NAME`, `skip NAME`,
`cancel NAME`, `sample CPU MEMORY NAME=CPU,MEMORY...`, `warn RULE STEP|- TEXT`, `alarm RULE STEP|- TEXT`,
`clear RULE STEP|-`, `over STATUS`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.support.builders import step, workflow
from wfopt.events import (
    AlertChanged,
    Event,
    RunFinished,
    RunStarted,
    Sampled,
    StepCancelled,
    StepFinished,
    StepOutput,
    StepRetried,
    StepSkipped,
    StepStarted,
)
from wfopt.model.history import Alert
from wfopt.model.outcome import RunStatus, StepOutcome, StepStatus, Usage
from wfopt.model.quantities import parse_size
from wfopt.model.samples import Cleared, MachineSample, Raised, StepSample, Tick
from wfopt.model.workflow import Step, StepId, Workflow
from wfopt.render.live.state import State
from wfopt.render.live.view import Span, View


@dataclass
class Story:
    """What a story tells.

    Attributes:
        steps: its steps.
        hooks: its finally steps.
        edges: which step waits for which.
        usual: how long steps usually take.
        events: what happens.
    """

    steps: list[Step] = field(default_factory=list)
    hooks: list[str] = field(default_factory=list)
    edges: list[tuple[str, str]] = field(default_factory=list)
    usual: dict[StepId, Span] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    @property
    def workflow(self) -> Workflow:
        """The workflow that it is about."""
        return workflow(self.steps, self.edges, finally_steps=self.hooks)

    @property
    def view(self) -> View:
        """What there is to see after the last event."""
        state = State(self.workflow)
        for event in self.events:
            state.follow(event)
        state.learn(self.usual)
        return state.view(self.events[-1].at)


def story(text: str) -> Story:
    """Return what a text tells; blank lines and those behind a `#` mean nothing."""
    told = Story()
    for line in text.splitlines():
        words = line.split()
        if not words or words[0] == "#":
            continue
        if words[0][0].isdigit():
            rest = line.split(maxsplit=4)
            told.events.append(_EVENTS[words[1]](float(words[0]), rest[2:], line))
        else:
            _declare(told, words)
    return told


def _declare(told: Story, words: list[str]) -> None:
    kind, name, *rest = words
    if kind == "step":
        told.steps.append(step(name, quiet="quiet" in rest, interactive="interactive" in rest))
    elif kind == "after":
        told.edges += [(before, name) for before in rest]
    elif kind == "hook":
        told.hooks.append(name)
    else:
        expected, low, high = map(float, rest)
        told.usual[StepId(name)] = Span(expected_s=expected, low_s=low, high_s=high)


def _begin(at: float, words: list[str], line: str) -> Event:
    slots = int(words[0])
    return RunStarted(at=at, run_id="r", started_at=0.0, steps=0, slots=slots, strategy="fifo")


def _print(at: float, words: list[str], line: str) -> Event:
    text: str = ast.literal_eval(f'"""{line.split(maxsplit=3)[3]}"""')
    return StepOutput(at=at, step=StepId(words[0]), data=text.encode())


def _retry(at: float, words: list[str], line: str) -> Event:
    failed = StepOutcome(status=StepStatus.FAILED, reason="exit status 1", usage=Usage(wall_s=1.0))
    return StepRetried(at=at, step=StepId(words[0]), attempt=1, outcome=failed, delay_s=5.0)


def _end(at: float, words: list[str], line: str) -> Event:
    status = StepStatus(words[1])
    return StepFinished(at=at, step=StepId(words[0]), outcome=StepOutcome(status=status, reason="so"))


def _allowed(at: float, words: list[str], line: str) -> Event:
    outcome = StepOutcome(status=StepStatus.FAILED, reason="exit status 1", allowed=True)
    return StepFinished(at=at, step=StepId(words[0]), outcome=outcome)


def _sample(at: float, words: list[str], line: str) -> Event:
    cpu, memory, *steps = line.split()[2:]
    machine = MachineSample(
        cpus_busy=float(cpu),
        cpus=8.0,
        memory_used_bytes=parse_size(memory),
        memory_total_bytes=parse_size("16GiB"),
        load=2.5,
    )
    samples = {}
    for each in steps:
        name, _, used = each.rpartition("=")
        busy, held = used.split(",")
        samples[StepId(name)] = StepSample(cpus_busy=float(busy), cpu_s=at, memory_bytes=parse_size(held))
    return Sampled(at=at, tick=Tick(at=at, machine=machine, steps=samples))


def _raised(severity: str) -> Callable[[float, list[str], str], Event]:
    def event(at: float, words: list[str], line: str) -> Event:
        rule, name, message = words
        alert = Alert(at=at, rule=rule, severity=severity, message=message, step=_step_or_none(name))
        return AlertChanged(at=at, change=Raised(alert))

    return event


def _clear(at: float, words: list[str], line: str) -> Event:
    return AlertChanged(at=at, change=Cleared(at=at, rule=words[0], step=_step_or_none(words[1])))


def _step_or_none(name: str) -> StepId | None:
    return None if name == "-" else StepId(name)


_EVENTS: dict[str, Callable[[float, list[str], str], Event]] = {
    "begin": _begin,
    "start": lambda at, words, line: StepStarted(at=at, step=StepId(words[0]), reason="never ran"),
    "print": _print,
    "retry": _retry,
    "end": _end,
    "allowed": _allowed,
    "skip": lambda at, words, line: StepSkipped(at=at, step=StepId(words[0]), reason="so"),
    "cancel": lambda at, words, line: StepCancelled(at=at, step=StepId(words[0]), reason="so"),
    "sample": _sample,
    "warn": _raised("warning"),
    "alarm": _raised("critical"),
    "clear": _clear,
    "over": lambda at, words, line: RunFinished(at=at, status=RunStatus(words[0])),
}
