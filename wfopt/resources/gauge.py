"""What the machine does at one moment, as far as this process may use it."""

from __future__ import annotations

import os
from collections.abc import Set as AbstractSet

from wfopt.dataclass import dataclass
from wfopt.model.samples import MachineSample, Pressure
from wfopt.resources.cgroups import CpuGroup, MemoryGroup
from wfopt.resources.files import number_after, read
from wfopt.resources.machine import limits_of, usable_cpu_milli
from wfopt.resources.procfs import TICKS_A_SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Which part of the machine this process may use.

    Attributes:
        cpus: how many cpus; may have a fraction.
        numbers: the cpus that it may run on, or None for all.
        cpu: the control group that allows less than these, or None.
        memory: the control groups that limit its memory.
    """

    cpus: float
    numbers: frozenset[int] | None = None
    cpu: CpuGroup | None = None
    memory: tuple[MemoryGroup, ...] = ()


def own_share(root: str = "/") -> Share:
    """Return which part of the machine this process may use.

    Args:
        root: the folder that stands for the root of the file system, for the control groups.
    """
    numbers = frozenset(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    milli, limits = usable_cpu_milli(root), limits_of(root)
    cpu = limits.cpu if limits.cpu is not None and limits.cpu.milli == milli else None
    return Share(cpus=milli / 1000, numbers=numbers, cpu=cpu, memory=limits.memory)


class Gauge:
    """Measures the machine from one tick to the next.

    Args:
        share: which part of it may be used.
        workspace: a folder on the disk that steps write to.
        proc: where the process file system is mounted.
    """

    def __init__(self, share: Share, workspace: str, proc: str = "/proc") -> None:
        self._share = share
        self._workspace = workspace
        self._proc = proc
        self._busy_s: float | None = None

    def sample(self, elapsed_s: float) -> MachineSample:
        """Return the machine now; `elapsed_s` is the time since the last sample, 0 for the first one."""
        used, total = self._memory()
        return MachineSample(
            cpus_busy=self._cpus_busy(elapsed_s),
            cpus=self._share.cpus,
            memory_used_bytes=used,
            memory_total_bytes=total,
            load=parse_load(read(f"{self._proc}/loadavg")),
            pressure=Pressure(
                cpu=self._pressure("cpu"), memory=self._pressure("memory"), io=self._pressure("io")
            ),
            disk_free_bytes=free_bytes(self._workspace),
        )

    def _cpus_busy(self, elapsed_s: float) -> float:
        before, self._busy_s = self._busy_s, self._busy()
        if before is None or elapsed_s <= 0:
            return 0.0
        # A cpu that was taken off the machine takes its ticks along, and ticks are coarse.
        return min(max(0.0, self._busy_s - before) / elapsed_s, self._share.cpus)

    def _busy(self) -> float:
        """Return for how many seconds cpus were busy, or a control group with less than the machine was."""
        group = self._share.cpu
        if group is not None:
            used = number_after(read(group.usage_file), group.usage.encode())
            if used is not None:
                return used / group.per_s
        return parse_busy_ticks(read(f"{self._proc}/stat"), self._share.numbers) / TICKS_A_SECOND

    def _memory(self) -> tuple[int | None, int | None]:
        fullest = parse_meminfo(read(f"{self._proc}/meminfo"))
        for group in self._share.memory:
            own = _used_by(group)
            if own is not None and (fullest is None or own[0] * fullest[1] > fullest[0] * own[1]):
                fullest = own
        return fullest or (None, None)

    def _pressure(self, name: str) -> float | None:
        return parse_pressure(read(f"{self._proc}/pressure/{name}"))


def parse_busy_ticks(text: bytes, numbers: AbstractSet[int] | None) -> int:
    """Return for how many ticks of the clock cpus were busy since the machine was started.

    Waiting for a disk is not being busy, and neither is what the host of a virtual machine took.

    Args:
        text: that of `/proc/stat`.
        numbers: the cpus that count, or None for all.
    """
    busy = 0
    for line in text.splitlines():
        name, *fields = line.split()
        if not name.startswith(b"cpu"):
            break
        number = name[3:]
        if number.isdigit() and (numbers is None or int(number) in numbers) and len(fields) > 6:
            busy += sum(int(fields[place]) for place in (0, 1, 2, 5, 6))
    return busy


def parse_meminfo(text: bytes) -> tuple[int, int] | None:
    """Return how many bytes of memory are used and how many there are, or None if that is not told."""
    total, available = number_after(text, b"MemTotal:"), number_after(text, b"MemAvailable:")
    if not total or available is None:
        return None
    return max(0, total - available) * 1024, total * 1024


def parse_load(text: bytes) -> float | None:
    """Return the load average of the last minute.

    >>> parse_load(b"1.75 1.35 1.00 3/97 23373"), parse_load(b"")
    (1.75, None)
    """
    return _decimal(text.split(maxsplit=1)[0]) if text.strip() else None


def parse_pressure(text: bytes) -> float | None:
    """Return which share of the last ten seconds something waited.

    >>> parse_pressure(b"some avg10=12.50 avg60=0.00 avg300=0.00 total=1"), parse_pressure(b"")
    (0.125, None)
    """
    for word in text.partition(b"\n")[0].split():
        if word.startswith(b"avg10="):
            percent = _decimal(word[6:])
            return None if percent is None else round(percent / 100, 4)
    return None


def free_bytes(folder: str) -> int | None:
    """Return how much may be written to the disk of a folder, or None if that is not known."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return None
    return disk.f_bavail * disk.f_frsize


def _used_by(group: MemoryGroup) -> tuple[int, int] | None:
    """Return what a control group uses, but for files in memory that can be dropped, and its limit."""
    usage = read(group.usage_file).strip()
    if not usage.isdigit():
        return None
    droppable = number_after(read(group.stat_file), group.droppable.encode() + b" ") or 0
    return max(0, int(usage) - droppable), group.limit_bytes


def _decimal(text: bytes) -> float | None:
    whole, dot, decimals = text.partition(b".")
    return float(text) if whole.isdigit() and (not dot or decimals.isdigit()) else None
