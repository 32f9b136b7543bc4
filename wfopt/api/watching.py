"""What a run looks with: the monitor, and the alerts that follow from what it measures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from wfopt.dataclass import dataclass
from wfopt.engine.clock import Clock
from wfopt.engine.observing import Standing
from wfopt.model.samples import Change, Tick
from wfopt.model.workflow import Step, StepId
from wfopt.resources.alerts.base import Context, Rule
from wfopt.resources.alerts.rules.slow_step import LEAST_S
from wfopt.resources.alerts.watch import Watch
from wfopt.resources.gauge import Gauge, own_share
from wfopt.resources.monitor import Monitor


@dataclass(slots=True)
class Eyes:
    """See `wfopt.engine.observing.Eyes`.

    Attributes:
        monitor: measures.
        watch: judges.
        cpus: how many cpus the run may keep busy.
        memory_bytes: what steps asked for.
        usual_s: how long steps usually take.
        longest: finds out how long steps take at most; asked once, when a step has run for a while.
    """

    monitor: Monitor
    watch: Watch
    cpus: float
    memory_bytes: Mapping[StepId, int]
    usual_s: Mapping[StepId, float]
    longest: Callable[[], Mapping[StepId, float]] = dict
    _longest_s: Mapping[StepId, float] | None = None

    def look(self, at: float, standing: Standing) -> tuple[Tick, list[Change]]:
        """Return what is measured now, and which alerts change."""
        tick = self.monitor.tick(at, standing.alive.leaders, standing.alive.spawner)
        if self._longest_s is None and any(
            at - started >= LEAST_S for started in standing.started_at.values()
        ):
            self._longest_s = self.longest()
        context = Context(
            cpus=self.cpus,
            waiting=standing.waiting,
            memory_bytes=self.memory_bytes,
            usual_s=self.usual_s,
            longest_s=self._longest_s or {},
            started_at=standing.started_at,
        )
        return tick, self.watch.see(tick, context)


def open_eyes(
    workspace: str,
    clock: Clock,
    steps: Sequence[Step],
    cpus: float,
    usual_s: Mapping[StepId, float],
    rules: Sequence[Rule],
) -> Eyes:
    """Return what looks at a run.

    Args:
        workspace: the absolute path of the workspace; alerts watch its disk.
        clock: tells the time.
        steps: the steps of the run.
        cpus: how many cpus the run may keep busy.
        usual_s: how many seconds steps usually take, as far as that is known.
        rules: what to warn of.
    """
    asked = {step.id: step.request.memory_bytes for step in steps if step.request.memory_bytes}
    monitor = Monitor(Gauge(own_share(), workspace), clock.now)
    return Eyes(monitor, Watch(rules), cpus, asked, usual_s)
