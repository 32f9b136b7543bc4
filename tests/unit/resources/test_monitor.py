"""The machine and the running steps, tick by tick."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.fake_proc import FakeProc
from wfopt.model.samples import StepSample
from wfopt.model.workflow import StepId
from wfopt.resources.gauge import Gauge, Share, own_share
from wfopt.resources.monitor import Monitor
from wfopt.resources.procfs import PAGE_BYTES, TICKS_A_SECOND

A, B = StepId("a"), StepId("b")
SPAWNER = 50
MIB = 1 << 20


@pytest.fixture
def proc(tmp_path: Path) -> FakeProc:
    made = FakeProc(tmp_path)
    made.machine()
    made.process(1, 0)
    made.process(SPAWNER, 1)
    made.process(100, SPAWNER, ticks=100, pss_kib=10, io=(1000, 2000))
    made.process(101, 100, group=100, ticks=50, pss_kib=20, io=(10, 20))
    return made


def monitor(proc: FakeProc, *, with_files: bool = False, weighing_s: float = 1.0) -> Monitor:
    gauge = Gauge(Share(cpus=2.0), str(proc.root), proc.path)
    return Monitor(gauge, lambda: 0.0, weighing_s=weighing_s, with_files=with_files, proc=proc.path)


def test_first_tick_has_totals_and_no_rates(proc: FakeProc) -> None:
    tick = monitor(proc).tick(3.0, {A: 100}, SPAWNER)
    assert (tick.at, tick.machine.cpus, tick.machine.cpus_busy) == (3.0, 2.0, 0.0)
    assert tick.steps == {
        A: StepSample(
            cpus_busy=0.0,
            cpu_s=150 / TICKS_A_SECOND,
            memory_bytes=30 * 1024,
            read_bytes=1010,
            written_bytes=2020,
            processes=2,
        )
    }


def test_rates_are_those_since_the_last_tick(proc: FakeProc) -> None:
    watching = monitor(proc)
    watching.tick(3.0, {A: 100}, SPAWNER)
    proc.process(100, SPAWNER, ticks=100 + TICKS_A_SECOND)
    proc.process(101, 100, group=100, ticks=50 + 2 * TICKS_A_SECOND)
    # This step was started meanwhile: all that it used, it used since.
    proc.process(200, SPAWNER, ticks=TICKS_A_SECOND)
    tick = watching.tick(5.0, {A: 100, B: 200}, SPAWNER)
    assert math.isclose(tick.steps[A].cpus_busy, 1.5)
    assert math.isclose(tick.steps[B].cpus_busy, 0.5)
    assert watching.tick(5.0, {A: 100, B: 200}, SPAWNER).steps[A].cpus_busy == 0.0


def test_ended_processes_stay_counted(proc: FakeProc) -> None:
    watching = monitor(proc)
    watching.tick(0.0, {A: 100}, SPAWNER)
    proc.end(101)
    proc.process(100, SPAWNER, ticks=100, waited=52, io=(1010, 2020))
    tick = watching.tick(1.0, {A: 100}, SPAWNER)
    assert tick.steps[A].cpu_s == 152 / TICKS_A_SECOND
    assert (tick.steps[A].read_bytes, tick.steps[A].written_bytes) == (1010, 2020)
    # The parent ended without waiting.
    proc.process(102, 100, group=100, ticks=30, io=(5, 5))
    watching.tick(2.0, {A: 100}, SPAWNER)
    proc.process(102, SPAWNER, group=100, ticks=30, io=(5, 5))
    proc.end(100)
    tick = watching.tick(3.0, {A: 100}, SPAWNER)
    assert tick.steps[A].cpu_s == 182 / TICKS_A_SECOND
    assert tick.steps[A].written_bytes == 2025
    assert tick.steps[A].processes == 1


def test_another_attempt_starts_to_count_again(proc: FakeProc) -> None:
    watching = monitor(proc)
    watching.tick(0.0, {A: 100}, SPAWNER)
    proc.end(100)
    proc.end(101)
    proc.process(300, SPAWNER, ticks=7)
    assert watching.tick(1.0, {A: 300}, SPAWNER).steps[A].cpu_s == 7 / TICKS_A_SECOND


def test_zombies_count_for_their_time_only(proc: FakeProc) -> None:
    proc.process(101, 100, group=100, ticks=50, state="Z", rss_pages=9)
    sample = monitor(proc).tick(0.0, {A: 100}, SPAWNER).steps[A]
    assert (sample.cpu_s, sample.memory_bytes) == (150 / TICKS_A_SECOND, 10 * 1024)
    assert sample.processes == 1


def test_a_step_without_living_process_is_left_out(proc: FakeProc) -> None:
    proc.end(101)
    proc.process(100, SPAWNER, state="Z")
    assert monitor(proc).tick(0.0, {A: 100, B: 999}, SPAWNER).steps == {}


def test_without_steps_no_process_is_looked_at(proc: FakeProc) -> None:
    proc.process(300, SPAWNER)
    tick = monitor(proc).tick(0.0, {}, SPAWNER)
    assert (tick.steps, tick.machine.load) == ({}, 1.5)


def test_files_are_counted_if_asked_for(proc: FakeProc) -> None:
    proc.process(100, SPAWNER, files=3)
    proc.process(101, 100, files=4)
    assert monitor(proc).tick(0.0, {A: 100}, SPAWNER).steps[A].open_files is None
    assert monitor(proc, with_files=True).tick(0.0, {A: 100}, SPAWNER).steps[A].open_files == 7


def test_without_time_memory_is_estimated(proc: FakeProc) -> None:
    proc.process(100, SPAWNER, rss_pages=10, shared_pages=4)
    proc.process(101, 100, rss_pages=5, shared_pages=4)
    sample = monitor(proc, weighing_s=0.0).tick(0.0, {A: 100}, SPAWNER).steps[A]
    assert (sample.memory_bytes, sample.memory_estimated) == ((6 + 1 + 4) * PAGE_BYTES, True)


def test_unreadable_files_leave_the_last_numbers(proc: FakeProc) -> None:
    watching = monitor(proc)
    watching.tick(0.0, {A: 100}, SPAWNER)
    for name in ("io", "smaps_rollup", "statm"):
        (proc.folder / "100" / name).unlink(missing_ok=True)
        (proc.folder / "101" / name).unlink(missing_ok=True)
    sample = watching.tick(1.0, {A: 100}, SPAWNER).steps[A]
    assert (sample.read_bytes, sample.written_bytes) == (1010, 2020)
    assert (sample.memory_bytes, sample.memory_estimated) == (200 * PAGE_BYTES, True)


def test_what_one_process_does_not_tell_any_more_does_not_hide_what_another_does(proc: FakeProc) -> None:
    watching = monitor(proc)
    watching.tick(0.0, {A: 100}, SPAWNER)
    (proc.folder / "100" / "io").unlink()
    proc.process(101, 100, group=100, ticks=50, pss_kib=20, io=(15, 27))
    sample = watching.tick(1.0, {A: 100}, SPAWNER).steps[A]
    assert (sample.read_bytes, sample.written_bytes) == (1015, 2027)


def test_a_machine_without_process_table(tmp_path: Path) -> None:
    gauge = Gauge(Share(cpus=1.0), str(tmp_path), str(tmp_path / "proc"))
    assert Monitor(gauge, lambda: 0.0, proc=str(tmp_path / "proc")).tick(0.0, {A: 100}, SPAWNER).steps == {}


@contextmanager
def started(program: str) -> Iterator[int]:
    """Run a Python program in its own process group; all that reads stdin ends with the context."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        process_group=0,
    )
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield process.pid
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def real(timer: Callable[[], float] = time.monotonic) -> Monitor:
    return Monitor(Gauge(own_share(), "/"), timer, weighing_s=1.0, with_files=True)


