"""What processes hold, with little time to measure it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.fake_proc import FakeProc
from wfopt.resources import weighing
from wfopt.resources.procfs import PAGE_BYTES, Row, read_rows
from wfopt.resources.weighing import Scales


class Stopwatch:
    """A timer by which measuring a process takes as long as a test says."""

    def __init__(self, cost_s: float = 1.0) -> None:
        self.cost_s = cost_s
        self._readings = 0

    def __call__(self) -> float:
        self._readings += 1
        return self._readings // 2 * self.cost_s


@pytest.fixture
def proc(tmp_path: Path) -> FakeProc:
    return FakeProc(tmp_path)


def rows_of(proc: FakeProc) -> list[Row]:
    return [row for _, row in sorted(read_rows(proc.path).items())]


def measured(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list of the pids whose proportional size is read from now on."""
    pids: list[int] = []
    real: Callable[[str, int], int | None] = weighing.read_pss

    def noted(proc: str, pid: int) -> int | None:
        pids.append(pid)
        return real(proc, pid)

    monkeypatch.setattr(weighing, "read_pss", noted)
    return pids


def test_all_are_measured_if_there_is_time(proc: FakeProc) -> None:
    proc.process(5, pss_kib=100)
    proc.process(6, pss_kib=50)
    scales = Scales(Stopwatch(), 10.0, proc.path)
    rows = rows_of(proc)
    scales.look(rows)
    assert scales.weigh(rows) == (150 * 1024, False)
    assert scales.weigh([]) == (0, False)


def test_what_was_never_measured_is_its_resident_set_without_shared_memory(proc: FakeProc) -> None:
    proc.process(5, rss_pages=100, shared_pages=40)
    proc.process(6, rss_pages=80, shared_pages=60)
    scales = Scales(Stopwatch(), 0.0, proc.path)
    rows = rows_of(proc)
    scales.look(rows)
    # What both may share counts once.
    assert scales.weigh(rows) == ((60 + 20 + 60) * PAGE_BYTES, True)


def test_a_process_that_ends_or_tells_nothing_does_no_harm(proc: FakeProc) -> None:
    proc.process(5, rss_pages=10)
    proc.process(6, rss_pages=10, pss_kib=4)
    rows = rows_of(proc)
    proc.write("5/statm", "")
    proc.end(6)
    scales = Scales(Stopwatch(), 9.0, proc.path)
    scales.look(rows)
    assert scales.weigh(rows) == (20 * PAGE_BYTES, True)


def test_what_changed_since_it_was_measured_is_added(proc: FakeProc, monkeypatch: pytest.MonkeyPatch) -> None:
    proc.process(5, pss_kib=100, rss_pages=50)
    scales = Scales(Stopwatch(10.0), 1.0, proc.path)
    pids = measured(monkeypatch)
    scales.look(rows_of(proc))
    proc.process(5, pss_kib=1, rss_pages=70)
    rows = rows_of(proc)
    scales.look(rows)
    assert scales.weigh(rows) == (100 * 1024 + 20 * PAGE_BYTES, True)
    proc.process(5, pss_kib=1, rss_pages=1)
    rows = rows_of(proc)
    scales.look(rows)
    assert scales.weigh(rows)[0] == 0
    assert pids == [5]


def test_a_long_measurement_is_paid_back(proc: FakeProc, monkeypatch: pytest.MonkeyPatch) -> None:
    proc.process(5, pss_kib=100)
    # A measurement takes 10 s, and there are 4 s a tick.
    scales = Scales(Stopwatch(10.0), 4.0, proc.path)
    pids = measured(monkeypatch)
    looked = []
    for _ in range(6):
        scales.look(rows_of(proc))
        looked.append(len(pids))
    assert looked == [1, 1, 2, 2, 2, 3]


def test_the_longest_not_measured_comes_first(proc: FakeProc, monkeypatch: pytest.MonkeyPatch) -> None:
    for pid in (5, 6, 7, 8):
        proc.process(pid, pss_kib=1)
    scales = Scales(Stopwatch(), 1.5, proc.path)
    pids = measured(monkeypatch)
    for _ in range(3):
        scales.look(rows_of(proc))
    assert pids == [5, 6, 7, 8, 5]
    proc.process(9, pss_kib=1)
    scales.look(rows_of(proc))
    scales.look(rows_of(proc))
    assert pids[5:] == [9, 6, 7]


def test_time_that_is_not_used_is_not_saved(proc: FakeProc, monkeypatch: pytest.MonkeyPatch) -> None:
    scales = Scales(Stopwatch(), 1.0, proc.path)
    for _ in range(100):
        scales.look([])
    for pid in (5, 6, 7):
        proc.process(pid, pss_kib=1)
    pids = measured(monkeypatch)
    scales.look(rows_of(proc))
    assert pids == [5]
