"""What is measured while steps run: of the machine, of each running step, and what is alarming about it."""

from __future__ import annotations

from collections.abc import Mapping

from wfopt.dataclass import dataclass, field
from wfopt.model.history import Alert
from wfopt.model.workflow import StepId


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressure:
    """Which share of the last ten seconds something waited for the machine, 0 to 1; None if it does not say.

    Attributes:
        cpu: waited for a cpu.
        memory: waited for memory.
        io: waited for a disk.
    """

    cpu: float | None = None
    memory: float | None = None
    io: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineSample:
    """The machine at one moment, as far as this process may use it.

    Attributes:
        cpus_busy: how many of the usable cpus were busy since the last tick, whoever used them; 0 at first.
            Where a control group gives less than the machine has, what was used in it.
        cpus: how many may be used; has a fraction where a control group gives a share of a cpu.
        memory_used_bytes: memory that is taken and cannot be had without pressure, or None.
        memory_total_bytes: the memory that this is a part of, or None. Both are those of the machine or of
            a control group, whichever is nearer to being full.
        load: the load average of the last minute, or None.
        pressure: what waited for the machine.
        disk_free_bytes: what may still be written to the disk of the workspace, or None.
    """

    cpus_busy: float
    cpus: float
    memory_used_bytes: int | None = None
    memory_total_bytes: int | None = None
    load: float | None = None
    pressure: Pressure = Pressure()
    disk_free_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSample:
    """All processes of a running step at one moment.

    Attributes:
        cpus_busy: how many cpus it kept busy since the last tick.
        cpu_s: user and system seconds so far; what short-lived processes used counts once it was waited for.
        memory_bytes: what it holds; memory that processes share counts once.
        memory_estimated: whether a part of that was not measured at this tick, but estimated.
        read_bytes: read from storage so far.
        written_bytes: written to storage so far.
        open_files: how many descriptors its processes have open, or None if that was not asked for.
        processes: how many it has.
    """

    cpus_busy: float
    cpu_s: float
    memory_bytes: int
    memory_estimated: bool = False
    read_bytes: int = 0
    written_bytes: int = 0
    open_files: int | None = None
    processes: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """What was measured at one moment.

    Attributes:
        at: seconds since the start of the run.
        machine: the machine.
        steps: the running steps, without those that have no process any more.
    """

    at: float
    machine: MachineSample
    steps: Mapping[StepId, StepSample] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert holds from now on; it replaces an earlier one of the same rule for the same step."""

    alert: Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """An alert does not hold any more.

    Attributes:
        at: seconds since the start of the run.
        rule: the name of the rule.
        step: which step, or None for the machine.
    """

    at: float
    rule: str
    step: StepId | None = None


Change = Raised | Cleared
"""What becomes of alerts."""
