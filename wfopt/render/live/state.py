"""The state of a run as the live display follows it: events in, views out."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from typing import assert_never

from wfopt.dataclass import dataclass, field
from wfopt.events import (
    AlertChanged,
    Event,
    Noticed,
    RunFinished,
    RunStarted,
    Sampled,
    StepCancelled,
    StepFinished,
    StepOutput,
    StepRetried,
    StepSkipped,
    StepStarted,
    StepUndone,
)
from wfopt.graph.order import dag_of
from wfopt.model.history import Alert
from wfopt.model.outcome import StepOutcome, StepStatus
from wfopt.model.samples import Cleared, MachineSample, Tick
from wfopt.model.workflow import StepId, Workflow
from wfopt.render.cells import text_width
from wfopt.render.live.choice import Choice, Wish
from wfopt.render.live.forecast import Forecast
from wfopt.render.live.view import AlertRow, Counts, MachineRow, Span, StepRow, View

TICKS = 16
"""So many of the last measurements are remembered."""

TAIL_BYTES = 2048
"""So much of what a step has printed is remembered."""


@dataclass(slots=True)
class _Running:
    since: float
    tail: bytes = b""
    cpus: deque[float] = field(default_factory=lambda: deque(maxlen=TICKS))
    memory: deque[float] = field(default_factory=lambda: deque(maxlen=TICKS))


@dataclass(slots=True)
class _Machine:
    busy: deque[float] = field(default_factory=lambda: deque(maxlen=TICKS))
    memory: deque[float] = field(default_factory=lambda: deque(maxlen=TICKS))
    last: MachineSample | None = None


class State:
    """Where a run is.

    What it costs to follow an event does not depend on the number of steps, and what a view costs only on
    the steps that run or could run.

    Args:
        workflow: what is run.

    Attributes:
        has_keys: whether somebody can choose whose output is shown.
    """

    def __init__(self, workflow: Workflow) -> None:
        self.has_keys = False
        self._choice = Choice()
        self._usual: Mapping[StepId, Span] = {}
        self._slots = 1
        self._nodes = {step.id: node for node, step in enumerate(workflow.steps)}
        pairs = [(self._nodes[edge.before], self._nodes[edge.after]) for edge in workflow.edges]
        self._dag = dag_of(len(self._nodes), pairs)
        self._waits = [len(before) for before in self._dag.before]
        self._ready = {node for node, count in enumerate(self._waits) if not count}
        self._blocked = len(self._waits) - len(self._ready)
        self._gone = bytearray(len(self._waits))
        steps = (*workflow.steps, *workflow.hooks)
        self._silent = frozenset(step.id for step in steps if step.quiet)
        self._name_width = max((text_width(step.id) for step in steps), default=0)
        self._ended: Counter[StepStatus] = Counter()
        self._allowed = 0
        self._running: dict[StepId, _Running] = {}
        self._machine = _Machine()
        self._alerts: dict[tuple[str, StepId | None], Alert] = {}
        self._forecast: Forecast | None = None

    def follow(self, event: Event) -> None:
        """Take over what an event says."""
        match event:
            case StepOutput():
                self._print(event)
            case StepStarted():
                self._start(event.step, event.at)
            case StepFinished():
                self._end(event.step, event.outcome)
            case StepRetried():
                self._put_back(event.step)
            case StepSkipped() | StepCancelled():
                self._drop(event)
            case Sampled():
                self._sample(event.tick)
            case AlertChanged():
                self._alarm(event)
            case RunStarted():
                self._slots = event.slots
            case Noticed() | StepUndone() | RunFinished():
                pass
            case _:
                assert_never(event)

    def learn(self, usual: Mapping[StepId, Span]) -> None:
        """Take over how long steps usually take, as far as that is known; without it, nothing is foreseen.

        This may come at any time after the start of the run.
        """
        self._usual = usual
        if usual and all(step in usual for step in self._nodes):
            spans = [usual[step] for step in self._nodes]
            self._forecast = Forecast(self._dag, spans, self._slots)
            for node, is_gone in enumerate(self._gone):
                if is_gone:
                    self._forecast.leave(node)

    def wish(self, wish: Wish) -> None:
        """Show the output that somebody wishes to see."""
        self._choice.wish(wish, tuple(self._running))

    def view(self, at: float) -> View:
        """Return what there is to see, so many seconds after the start."""
        chosen = self._choice.shown(tuple(self._running))
        return View(
            elapsed_s=at,
            counts=self._counts(),
            left=self._left(at),
            running=tuple(self._row(step, running, at) for step, running in self._running.items()),
            machine=self._machine_row(),
            alerts=self._alert_rows(),
            name_width=self._name_width,
            foresees=bool(self._usual),
            chosen=None if chosen is None else self._row(chosen, self._running[chosen], at),
            has_keys=self.has_keys,
        )

    def _print(self, event: StepOutput) -> None:
        running = self._running.get(event.step)
        if running is not None and event.step not in self._silent:
            running.tail = (running.tail + event.data[-TAIL_BYTES:])[-TAIL_BYTES:]
            self._choice.note_output(event.step)

    def _start(self, step: StepId, at: float) -> None:
        self._running[step] = _Running(at)
        node = self._nodes.get(step)
        if node is not None:
            self._leave(node)

    def _leave(self, node: int) -> None:
        """Take a step out of those that have not started."""
        self._gone[node] = True
        if node in self._ready:
            self._ready.discard(node)
        else:
            self._blocked -= 1
        if self._forecast is not None:
            self._forecast.leave(node)

    def _put_back(self, step: StepId) -> None:
        self._running.pop(step, None)
        self._choice.note_end(step)
        node = self._nodes.get(step)
        if node is not None:
            self._gone[node] = False
            self._ready.add(node)
            if self._forecast is not None:
                self._forecast.come_back(node)

    def _end(self, step: StepId, outcome: StepOutcome) -> None:
        was_running = self._running.pop(step, None) is not None
        self._choice.note_end(step)
        node = self._nodes.get(step)
        if node is None:
            return
        if not was_running:
            self._leave(node)
        self._allowed += outcome.allowed
        self._close(node, outcome.status)

    def _drop(self, event: StepSkipped | StepCancelled) -> None:
        node = self._nodes.get(event.step)
        if node is not None:
            self._leave(node)
            is_skipped = isinstance(event, StepSkipped)
            self._close(node, StepStatus.SKIPPED if is_skipped else StepStatus.CANCELLED)

    def _close(self, node: int, status: StepStatus) -> None:
        self._ended[status] += 1
        for after in self._dag.after[node]:
            self._waits[after] -= 1
            # It may be over already: cancelled, while what it waited for still ran.
            if not self._waits[after] and not self._gone[after]:
                self._ready.add(after)
                self._blocked -= 1

    def _sample(self, tick: Tick) -> None:
        machine, self._machine.last = tick.machine, tick.machine
        self._machine.busy.append(machine.cpus_busy)
        if machine.memory_used_bytes is not None:
            self._machine.memory.append(machine.memory_used_bytes)
        for step, sample in tick.steps.items():
            running = self._running.get(step)
            if running is not None:
                running.cpus.append(sample.cpus_busy)
                running.memory.append(sample.memory_bytes)

    def _alarm(self, event: AlertChanged) -> None:
        change = event.change
        if isinstance(change, Cleared):
            self._alerts.pop((change.rule, change.step), None)
        else:
            # The latest at the end, also if it replaces an earlier one.
            self._alerts.pop((change.alert.rule, change.alert.step), None)
            self._alerts[change.alert.rule, change.alert.step] = change.alert

    def _counts(self) -> Counts:
        ended = self._ended
        return Counts(
            total=len(self._nodes),
            done=ended.total(),
            running=len(self._running),
            waiting=len(self._ready),
            blocked=self._blocked,
            cached=ended[StepStatus.CACHED],
            failed=ended[StepStatus.FAILED] - self._allowed,
            skipped=ended[StepStatus.SKIPPED],
            cancelled=ended[StepStatus.CANCELLED],
        )

    def _left(self, at: float) -> Span | None:
        if self._forecast is None:
            return None
        nodes = self._nodes
        running = {nodes[step]: at - each.since for step, each in self._running.items() if step in nodes}
        return self._forecast.left(self._ready, running) if running or self._ready else None

    def _row(self, step: StepId, running: _Running, at: float) -> StepRow:
        return StepRow(
            name=step,
            elapsed_s=max(0.0, at - running.since),
            usual=self._usual.get(step),
            cpus=tuple(running.cpus),
            memory=tuple(running.memory),
            output=running.tail,
        )

    def _machine_row(self) -> MachineRow | None:
        last = self._machine.last
        if last is None:
            return None
        return MachineRow(
            busy=tuple(self._machine.busy),
            cpus=last.cpus,
            memory=tuple(self._machine.memory),
            memory_total=last.memory_total_bytes,
            load=last.load,
        )

    def _alert_rows(self) -> tuple[AlertRow, ...]:
        latest_first = reversed(self._alerts.values())
        rows = [
            AlertRow(message=each.message, step=each.step or "", critical=each.severity == "critical")
            for each in latest_first
        ]
        return tuple(sorted(rows, key=lambda row: not row.critical))
