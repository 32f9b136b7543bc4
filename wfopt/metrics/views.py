"""What can be seen of a history, view by view; `wfopt.api` puts it together, `wfopt.render` draws it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wfopt.dataclass import dataclass
from wfopt.metrics.changes import Trend
from wfopt.metrics.efficiency import StepCache, StepResources
from wfopt.metrics.gate import GateResult
from wfopt.metrics.health import Health
from wfopt.metrics.overview import CacheFigures, Overview, StepFigures, Wall
from wfopt.metrics.savings import Savings
from wfopt.metrics.significance import Comparison
from wfopt.model.history import PastAttempt, PastRun, Scope
from wfopt.model.workflow import StepId


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A run in a list.

    Attributes:
        run: the run.
        failed: the steps that failed in it where that is not allowed.
    """

    run: PastRun
    failed: tuple[StepId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsView:
    """A list of runs.

    Attributes:
        rows: the newest first.
        total: how many there are, whatever the limit.
    """

    rows: tuple[RunRow, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The durations of a step or of whole runs on one machine.

    Attributes:
        step: which step, or None for whole runs.
        host: the machine; "" if there are no values.
        values: seconds of successes, in order of time.
        trends: lasting changes on any machine, in order of time.
    """

    step: StepId | None
    host: str
    values: Sequence[float]
    trends: tuple[Trend, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """Everything about one step.

    Attributes:
        figures: what became of it.
        wall: how long its successes took on the machine of `series`.
        memory: the highest peaks there: its middle and its upper end in bytes, as seconds are told.
        series: its durations.
        memory_trends: lasting changes of its memory.
        last: its last attempts with their runs, the newest first.
    """

    figures: StepFigures
    wall: Wall
    memory: Wall
    series: Series
    memory_trends: tuple[Trend, ...]
    last: tuple[tuple[PastRun, PastAttempt], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a comparison.

    Attributes:
        name: as it was asked for.
        kind: what that is: `run`, `commit` or `branch`.
        runs: its runs, the newest last.
    """

    name: str
    kind: str
    runs: tuple[PastRun, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A step, or whole runs, on both sides.

    Attributes:
        step: which step, or None for whole runs.
        before: what became of it in the newest run of the first side, or "" if it was no part of that.
        after: the same of the second side.
        comparison: of the durations of its successes, or None if a side has none.
    """

    step: StepId | None
    before: str
    after: str
    comparison: Comparison | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareView:
    """Two runs, commits or branches side by side.

    Attributes:
        before: the first side, with the runs that are compared.
        after: the second side.
        host: the machine whose runs are compared; "" if the sides have none in common.
        run: whole runs.
        steps: the steps of both sides.
    """

    before: Side
    after: Side
    host: str
    run: Pair
    steps: tuple[Pair, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendView:
    """How durations went on.

    Attributes:
        series: of whole runs, then of each step.
        revisions: the commits of the runs at which something changed, by the run's id.
        run_length: how many runs there are to a false alarm, at least, on average.
    """

    series: tuple[Series, ...]
    revisions: Mapping[str, str]
    run_length: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourcesView:
    """What steps asked for against what they used.

    Attributes:
        steps: in the order in which they first appeared.
        runs: how many of the newest runs were looked at.
    """

    steps: tuple[StepResources, ...]
    runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheView:
    """What the cache did.

    Attributes:
        figures: for all steps.
        steps: for each that it had something to do with, the most misses first.
        runs: how many of the newest runs were looked at.
    """

    figures: CacheFigures
    steps: tuple[StepCache, ...]
    runs: int


View = RunsView | StepView | CompareView | TrendView | ResourcesView | CacheView
"""A view that is more than what every document of statistics holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowRow:
    """One workflow among several."""

    workflow: str
    runs: int
    success_rate: float | None
    wall: Wall
    last_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """What is told about all runs of a scope.

    Attributes:
        overview: what they have in common.
        workflows: each workflow by itself, if there are several, else none.
        trends: lasting changes of durations: of whole runs and of the steps that take longest.
        savings: what optimizations were to save, and did.
        health: whether all is in good shape.
    """

    overview: Overview
    workflows: tuple[WorkflowRow, ...]
    trends: tuple[Trend, ...]
    savings: Savings
    health: Health


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """What `wfopt stats` tells.

    Attributes:
        scope: which runs it is about.
        runs: how many these are.
        remembered: how many runs the whole history holds.
        workflows: the paths of all workflows that have runs.
        hosts: the machines of these runs, as far as they were looked at.
        now: the time of day, seconds since the epoch.
        whole: what is told about all of them, or None if that was not asked for.
        view: what else was asked for, or None.
        gates: what each gate says.
        gate_host: the machine whose runs the gates look at, or "".
    """

    scope: Scope
    runs: int
    remembered: int
    workflows: tuple[str, ...]
    hosts: tuple[str, ...]
    now: float
    whole: Whole | None
    view: View | None
    gates: tuple[GateResult, ...]
    gate_host: str

    @property
    def tripped(self) -> tuple[GateResult, ...]:
        """The gates that are against it."""
        return tuple(each for each in self.gates if each.tripped)
