"""What is remembered of runs: what became of them, of each attempt of their steps, and of the machine."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from wfopt.dataclass import dataclass, field
from wfopt.model.effects import Traced
from wfopt.model.outcome import LimitHit, StepStatus
from wfopt.model.workflow import StepId


class Ending(Enum):
    """How a run in history ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNFINISHED = "unfinished"
    """It goes on still, or was killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """The machine of a run; durations of different hosts are never compared as if they were of one.

    Attributes:
        name: its name.
        cpus: how many of its cpus may be used.
        memory_bytes: its memory, or None if that is not known.
    """

    name: str
    cpus: int
    memory_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What was checked out when a run started.

    Attributes:
        commit: the full id of the commit, or "" if there is none.
        branch: the branch, or "" if there is none.
    """

    commit: str = ""
    branch: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """The graph of a workflow as a run saw it.

    Attributes:
        steps: their ids, in file order; hooks are not among them.
        edges: pairs of places in `steps`: the first must end before the second starts.
    """

    steps: tuple[StepId, ...]
    edges: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something about the machine or a step that was worth a warning.

    Attributes:
        at: seconds since the start of the run.
        rule: the name of the rule, such as `memory`.
        severity: `warning` or `critical`.
        message: in words, what was seen.
        step: which step, or None for the machine.
    """

    at: float
    rule: str
    severity: str
    message: str
    step: StepId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What was predicted for a run before it started, in seconds.

    Attributes:
        expected_s: its wall time.
        low_s: the lower end of the interval.
        high_s: the upper end.
        drift: the logarithm of the factor by which it was corrected, as earlier answers had been off.
        wall_width: the logarithm of the factor by which the intervals of the durations of steps are to be
            wider in the next run.
        memory_width: the same of the intervals of memory.
    """

    expected_s: float
    low_s: float
    high_s: float
    drift: float = 0.0
    wall_width: float = 0.0
    memory_width: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """One run, as history knows it.

    Attributes:
        run_id: its name, unique in a history.
        workflow: the path of the workflow file in its workspace, `/`-separated.
        content: the hash of the workflow's content; equal for the same steps whatever the layout of the file.
        revision: what was checked out.
        host: where it ran.
        cpus: the cpu capacity it was given.
        memory_bytes: the memory capacity it was given, or None.
        slots: how many steps could run at once.
        strategy: the scheduling strategy's name.
        options: what else was asked for, such as `keep-going: true`, as text.
        versions: of wfopt and of Python.
        origin: `run`, or the name of the format that it was imported from.
        ending: how it ended.
        exit_code: the exit status of wfopt, or None for an unfinished run.
        started_at: seconds since the epoch.
        wall_s: seconds from start to end; so far, if it is unfinished.
        cpu_s: user and system seconds of all steps.
        peak_memory_bytes: the largest step's, or None if nothing ran.
        reserved_cpu_s: cpus times seconds that the steps asked for while they ran.
        reserved_memory_byte_s: bytes times seconds that they asked for, of the steps that asked for memory.
        used_memory_byte_s: their peaks times their seconds, of the same steps.
        critical_path_s: seconds of the chain of steps that took longest.
        lower_bound_s: no schedule of the steps on the cpus can be shorter.
        hits: steps that did not run because of the cache.
        misses: steps that can be cached and ran.
        saved_s: how long the hits had run when their results were made.
        restored_bytes: how much came back from the cache.
        alerts: what was worth a warning.
        foreseen: what was predicted, or None.
    """

    run_id: str
    workflow: str
    content: str
    revision: Revision = Revision()
    host: Host
    cpus: float
    memory_bytes: int | None = None
    slots: int
    strategy: str
    options: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    origin: str = "run"
    ending: Ending
    exit_code: int | None
    started_at: float
    wall_s: float
    cpu_s: float = 0.0
    peak_memory_bytes: int | None = None
    reserved_cpu_s: float = 0.0
    reserved_memory_byte_s: float = 0.0
    used_memory_byte_s: float = 0.0
    critical_path_s: float = 0.0
    lower_bound_s: float = 0.0
    hits: int = 0
    misses: int = 0
    saved_s: float = 0.0
    restored_bytes: int = 0
    alerts: tuple[Alert, ...] = ()
    foreseen: Foreseen | None = None


NO_SIZES: Mapping[str, float] = MappingProxyType({})


