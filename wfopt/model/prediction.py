"""What is told of a run to come: what is expected of its steps, of the whole, and of variations of it."""

from __future__ import annotations

from collections.abc import Mapping

from wfopt.dataclass import dataclass, field
from wfopt.model.estimates import Estimate
from wfopt.model.workflow import StepId


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """How far a prediction can be trusted.

    Attributes:
        word: `high`, `medium`, `low` or `none`.
        samples: how many past values are behind it.
        runs_ago: how many runs before the newest one the newest of them is from.
        spread: half of the interval's width as a share of the expected value, or None.
    """

    word: str = "none"
    samples: int = 0
    runs_ago: int = 0
    spread: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutlook:
    """What is expected of one step of a run.

    Attributes:
        step: which.
        wall: the seconds of an attempt, were it to run; None is not known.
        memory: the bytes of its peak, or None.
        allocation: the bytes to give it, so that little is wasted and few attempts are killed, or None.
        cpu_s: the seconds of processor time, or None.
        failure: how likely an attempt fails, or None without a past.
        trust: how far `wall` can be trusted.
        cached: whether its result is there already; None if that depends on what the run does.
        reason: why it would run or is cached, in words.
        on_path: how likely it is on the chain of steps that takes longest.
    """

    step: StepId
    wall: Estimate | None = None
    memory: Estimate | None = None
    allocation: int | None = None
    cpu_s: float | None = None
    failure: float | None = None
    trust: Trust = field(default_factory=Trust)
    cached: bool | None = None
    reason: str = ""
    on_path: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """What is expected of a run as a whole.

    Attributes:
        makespan: its seconds; None if nothing is known of any step that has to run.
        trust: how far that can be trusted.
        cpu_s: seconds of processor time of all steps, as far as they are known.
        memory_bytes: the most that steps hold at one time, as far as that is known; None if of no step.
        path: the chain of steps that takes longest, where waiting for room counts.
        slots: how many steps run at once.
        cpu_milli: thousandths of a cpu.
        memory_capacity: bytes of memory, or None.
        strategy: who starts first.
    """

    makespan: Estimate | None
    trust: Trust
    cpu_s: float | None
    memory_bytes: int | None
    path: tuple[StepId, ...]
    slots: int
    cpu_milli: int
    memory_capacity: int | None
    strategy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """What would be if something were different.

    Attributes:
        name: what would be different, as it was asked.
        whole: what is expected then.
        remarks: what is to be known about it.
    """

    name: str
    whole: Whole
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """How good predictions of the past would have been.

    Attributes:
        name: of the step or the model.
        count: how many values were predicted.
        median_ape: the median of how far off they were, as a share of the real value.
        p90_ape: what nine of ten were off by at most.
        coverage: the share of real values inside their intervals, or None without intervals.
    """

    name: str
    count: int
    median_ape: float
    p90_ape: float
    coverage: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedAgain:
    """The past, predicted again from what was known before.

    Attributes:
        overall: all steps together; None if there was too little past.
        steps: of each step.
        models: of each model, the best first.
    """

    overall: Tested | None
    steps: tuple[Tested, ...]
    models: tuple[Tested, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """How long the run takes with few and with many cpus.

    Attributes:
        seconds: by the number of cpus, which is the number of slots as well; ascending.
        enough: the number of cpus from which on more of them save next to nothing.
    """

    seconds: Mapping[int, float]
    enough: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictReport:
    """What `wfopt predict` tells.

    Attributes:
        file: the workflow file, as the user wrote it.
        runs: how many past runs it rests on.
        level: how often a value is to be inside its interval.
        steps: in file order; what always runs at the end stands behind.
        borrowed: an order of magnitude for steps of which nothing is known, from the others, or None.
        ignored: how many values of the past made no sense and were left out.
        whole: the run as asked.
        variations: what was asked for with `--what-if`, in that order.
        tested: the past played again, if asked for.
        sweep: other numbers of cpus, if asked for and anything is known.
    """

    file: str
    runs: int
    level: float
    steps: tuple[StepOutlook, ...]
    borrowed: Estimate | None
    ignored: int
    whole: Whole
    variations: tuple[Variation, ...] = ()
    tested: PlayedAgain | None = None
    sweep: Sweep | None = None

    @property
    def unknown(self) -> tuple[StepId, ...]:
        """The steps of which neither the past nor the file tells how long they take."""
        return tuple(each.step for each in self.steps if each.wall is None)
