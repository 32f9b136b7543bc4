"""Which limits control groups set on this process, from what the kernel's files say.

A limit holds for a group and everything below it, so all ancestors of the group of this process count, as far
as they are visible here. Version 1 has a hierarchy of folders for each controller, version 2 has one for all;
both may be mounted at once. In a container, the path of a group may be told as the host sees it: where the
mounted folder does not contain it, the mounted folder itself is the group.
"""

from __future__ import annotations

import os
import re
from collections.abc import Set as AbstractSet

from wfopt.dataclass import dataclass
from wfopt.resources.files import read

_OCTAL = re.compile(r"\\([0-7]{3})")

MEASURED = frozenset(("cpu", "memory"))
"""The controllers whose limits say what this process may use."""

_UNLIMITED = 2**62
"""Version 1 writes the largest number of pages that fits, where there is no limit."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of a control group that this process is in, or below.

    Attributes:
        path: the folder, below the root of the file system that was looked at.
        version: 1 or 2.
        controller: such as `memory` in version 1, or "" in version 2, where a folder has all.
    """

    path: str
    version: int
    controller: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryGroup:
    """A control group with a limit on memory.

    Attributes:
        limit_bytes: the limit.
        usage_file: the file that tells how much is used.
        stat_file: the file that tells how much of that can be dropped.
        droppable: the name of that number in it.
    """

    limit_bytes: int
    usage_file: str
    stat_file: str
    droppable: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuGroup:
    """A control group with a limit on cpus.

    Attributes:
        milli: thousandths of a cpu.
        usage_file: the file that tells how long it kept cpus busy.
        usage: the name of that number in it, or "" for the only one.
        per_s: how much that is for each second.
    """

    milli: int
    usage_file: str
    usage: str
    per_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What control groups allow.

    Attributes:
        cpu: the group with the tightest limit on cpus, or None if there is none.
        memory: the groups with a limit on memory, innermost first.
    """

    cpu: CpuGroup | None = None
    memory: tuple[MemoryGroup, ...] = ()

    @property
    def memory_bytes(self) -> int | None:
        """The smallest limit on memory, or None if there is none."""
        return min((group.limit_bytes for group in self.memory), default=None)


def parse_folders(
    cgroup: str, mountinfo: str, controllers: AbstractSet[str] = MEASURED
) -> tuple[Folder, ...]:
    """Return the folders of this process's groups and of all their ancestors, innermost first.

    Args:
        cgroup: the text of `/proc/self/cgroup`, lines such as `4:cpu,cpuacct:/a/b` or `0::/a`.
        mountinfo: the text of `/proc/self/mountinfo`.
        controllers: those of version 1 that count.
    """
    groups = {}
    for line in cgroup.splitlines():
        names, _, path = line.partition(":")[2].partition(":")
        for controller in names.split(","):
            groups[controller] = path
    found: dict[Folder, None] = {}
    for line in mountinfo.splitlines():
        for version, controller, root, point in _mounts(line, controllers):
            if controller in groups:
                for path in _upwards(groups[controller], root, point):
                    found[Folder(path, version, controller)] = None
    return tuple(found)


def _mounts(line: str, controllers: AbstractSet[str]) -> list[tuple[int, str, str, str]]:
    """Return version, controller, root and mount point of what a line of mountinfo mounts."""
    before, dash, after = line.partition(" - ")
    fields, kind = before.split(" "), after.split(" ")
    if not dash or len(fields) < 6 or len(kind) < 3:
        return []
    root, point = (_OCTAL.sub(lambda code: chr(int(code[1], 8)), each) for each in fields[3:5])
    if kind[0] == "cgroup2":
        return [(2, "", root, point)]
    if kind[0] == "cgroup":
        return [(1, each, root, point) for each in kind[2].split(",") if each in controllers]
    return []


def _upwards(group: str, root: str, point: str) -> list[str]:
    """Return the folders from a group up to where its hierarchy is mounted."""
    root = root.rstrip("/")
    inside = group[len(root) :] if group == root or group.startswith(root + "/") else ""
    # A group outside of what the namespace shows has `..` in its path.
    parts = [] if "/.." in inside else [part for part in inside.split("/") if part]
    return ["/".join([point.rstrip("/"), *parts[:count]]) for count in range(len(parts), -1, -1)]


def parse_cpu_max(text: str) -> int | None:
    """Return the thousandths of a cpu that `cpu.max` of version 2 allows, or None for all.

    >>> parse_cpu_max("150000 100000"), parse_cpu_max("max 100000")
    (1500, None)
    """
    quota, _, period = text.strip().partition(" ")
    return parse_quota(quota, period)


def parse_quota(quota: str, period: str) -> int | None:
    """Return the thousandths of a cpu that a quota in a period allows, at least 1, or None for all.

    >>> parse_quota("50000", "100000"), parse_quota("-1", "100000")
    (500, None)
    """
    quota, period = quota.strip(), period.strip()
    if not (quota.isdecimal() and period.isdecimal() and int(period)):
        return None
    return max(1, int(quota) * 1000 // int(period))


def parse_memory(text: str) -> int | None:
    """Return the bytes that a limit on memory allows, or None for all.

    >>> parse_memory("1048576"), parse_memory("max"), parse_memory("9223372036854771712")
    (1048576, None, None)
    """
    text = text.strip()
    return int(text) if text.isdecimal() and int(text) < _UNLIMITED else None


def read_limits(root: str = "/") -> Limits:
    """Return what the control groups of this process allow; no limits where nothing can be read.

    Args:
        root: the folder that stands for the root of the file system.
    """
    proc = os.path.join(root, "proc/self")
    folders = parse_folders(_text(f"{proc}/cgroup"), _text(f"{proc}/mountinfo"))
    quotas, memory = [], []
    for folder in folders:
        path = os.path.join(root, folder.path.lstrip("/"))
        if folder.controller != "memory":
            quotas.append(_cpu_group(path, folder.version))
        if folder.controller != "cpu":
            memory.append(_memory_group(path, folder.version))
    return Limits(
        cpu=min((each for each in quotas if each is not None), key=lambda each: each.milli, default=None),
        memory=tuple(each for each in memory if each is not None),
    )


def _cpu_group(path: str, version: int) -> CpuGroup | None:
    if version == 2:
        milli = parse_cpu_max(_text(f"{path}/cpu.max"))
        file, usage, per_s = "cpu.stat", "usage_usec", 1_000_000
    else:
        milli = parse_quota(_text(f"{path}/cpu.cfs_quota_us"), _text(f"{path}/cpu.cfs_period_us"))
        # Most systems mount the controller that counts with the one that limits.
        file, usage, per_s = "cpuacct.usage", "", 1_000_000_000
    if milli is None:
        return None
    return CpuGroup(milli=milli, usage_file=f"{path}/{file}", usage=usage, per_s=per_s)


def _memory_group(path: str, version: int) -> MemoryGroup | None:
    limit = parse_memory(_text(f"{path}/memory.max" if version == 2 else f"{path}/memory.limit_in_bytes"))
    if limit is None:
        return None
    return MemoryGroup(
        limit_bytes=limit,
        usage_file=f"{path}/memory.current" if version == 2 else f"{path}/memory.usage_in_bytes",
        stat_file=f"{path}/memory.stat",
        # The version 1 number without `total_` leaves out the groups below.
        droppable="inactive_file" if version == 2 else "total_inactive_file",
    )


def _text(path: str) -> str:
    return read(path).decode("utf-8", "replace")
