"""What the live display shows at one moment."""

from __future__ import annotations

from wfopt.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A duration that is not known exactly, in seconds.

    Attributes:
        expected_s: the likely value.
        low_s: the lower end of the interval.
        high_s: the upper end.
    """

    expected_s: float
    low_s: float
    high_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many steps are where; hooks are not among them, but for those that run.

    Attributes:
        total: all steps of the run.
        done: those that are over, whatever came of them.
        running: those that run now, and hooks that do.
        waiting: those that could run, but wait for room or for their next attempt.
        blocked: those that wait for other steps.
        cached: those that did not run because of the cache.
        failed: those that failed where that is not allowed.
        skipped: those that were skipped.
        cancelled: those that were cancelled.
    """

    total: int = 0
    done: int = 0
    running: int = 0
    waiting: int = 0
    blocked: int = 0
    cached: int = 0
    failed: int = 0
    skipped: int = 0
    cancelled: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """A running step.

    Attributes:
        name: its id.
        elapsed_s: seconds since its start.
        usual: how long it usually takes, or None.
        cpus: how many cpus it kept busy, by tick, the last one at the end; none if it was not measured yet.
        memory: the bytes that it held, likewise.
        output: the end of what it printed.
    """

    name: str
    elapsed_s: float
    usual: Span | None = None
    cpus: tuple[float, ...] = ()
    memory: tuple[float, ...] = ()
    output: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineRow:
    """The machine, by tick, the last one at the end.

    Attributes:
        busy: how many cpus were busy.
        cpus: how many there are.
        memory: the bytes that were taken; none if that is not known.
        memory_total: how many bytes there are, or None.
        load: the load average of the last minute, or None.
    """

    busy: tuple[float, ...]
    cpus: float
    memory: tuple[float, ...] = ()
    memory_total: int | None = None
    load: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """Something that is alarming now: what, about which step or "", and whether it is critical."""

    message: str
    step: str = ""
    critical: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """All of it.

    Attributes:
        elapsed_s: seconds since the start of the run.
        counts: how many steps are where.
        left: how long the run will still take, or None if the usual duration of a step is not known.
        running: the running steps, in the order of their starts.
        machine: the machine, or None if it was not measured.
        alerts: the critical ones first, then the others, each time the latest first.
        name_width: how many columns the longest id of a step takes, whether that runs or not.
        foresees: whether the usual duration of any step is known.
        chosen: the running step whose output is shown below, or None.
        has_keys: whether somebody can choose one.
    """

    elapsed_s: float
    counts: Counts
    left: Span | None = None
    running: tuple[StepRow, ...] = ()
    machine: MachineRow | None = None
    alerts: tuple[AlertRow, ...] = ()
    name_width: int = 0
    foresees: bool = False
    chosen: StepRow | None = None
    has_keys: bool = False
