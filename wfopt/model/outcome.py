"""How steps and runs end."""

from __future__ import annotations

from enum import Enum

from wfopt.dataclass import dataclass


class StepStatus(Enum):
    """How a step ended; the value is the word that is printed."""

    SUCCEEDED = "succeeded"
    CACHED = "cached"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class RunStatus(Enum):
    """How a run ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class LimitKind(Enum):
    """Which limit ended a step."""

    MEMORY = "memory"
    TIMEOUT = "timeout"
    CPU_TIME = "cpu-time"
    FILE_SIZE = "file-size"
    PIDS = "pids"


class Enforcer(Enum):
    """Who holds a step to a limit; `ADVISORY` is nobody."""

    KERNEL = "kernel"
    WATCHDOG = "watchdog"
    ADVISORY = "advisory"


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitHit:
    """A step was ended because it went over a limit.

    Attributes:
        kind: which limit.
        limit: its value, in seconds, bytes or processes.
        observed: what was measured, in the same unit.
        enforced_by: who ended the step.
    """

    kind: LimitKind
    limit: float
    observed: float
    enforced_by: Enforcer


class PeakSource(Enum):
    """What the peak memory of a step is the measure of.

    `CGROUP`: all of it together, files in memory included, by the kernel. `TREE`: all of it together, looked
    at some times a second. `PROCESS`: the largest single process.
    """

    CGROUP = "cgroup"
    TREE = "tree"
    PROCESS = "process"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one attempt of a step used.

    Attributes:
        wall_s: seconds from its start to the end of its first process.
        cpu_s: user and system seconds.
        peak_memory_bytes: the most memory that it held.
        read_bytes: bytes read from storage.
        written_bytes: bytes written to storage.
        peak_memory_source: what `peak_memory_bytes` is the measure of.
    """

    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_memory_bytes: int = 0
    read_bytes: int = 0
    written_bytes: int = 0
    peak_memory_source: PeakSource = PeakSource.PROCESS


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheUse:
    """What the cache had to do with a step.

    Attributes:
        key: the key of its result.
        saved_s: how long the step ran when its result was made, if it did not run now.
        restored_files: how many files came back from the cache.
        restored_bytes: how much is in them.
    """

    key: str
    saved_s: float = 0.0
    restored_files: int = 0
    restored_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutcome:
    """How a step that was started ended.

    Attributes:
        status: succeeded, failed, or cancelled when the stop of the run ended it.
        reason: in words, why it ended so.
        exit_code: its exit status, or None if a signal ended it or it never started.
        signal: the signal that ended it, or None.
        usage: what it used, or None if it never started.
        limit: the limit that ended it, or None.
        allowed: True if it failed where failure is allowed: the run still succeeds.
        cache: what the cache had to do with it, or None if it is not cached.
    """

    status: StepStatus
    reason: str
    exit_code: int | None = None
    signal: int | None = None
    usage: Usage | None = None
    limit: LimitHit | None = None
    allowed: bool = False
    cache: CacheUse | None = None