class PastAttempt(NamedTuple):
    """One attempt of a step, or a step that was not started.

    A tuple, as `Point` is.

    Attributes:
        step: which step, or a hook such as `finally:clean`.
        attempt: its number, from 1; 0 if the step was not started.
        status: how it ended; an attempt that another one followed has `failed`.
        reason: in words, why.
        allowed: whether its failure was allowed.
        key: the key of its result in the cache, or "".
        started_s: seconds from the start of the run to its start, or None if it was not started.
        waited_s: seconds that it could have run but waited for room.
        wall_s: seconds from its start to its end, or None if it was not started.
        cpu_s: user and system seconds, or None if they are not known.
        peak_memory_bytes: its peak, or None if that is not known.
        read_bytes: read from storage.
        written_bytes: written to storage.
        input_bytes: the size of its declared inputs before it ran, or None if it declares none.
        exit_code: its exit status, or None if it has none.
        signal: the signal that ended it, or None.
        limit: the limit that ended it, or None.
        cpu_milli: thousandths of a cpu that it asked for.
        memory_bytes: bytes of memory that it asked for, or None.
        critical: whether it lies on the chain of steps that took longest.
        sizes: the sizes that the file names (`x-size`), measured before it ran, by their names.
    """

    step: StepId
    attempt: int
    status: StepStatus
    reason: str = ""
    allowed: bool = False
    key: str = ""
    started_s: float | None = None
    waited_s: float = 0.0
    wall_s: float | None = None
    cpu_s: float | None = None
    peak_memory_bytes: int | None = None
    read_bytes: int = 0
    written_bytes: int = 0
    input_bytes: int | None = None
    exit_code: int | None = None
    signal: int | None = None
    limit: LimitHit | None = None
    cpu_milli: int = 1000
    memory_bytes: int | None = None
    critical: bool = False
    sizes: Mapping[str, float] = NO_SIZES


@dataclass(frozen=True, slots=True)
class Sample:
    """What was measured at one moment of a run.

    Attributes:
        at: seconds since the start of the run.
        cpus: how many cpus the steps kept busy.
        memory_bytes: what they held.
        running: how many ran.
    """

    at: float
    cpus: float
    memory_bytes: int
    running: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStory:
    """Everything that is remembered of one run.

    Attributes:
        run: the run.
        shape: its graph.
        attempts: of all its steps and hooks, in the order in which they ended; each step has one at least.
        samples: what was measured, in order of time, thinned; empty if nobody listened.
        printed: the end of what failed steps printed, without secrets, as far as it is known.
        traces: what traced steps touched.
    """

    run: PastRun
    shape: Shape
    attempts: tuple[PastAttempt, ...]
    samples: tuple[Sample, ...] = ()
    printed: Mapping[StepId, str] = field(default_factory=dict)
    traces: tuple[Traced, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """An optimization of a workflow that was written, and what it was to save.

    Attributes:
        at: seconds since the epoch.
        workflow: the path of the workflow file in its workspace.
        before: the hash of the content before.
        after: the hash of the content after.
        passes: the names of the passes that changed something.
        predicted_saving_s: seconds of wall time a run, or None if it was not known.
    """

    at: float
    workflow: str
    before: str
    after: str
    passes: tuple[str, ...]
    predicted_saving_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which runs are asked for.

    Attributes:
        workflow: runs of this workflow only.
        since: runs that started at this moment or later, seconds since the epoch.
        branch: runs of this branch only.
        host: runs on the host with this name only.
        limit: so many of the newest only.
    """

    workflow: str | None = None
    since: float | None = None
    branch: str | None = None
    host: str | None = None
    limit: int | None = None


class Point(NamedTuple):
    """One finished attempt of a step, or one finished run, as a trend sees it.

    A tuple, since there are many and making anything else takes three times as long.

    Attributes:
        run_id: the run.
        at: when it started, seconds since the epoch.
        status: how it ended: of a step its status, of a run its ending.
        wall_s: its seconds.
        cpu_s: user and system seconds, or None.
        peak_memory_bytes: its peak, or None.
        input_bytes: the size of its inputs before it ran, or None.
        host: the name of the machine.
        cpus: how many cpus the host has.
        timed_out: whether a limit on time ended it, so that it would have taken longer.
    """

    run_id: str
    at: float
    status: str
    wall_s: float
    cpu_s: float | None
    peak_memory_bytes: int | None
    input_bytes: int | None
    host: str
    cpus: int
    timed_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTotals:
    """What became of one step over many runs.

    Attributes:
        step: which step.
        runs: runs that it was part of.
        succeeded: runs in which it ran and succeeded.
        failed: runs in which it failed in the end.
        cached: runs in which it did not have to run.
        skipped: runs in which it was skipped.
        cancelled: runs in which it was cancelled.
        flaky: runs in which an attempt failed and a later one succeeded.
        attempts: attempts that really ran.
        wall_s: seconds of all these.
        cpu_s: user and system seconds of all these.
        critical: runs in which it lay on the chain of steps that took longest.
        critical_s: seconds that it spent there.
        waited_s: seconds that it could have run but waited for room.
    """

    step: StepId
    runs: int
    succeeded: int
    failed: int
    cached: int
    skipped: int
    cancelled: int
    flaky: int
    attempts: int
    wall_s: float
    cpu_s: float
    critical: int
    critical_s: float
    waited_s: float
