"""What control groups allow, read from trees as the kernel shows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.fake_proc import FakeProc
from wfopt.resources.cgroups import (
    CpuGroup,
    Folder,
    parse_cpu_max,
    parse_folders,
    parse_memory,
    parse_quota,
    read_limits,
)

V2 = "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
V1 = (
    "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "37 31 0:34 / /sys/fs/cgroup/freezer rw - cgroup cgroup rw,freezer\n"
)


def v2(*paths: str) -> tuple[Folder, ...]:
    return tuple(Folder(path, 2) for path in paths)


@pytest.mark.parametrize(
    ("cgroup", "mountinfo", "folders"),
    [
        ("0::/a/b\n", V2, v2("/sys/fs/cgroup/a/b", "/sys/fs/cgroup/a", "/sys/fs/cgroup")),
        ("0::/\n", V2, v2("/sys/fs/cgroup")),
        # A container that sees its group as the host does.
        ("0::/docker/x/in\n", V2.replace(" / ", " /docker/x ", 1), v2("/sys/fs/cgroup/in", "/sys/fs/cgroup")),
        ("0::/docker/xy\n", V2.replace(" / ", " /docker/x ", 1), v2("/sys/fs/cgroup")),
        # Moved out of what its namespace shows.
        ("0::/../../other\n", V2, v2("/sys/fs/cgroup")),
        (
            "0::/a:b\n",
            r"29 23 0:26 / /with\040blank rw - cgroup2 cgroup2 rw",
            v2("/with blank/a:b", "/with blank"),
        ),
        ("", V2, ()),
        ("0::/a\n", "", ()),
        ("nonsense\n0::/a\n", "too short - cgroup2 x rw\nno dash\n" + V2.replace(" - ", " * "), ()),
        (
            "4:memory:/m\n3:cpu,cpuacct:/c\n2:freezer:/f\n1:name=systemd:/\n",
            V1,
            (
                Folder("/sys/fs/cgroup/cpu,cpuacct/c", 1, "cpu"),
                Folder("/sys/fs/cgroup/cpu,cpuacct", 1, "cpu"),
                Folder("/sys/fs/cgroup/memory/m", 1, "memory"),
                Folder("/sys/fs/cgroup/memory", 1, "memory"),
            ),
        ),
    ],
)
def test_folders(cgroup: str, mountinfo: str, folders: tuple[Folder, ...]) -> None:
    assert parse_folders(cgroup, mountinfo) == folders


@pytest.mark.parametrize(
    ("text", "milli"),
    [
        ("max 100000\n", None),
        ("150000 100000\n", 1500),
        ("5 100000\n", 1),
        ("100000 0\n", None),
        ("", None),
        ("x y", None),
    ],
)
def test_cpu_max(text: str, milli: int | None) -> None:
    assert parse_cpu_max(text) == milli


def test_quota() -> None:
    assert parse_quota("-1\n", "100000\n") is None
    assert parse_quota("250000\n", "100000\n") == 2500


@pytest.mark.parametrize(
    ("text", "size"),
    [("max\n", None), ("0\n", 0), ("4096\n", 4096), ("9223372036854771712\n", None), ("", None)],
)
def test_memory(text: str, size: int | None) -> None:
    assert parse_memory(text) == size


def test_the_tightest_of_all_ancestors_counts(tmp_path: Path) -> None:
    proc = FakeProc(tmp_path)
    proc.write("self/cgroup", "0::/a/b\n")
    proc.write("self/mountinfo", V2)
    group = "sys/fs/cgroup"
    proc.write_outside(f"{group}/a/b/cpu.max", "max 100000\n")
    proc.write_outside(f"{group}/a/cpu.max", "150000 100000\n")
    proc.write_outside(f"{group}/cpu.max", "400000 100000\n")
    proc.write_outside(f"{group}/a/b/memory.max", "5000\n")
    proc.write_outside(f"{group}/a/memory.max", "4000\n")
    limits = read_limits(str(tmp_path))
    assert limits.cpu == CpuGroup(
        milli=1500, usage_file=f"{tmp_path}/{group}/a/cpu.stat", usage="usage_usec", per_s=1_000_000
    )
    assert limits.memory_bytes == 4000
    inner = limits.memory[0]
    assert (inner.limit_bytes, inner.droppable) == (5000, "inactive_file")
    assert inner.usage_file == f"{tmp_path}/{group}/a/b/memory.current"
    assert inner.stat_file == f"{tmp_path}/{group}/a/b/memory.stat"


def test_version_1(tmp_path: Path) -> None:
    proc = FakeProc(tmp_path)
    proc.write("self/cgroup", "4:memory:/m\n3:cpu,cpuacct:/c\n")
    proc.write("self/mountinfo", V1)
    group = "sys/fs/cgroup"
    proc.write_outside(f"{group}/cpu,cpuacct/c/cpu.cfs_quota_us", "-1\n")
    proc.write_outside(f"{group}/cpu,cpuacct/c/cpu.cfs_period_us", "100000\n")
    proc.write_outside(f"{group}/cpu,cpuacct/cpu.cfs_quota_us", "50000\n")
    proc.write_outside(f"{group}/cpu,cpuacct/cpu.cfs_period_us", "100000\n")
    proc.write_outside(f"{group}/memory/m/memory.limit_in_bytes", "8192\n")
    proc.write_outside(f"{group}/memory/memory.limit_in_bytes", "9223372036854771712\n")
    limits = read_limits(str(tmp_path))
    usage = f"{tmp_path}/{group}/cpu,cpuacct/cpuacct.usage"
    assert limits.cpu == CpuGroup(milli=500, usage_file=usage, usage="", per_s=1_000_000_000)
    assert limits.memory_bytes == 8192
    assert limits.memory[0].usage_file.endswith("/memory/m/memory.usage_in_bytes")
    assert limits.memory[0].droppable == "total_inactive_file"


def test_nothing_is_limited_where_nothing_can_be_read(tmp_path: Path) -> None:
    limits = read_limits(str(tmp_path / "missing"))
    assert (limits.cpu, limits.memory, limits.memory_bytes) == (None, (), None)
