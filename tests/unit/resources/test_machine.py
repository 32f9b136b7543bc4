"""What the machine offers."""

import os

import pytest

from wfopt.resources.machine import slots_of, total_memory, usable_cpus


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


def test_usable_cpus_are_those_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {1, 5}, raising=False)
    assert usable_cpus() == 2


@pytest.mark.parametrize(("count", "cpus"), [(6, 6), (None, 1)])
def test_cpus_without_affinity(monkeypatch: pytest.MonkeyPatch, count: int | None, cpus: int) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: count)
    assert usable_cpus() == cpus


def test_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sysconf", {"SC_PHYS_PAGES": 10, "SC_PAGE_SIZE": 4096}.__getitem__)
    assert total_memory() == 40960


def test_memory_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> int:
        raise ValueError

    monkeypatch.setattr(os, "sysconf", refuse)
    assert total_memory() is None