def running(program: str, ticks: Sequence[float]) -> StepSample:
    """Return the sample of a real step at the last tick."""
    watching = real()
    with started(program) as leader:
        for at in ticks:
            tick = watching.tick(at, {A: leader}, os.getpid())
    return tick.steps[A]


THREE_CHILDREN = """
import os
for number in range(3):
    if os.fork() == 0:
        if number == 1:
            os.setsid()
        os.read(0, 1)
        os._exit(0)
os.write(1, b"ready\\n")
os.read(0, 1)
"""

HOG = """
import os
held = b"x" * (50 << 20)
if os.fork() == 0:
    os.read(0, 1)
    os._exit(0)
os.write(1, b"ready\\n")
os.read(0, 1)
"""


@pytest.mark.slow
def test_a_real_tree() -> None:
    sample = running(THREE_CHILDREN, [0.0, 1.0])
    assert sample.processes == 4
    assert sample.open_files is not None
    assert sample.open_files >= 12
    assert sample.cpus_busy < 1.0


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/smaps_rollup"), reason="no proportional set sizes here")
def test_a_real_hog_counts_once_though_its_child_shares_its_memory() -> None:
    sample = running(HOG, [0.0])
    assert not sample.memory_estimated
    assert 50 * MIB <= sample.memory_bytes < 70 * MIB


@pytest.mark.slow
def test_the_time_of_a_real_step() -> None:
    program = "import os\nwhile os.times()[0] < 0.2: pass\nos.write(1, b'ready\\n')\nwhile True: pass"
    watching = real()
    with started(program) as leader:
        first = watching.tick(0.0, {A: leader}, os.getpid()).steps[A]
    assert 0.19 <= first.cpu_s < 5.0
