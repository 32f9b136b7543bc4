"""Measures a tick of the monitor: `python tests/benchmarks/monitor.py [TICKS]`.

8 steps of 10 processes each run, of 1,000 in the workflow, on a machine with at least 300 processes. Prints
medians of TICKS (200) ticks, CPU and wall time: memory only estimated, measured as usual, with open files,
then the alerts for a tick, and what the control groups allow, which is read once at each start.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from wfopt.model.workflow import StepId
from wfopt.resources.alerts.base import Context
from wfopt.resources.alerts.registry import RULES
from wfopt.resources.alerts.watch import Watch
from wfopt.resources.cgroups import read_limits
from wfopt.resources.gauge import Gauge, own_share
from wfopt.resources.monitor import Monitor
from wfopt.resources.procfs import read_rows

STEPS, RUNNING, PROCESSES, MACHINE = 1000, 8, 10, 300

_CROWD = """
import os, sys
running, processes, others = map(int, sys.argv[1:])
def wait():
    os.read(0, 1)
    os._exit(0)
for _ in range(others):
    if os.fork() == 0:
        wait()
# Only the steps are below the spawner.
if os.fork():
    wait()
leaders = []
for _ in range(running):
    leaders.append(os.fork())
    if leaders[-1] == 0:
        os.setpgid(0, 0)
        for _ in range(processes - 1):
            if os.fork() == 0:
                wait()
        wait()
print(os.getpid(), *leaders, flush=True)
wait()
"""


@contextmanager
def busy_machine() -> Iterator[tuple[int, list[int]]]:
    """Start all the processes; give the spawner and the first process of each step."""
    others = MACHINE - len(read_rows("/proc")) - RUNNING * PROCESSES - 2
    numbers = [str(each) for each in (RUNNING, PROCESSES, max(0, others))]
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _CROWD, *numbers],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    # All of them end when stdin does.
    with process:
        assert process.stdout is not None
        spawner, *leaders = map(int, process.stdout.readline().split())
        yield spawner, leaders
        assert process.stdin is not None
        process.stdin.close()


def report(what: str, runs: int, work: Callable[[], object]) -> None:
    """Print how long some work takes."""
    cpus, walls = [], []
    for _ in range(runs):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    middle = f"cpu {statistics.median(cpus) * 1000:6.2f} ms  wall {statistics.median(walls) * 1000:6.2f} ms"
    print(f"{what:<28}{middle}  (the slowest {max(walls) * 1000:.1f} ms)")


def main() -> None:
    ticks = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    share = own_share()
    names = [StepId(f"step-{number}") for number in range(STEPS)]
    with busy_machine() as (spawner, pids):
        leaders = dict(zip(names, pids, strict=False))
        found = 0
        while found < RUNNING * PROCESSES:
            tick = Monitor(Gauge(share, "."), time.perf_counter).tick(0.0, leaders, spawner)
            found = sum(step.processes for step in tick.steps.values())
        print(f"{len(read_rows('/proc'))} processes, {RUNNING} steps of {PROCESSES}")
        for what, weighing_s, files in (
            ("memory estimated", 0.0, False),
            ("memory measured", 0.004, False),
            ("with open files, too", 0.004, True),
        ):
            monitor = Monitor(Gauge(share, "."), time.perf_counter, weighing_s=weighing_s, with_files=files)
            clock = iter(range(1 << 30))
            report(what, ticks, lambda m=monitor, c=clock: m.tick(next(c) / 2, leaders, spawner))
    context = Context(
        cpus=share.cpus,
        waiting=1,
        memory_bytes=dict.fromkeys(names, 1 << 30),
        usual_s=dict.fromkeys(names, 60.0),
        started_at=dict.fromkeys(leaders, -30.0),
    )
    watch = Watch(RULES)
    report("alerts", ticks, lambda: watch.see(tick, context))
    report("control groups", ticks, read_limits)


if __name__ == "__main__":
    main()
