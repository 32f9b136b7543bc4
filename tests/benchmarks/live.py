"""Measures the live display: `python tests/benchmarks/live.py [FRAMES]`.

A workflow of 1,000 steps, 8 of which run, on a terminal of 200x50. Prints the CPU time of FRAMES (2,000)
frames, each with a tick of the monitor and a line of output of every running step before it: from the events
to the bytes of the frame, then drawing alone, then what a frame does while 1,000 steps could start; and what
the display costs at its start, and with all of the steps taken from the cache.
"""

from __future__ import annotations

import io
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.support.builders import step, workflow
from wfopt.events import Event, RunStarted, Sampled, StepFinished, StepOutput, StepStarted
from wfopt.model.outcome import StepOutcome, StepStatus
from wfopt.model.samples import MachineSample, StepSample, Tick
from wfopt.model.workflow import StepId, Workflow
from wfopt.render.live.display import FRAME_S, LiveDisplay
from wfopt.render.live.pieces import UNICODE, Look
from wfopt.render.live.screen import Screen, Size
from wfopt.render.live.view import Span
from wfopt.render.paint import Paint

STEPS, RUNNING, LAYERS = 1000, 8, 10
SIZE = Size(200, 50)


def layered(layers: int) -> Workflow:
    """Return a workflow in which each step waits for two of the layer above."""
    names = [f"compile-component-{place:04}" for place in range(STEPS)]
    wide = STEPS // layers
    edges = [
        (names[place - wide + shift - (wide if place % wide + shift >= wide else 0)], names[place])
        for place in range(wide, STEPS)
        for shift in (0, 1)
    ]
    return workflow([step(name) for name in names], edges)


class Run:
    """A display and what it is told."""

    def __init__(self, of: Workflow) -> None:
        self.terminal = io.StringIO()
        self.names = [step.id for step in of.steps]
        usual = {name: Span(expected_s=60.0, low_s=50.0, high_s=80.0) for name in self.names}
        self.display = LiveDisplay(
            of,
            screen=Screen(self.terminal, lambda: SIZE, lambda: True),
            out=io.StringIO(),
            look=Look(UNICODE, Paint(color=True)),
            usual=lambda: usual,
        )
        self.display(RunStarted(at=0, run_id="r", started_at=0, steps=STEPS, slots=RUNNING, strategy="x"))
        for name in self.names[:RUNNING]:
            self.display(StepStarted(at=0.0, step=name, reason="never ran"))
        self.at = 0.0

    def frame(self) -> None:
        """Let a frame's worth of time pass: a tick, some output, and the frame."""
        self.at += FRAME_S
        for place, name in enumerate(self.names[:RUNNING]):
            text = f"compiling unit {int(self.at * 4)} of {place} with many words behind it\n"
            self.tell(StepOutput(at=self.at - FRAME_S / 2, step=name, data=text.encode()))
        self.tell(Sampled(at=self.at, tick=tick(self.at, self.names[:RUNNING])))
        assert self.terminal.tell(), "nothing was drawn"
        self.terminal.seek(0)
        self.terminal.truncate()

    def tell(self, event: Event) -> None:
        self.display(event)


def tick(at: float, names: list[StepId]) -> Tick:
    """Return a tick that differs from the one before."""
    busy = 1 + at % 3 / 3
    sample = StepSample(cpus_busy=busy, cpu_s=at, memory_bytes=int(1e8 * busy))
    machine = MachineSample(
        cpus_busy=busy, cpus=8.0, memory_used_bytes=int(4e9 * busy), memory_total_bytes=1 << 34, load=busy
    )
    return Tick(at=at, machine=machine, steps=dict.fromkeys(names, sample))


def cpu_ms(work: Callable[[], object], times: int) -> list[float]:
    """Return the CPU time of each of several calls."""
    spent = []
    for _ in range(times):
        start = time.process_time_ns()
        work()
        spent.append((time.process_time_ns() - start) / 1e6)
    return spent


def tell(what: str, spent: list[float]) -> None:
    most = statistics.quantiles(spent, n=100)[98] if len(spent) > 100 else max(spent)
    print(f"{what:<44} median {statistics.median(spent):7.3f} ms   p99 {most:7.3f} ms")


def main() -> None:
    """Measure."""
    frames = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    deep, flat = layered(LAYERS), layered(1)
    run = Run(deep)
    run.frame()
    tell("events and frame", cpu_ms(run.frame, frames))

    def draw() -> None:
        run.at += FRAME_S
        run.display.refresh(run.at)

    tell("frame alone", cpu_ms(draw, frames))
    wide = Run(flat)
    wide.frame()
    tell("events and frame, 1,000 ready", cpu_ms(wide.frame, frames))
    tell("start", cpu_ms(lambda: Run(deep), 20))
    ends = [
        StepFinished(at=0.1, step=name, outcome=StepOutcome(status=StepStatus.CACHED, reason=""))
        for name in run.names
    ]

    def burst() -> None:
        display = Run(deep).display
        for event in ends[RUNNING:]:
            display(event)

    tell("start and 992 steps from the cache", cpu_ms(burst, 20))


if __name__ == "__main__":
    main()
