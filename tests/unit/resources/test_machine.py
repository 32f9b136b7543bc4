"""What the machine offers."""

import os
from pathlib import Path

import pytest

from tests.support.fake_proc import FakeProc
from wfopt.resources.machine import limits_of, slots_of, total_memory, usable_cpu_milli, usable_cpus


@pytest.mark.parametrize(
    ("jobs", "slots"),
    [
        ("auto", 8),
        ("3", 3),
        ("50%", 4),
        ("1%", 1),
        ("200%", 16),
        ("0", None),
        ("0%", None),
        ("-1", None),
        ("many", None),
        ("", None),
        ("123456", None),
    ],
)
def test_slots(jobs: str, slots: int | None) -> None:
    assert slots_of(jobs, 8) == slots


def limited(folder: Path, *, cpu: str = "max 100000", memory: str = "max") -> str:
    """Return the root of a machine with one control group."""
    proc = FakeProc(folder)
    proc.write("self/cgroup", "0::/\n")
    proc.write("self/mountinfo", "1 0 0:1 / /groups rw - cgroup2 cgroup2 rw\n")
    proc.write_outside("groups/cpu.max", cpu)
    proc.write_outside("groups/memory.max", memory)
    return str(folder)


@pytest.mark.parametrize(
    ("quota", "milli", "whole"),
    [
        ("max 100000", 2000, 2),
        ("300000 100000", 2000, 2),
        ("150000 100000", 1500, 1),
        ("50000 100000", 500, 1),
    ],
)
def test_usable_cpus(
    quota: str, milli: int, whole: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {1, 5}, raising=False)
    root = limited(tmp_path, cpu=quota)
    assert (usable_cpu_milli(root), usable_cpus(root)) == (milli, whole)


@pytest.mark.parametrize(("count", "cpus"), [(6, 6), (None, 1)])
def test_cpus_without_affinity(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, count: int | None, cpus: int
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: count)
    assert usable_cpus(str(tmp_path)) == cpus


@pytest.mark.parametrize(("limit", "size"), [("max", 40960), ("4096", 4096), ("99999", 40960)])
def test_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, limit: str, size: int) -> None:
    monkeypatch.setattr(os, "sysconf", {"SC_PHYS_PAGES": 10, "SC_PAGE_SIZE": 4096}.__getitem__)
    assert total_memory(limited(tmp_path, memory=limit)) == size


@pytest.mark.parametrize(("limit", "size"), [("max", None), ("4096", 4096)])
def test_memory_unknown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, limit: str, size: int | None
) -> None:
    def refuse(_: str) -> int:
        raise ValueError

    monkeypatch.setattr(os, "sysconf", refuse)
    assert total_memory(limited(tmp_path, memory=limit)) == size


def test_limits_are_read_once(tmp_path: Path) -> None:
    root = limited(tmp_path, memory="4096")
    before = limits_of(root)
    (tmp_path / "groups/memory.max").write_text("8192")
    assert limits_of(root) is before


def test_this_machine() -> None:
    memory = total_memory()
    assert usable_cpus() >= 1
    assert memory is not None
    assert memory > 1 << 20
