"""The machine at one moment."""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest

from tests.support.fake_proc import FakeProc
from wfopt.model.samples import MachineSample, Pressure
from wfopt.resources.cgroups import CpuGroup, MemoryGroup
from wfopt.resources.gauge import (
    Gauge,
    Share,
    free_bytes,
    own_share,
    parse_busy_ticks,
    parse_load,
    parse_meminfo,
    parse_pressure,
)
from wfopt.resources.procfs import TICKS_A_SECOND

KIB = 1024


@pytest.fixture
def proc(tmp_path: Path) -> FakeProc:
    made = FakeProc(tmp_path)
    made.machine(used_kib=400, total_kib=1000)
    return made


def gauge(
    proc: FakeProc, *, numbers: frozenset[int] | None = None, memory: tuple[MemoryGroup, ...] = ()
) -> Gauge:
    return Gauge(Share(cpus=2.0, numbers=numbers, memory=memory), str(proc.root), proc.path)


def group(proc: FakeProc, name: str, limit_kib: int, used_kib: int, droppable_kib: int = 0) -> MemoryGroup:
    proc.write_outside(f"{name}/memory.current", f"{used_kib * KIB}\n")
    proc.write_outside(f"{name}/memory.stat", f"anon 5\ninactive_file {droppable_kib * KIB}\n")
    folder = f"{proc.root}/{name}"
    return MemoryGroup(
        limit_bytes=limit_kib * KIB,
        usage_file=f"{folder}/memory.current",
        stat_file=f"{folder}/memory.stat",
        droppable="inactive_file",
    )


def test_everything(proc: FakeProc) -> None:
    sample = gauge(proc).sample(0.0)
    assert sample.disk_free_bytes is not None
    assert sample.disk_free_bytes > 0
    assert sample == MachineSample(
        cpus_busy=0.0,
        cpus=2.0,
        memory_used_bytes=400 * KIB,
        memory_total_bytes=1000 * KIB,
        load=1.5,
        pressure=Pressure(cpu=0.25, memory=0.025, io=0.0),
        disk_free_bytes=sample.disk_free_bytes,
    )


@pytest.mark.parametrize(("numbers", "busy"), [(None, 1.5), (frozenset({1}), 0.5), (frozenset({7}), 0.0)])
def test_busy_cpus_are_those_that_may_be_used(
    proc: FakeProc, numbers: frozenset[int] | None, busy: float
) -> None:
    measured = gauge(proc, numbers=numbers)
    proc.machine(busy=(5000, 5000))
    assert measured.sample(0.0).cpus_busy == 0.0
    proc.machine(busy=(5000 + 2 * TICKS_A_SECOND, 5000 + TICKS_A_SECOND))
    assert math.isclose(measured.sample(2.0).cpus_busy, busy)


@pytest.mark.parametrize(
    ("usage", "per_s", "before", "after"),
    [
        ("usage_usec", 1_000_000, "usage_usec 5000000\nuser_usec 1\n", "usage_usec 6000000\nuser_usec 1\n"),
        ("", 1_000_000_000, "5000000000\n", "6000000000\n"),
    ],
)
def test_a_group_with_less_than_the_machine_tells_of_its_own_cpus(
    proc: FakeProc, usage: str, per_s: int, before: str, after: str
) -> None:
    file = f"{proc.root}/group/usage"
    cpu = CpuGroup(milli=1500, usage_file=file, usage=usage, per_s=per_s)
    measured = Gauge(Share(cpus=1.5, cpu=cpu), str(proc.root), proc.path)
    proc.write_outside("group/usage", before)
    measured.sample(0.0)
    proc.machine(busy=(99_999_999,))
    proc.write_outside("group/usage", after)
    assert measured.sample(2.0).cpus_busy == 0.5


def test_a_group_that_does_not_tell_leaves_the_machine(proc: FakeProc) -> None:
    cpu = CpuGroup(milli=1500, usage_file=f"{proc.root}/gone", usage="", per_s=1)
    measured = Gauge(Share(cpus=1.5, cpu=cpu), str(proc.root), proc.path)
    measured.sample(0.0)
    proc.machine(busy=(TICKS_A_SECOND,))
    assert measured.sample(1.0).cpus_busy == 1.0
    # No more than may be used.
    proc.machine(busy=(9 * TICKS_A_SECOND,))
    assert measured.sample(1.0).cpus_busy == 1.5


def test_no_time_and_less_than_before_are_not_busy(proc: FakeProc) -> None:
    measured = gauge(proc)
    proc.machine(busy=(5000, 5000))
    measured.sample(0.0)
    assert measured.sample(0.0).cpus_busy == 0.0
    proc.machine(busy=(5000,))
    assert measured.sample(1.0).cpus_busy == 0.0


@pytest.mark.parametrize(
    ("limit", "used", "droppable", "told"),
    [
        (100, 50, 0, (50, 100)),
        (100, 50, 20, (400, 1000)),
        (100, 30, 0, (400, 1000)),
        (100, 10, 50, (400, 1000)),
        (2000, 950, 0, (950, 2000)),
    ],
)
def test_memory_is_that_of_whatever_is_fuller(
    proc: FakeProc, limit: int, used: int, droppable: int, told: tuple[int, int]
) -> None:
    sample = gauge(proc, memory=(group(proc, "outer", limit, used, droppable),)).sample(0.0)
    assert (sample.memory_used_bytes, sample.memory_total_bytes) == (told[0] * KIB, told[1] * KIB)


