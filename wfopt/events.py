"""What happens during a run, as a closed union of frozen values.

Live display, logs, JSON stream, annotations and the final report are sinks of these events; the engine
knows none of them. Handle the union with `match` and `assert_never`, so that a new kind of event is a
type error wherever it matters.

Every event has `at`: seconds since the run started, on the monotonic clock. Hooks (rollbacks, on-failure and
finally steps) have the events of steps; `Workflow.hooks` tells them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from wfopt.dataclass import dataclass, field
from wfopt.errors import Diagnostic
from wfopt.model.outcome import Enforcer, RunStatus, StepOutcome
from wfopt.model.samples import Cleared, Raised, Tick
from wfopt.model.workflow import StepId


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """The first event of every run.

    Attributes:
        at: seconds since the start, so 0.
        run_id: the run's name; its folder below the state folder has the same.
        started_at: seconds since the epoch.
        steps: how many steps the run has.
        slots: how many may run at once.
        strategy: the scheduling strategy's name.
    """

    at: float
    run_id: str
    started_at: float
    steps: int
    slots: int
    strategy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted:
    """A step's process was started.

    Attributes:
        at: seconds since the start.
        step: which step.
        reason: why it runs.
        attempt: the number of the attempt; the first is 1.
        waited_s: seconds that it could have been started but for room.
        input_bytes: the size of what it declares to read, or None if that is not known.
        sizes: the sizes that the file names, by their names.
    """

    at: float
    step: StepId
    reason: str
    attempt: int = 1
    waited_s: float = 0.0
    input_bytes: int | None = None
    sizes: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutput:
    """A running step wrote some bytes to stdout or stderr.

    Attributes:
        at: seconds since the start.
        step: which step.
        data: what it wrote.
        replayed: whether it wrote this in an earlier run, and did not run now.
    """

    at: float
    step: StepId
    data: bytes
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRetried:
    """An attempt of a step failed, and another one follows.

    Attributes:
        at: seconds since the start.
        step: which step.
        attempt: the number of the attempt that failed; the first is 1.
        outcome: how it ended.
        delay_s: seconds until the next attempt may start.
    """

    at: float
    step: StepId
    attempt: int
    outcome: StepOutcome
    delay_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFinished:
    """A started step ended and none of its processes are left, but for a service's."""

    at: float
    step: StepId
    outcome: StepOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSkipped:
    """A step will not run because of its condition, or because of what came of the steps it needs."""

    at: float
    step: StepId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUndone:
    """A step that has ended counts as skipped after all: it overtook one that did not end well.

    Its outputs have been moved out of the way.
    """

    at: float
    step: StepId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCancelled:
    """A step will not run because the run stops."""

    at: float
    step: StepId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """Something worth a message that is not an end of a step, such as processes left behind."""

    at: float
    step: StepId | None
    diagnostic: Diagnostic


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """The machine and the running steps were measured, since somebody listens."""

    at: float
    tick: Tick


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertChanged:
    """Something became alarming, or is not any more."""

    at: float
    change: Raised | Cleared


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished:
    """The last event of every run, exactly once.

    Attributes:
        at: seconds since the start: the run's wall time.
        status: how it ended.
        signal: the signal that stopped it, or None.
        enforced_by: who saw to each kind of limit that steps had.
    """

    at: float
    status: RunStatus
    signal: int | None = None
    enforced_by: Mapping[str, Enforcer] = field(default_factory=dict)


Event = (
    RunStarted
    | StepStarted
    | StepOutput
    | StepRetried
    | StepFinished
    | StepSkipped
    | StepCancelled
    | StepUndone
    | Noticed
    | Sampled
    | AlertChanged
    | RunFinished
)

Sink = Callable[[Event], None]