def test_the_fullest_of_several_groups_counts(proc: FakeProc) -> None:
    groups = (group(proc, "inner", 100, 70), group(proc, "outer", 200, 190), group(proc, "top", 900, 500))
    assert gauge(proc, memory=groups).sample(0.0).memory_used_bytes == 190 * KIB


def test_a_group_tells_of_memory_even_if_the_machine_does_not(proc: FakeProc) -> None:
    proc.write("meminfo", "")
    groups = (group(proc, "a", 100, 70),)
    assert gauge(proc, memory=groups).sample(0.0).memory_total_bytes == 100 * KIB
    (proc.root / "a/memory.current").unlink()
    assert gauge(proc, memory=groups).sample(0.0).memory_total_bytes is None


def test_nothing_can_be_read(tmp_path: Path) -> None:
    measured = Gauge(Share(cpus=1.5), str(tmp_path / "gone"), str(tmp_path / "proc"))
    for elapsed in (0.0, 1.0):
        assert measured.sample(elapsed) == MachineSample(cpus_busy=0.0, cpus=1.5)


@pytest.mark.parametrize(
    ("text", "ticks"),
    [
        # User, nice, system, idle, waiting for a disk, interrupts of two kinds, stolen, guests.
        (b"cpu 9 9 9\ncpu0 1 2 4 8 16 32 64 128 256 512\nintr 1\n", 103),
        (b"cpu0 1 2 4 8 16 32 64\ncpu1 1 0 0 0 0 0 0\ncpux 1 1 1 1 1 1 1\n", 104),
        (b"cpu0 1 2\n", 0),
        (b"intr 1\ncpu0 1 2 4 8 16 32 64\n", 0),
        (b"", 0),
    ],
)
def test_busy_ticks(text: bytes, ticks: int) -> None:
    assert parse_busy_ticks(text, None) == ticks


@pytest.mark.parametrize(
    ("text", "used"),
    [
        (b"MemTotal: 10 kB\nMemFree: 1 kB\nMemAvailable: 4 kB\n", (6 * KIB, 10 * KIB)),
        (b"MemTotal: 10 kB\nMemAvailable: 11 kB\n", (0, 10 * KIB)),
        (b"MemTotal: 10 kB\n", None),
        (b"MemTotal: 0 kB\nMemAvailable: 0 kB\n", None),
        (b"", None),
    ],
)
def test_meminfo(text: bytes, used: tuple[int, int] | None) -> None:
    assert parse_meminfo(text) == used


@pytest.mark.parametrize(
    ("text", "load"),
    [(b"0.25 1 2 3/4 5\n", 0.25), (b"3 1\n", 3.0), (b" \n", None), (b"x", None), (b"1.", None)],
)
def test_load(text: bytes, load: float | None) -> None:
    assert parse_load(text) == load


@pytest.mark.parametrize(
    ("text", "share"),
    [
        (b"some avg10=50.00 avg60=1.00\nfull avg10=99.00\n", 0.5),
        (b"some avg60=1.00\nfull avg10=99.00\n", None),
        (b"some avg10=nan\n", None),
        (b"", None),
    ],
)
def test_pressure(text: bytes, share: float | None) -> None:
    assert parse_pressure(text) == share


def test_free_bytes(tmp_path: Path) -> None:
    assert (free_bytes(str(tmp_path)) or 0) > 0
    assert free_bytes(str(tmp_path / "gone")) is None


def test_own_share(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {1, 5}, raising=False)
    assert own_share(str(tmp_path)) == Share(cpus=2.0, numbers=frozenset({1, 5}))
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    assert own_share(str(tmp_path)) == Share(cpus=3.0)


@pytest.mark.parametrize(("quota", "cpus", "limited"), [("150000", 1.5, True), ("250000", 2.0, False)])
def test_own_share_of_a_group(
    monkeypatch: pytest.MonkeyPatch, proc: FakeProc, quota: str, cpus: float, limited: bool
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    proc.write("self/cgroup", "0::/\n")
    proc.write("self/mountinfo", "1 0 0:1 / /groups rw - cgroup2 cgroup2 rw\n")
    proc.write_outside("groups/cpu.max", f"{quota} 100000\n")
    proc.write_outside("groups/memory.max", "4096\n")
    share = own_share(str(proc.root))
    assert share.cpus == cpus
    assert (share.cpu is not None) is limited
    assert [each.limit_bytes for each in share.memory] == [4096]


def test_this_machine(tmp_path: Path) -> None:
    sample = Gauge(own_share(), str(tmp_path)).sample(0.0)
    assert sample.memory_used_bytes is not None
    assert sample.memory_total_bytes is not None
    assert 0 < sample.memory_used_bytes < sample.memory_total_bytes
    assert sample.load is not None
