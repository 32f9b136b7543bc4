"""Measures the history: `python tests/benchmarks/history.py [RUNS] [STEPS] [--folder FOLDER]`.

Fills a history with RUNS (100,000) runs of STEPS (20) steps, then prints how long the questions of an
overview take, those about one step, whole commands, to write a run of 1,000 steps, to spool one in which
nothing was to be done, and to forget 1,000,000 attempts; and the bytes on the disk for each step. Each time
is the median of several; CPU seconds of this process stand behind.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.support.history import STARTED_AT, not_started, past_attempt, past_run, story
from wfopt.metrics.retention import Keep, tidy
from wfopt.metrics.schema import open_for_writing
from wfopt.metrics.spool import append
from wfopt.metrics.store import open_history, read_history
from wfopt.metrics.writing import insert_story, transaction
from wfopt.model.history import RunStory, Scope
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import StepId

BATCH = 1000
FORGOTTEN = 1_000_000
_KEY = "abcdefghijklmnopqrstuvwxyz0123456789"


def made(number: int, steps: int, rnd: random.Random, workflow: str = "wfopt.yml") -> RunStory:
    """Return a run in which about one step in ten is cached, and one in a hundred fails at first."""
    attempts, clock = [], 0.0
    partly = rnd.random() < 0.5
    for step in range(steps):
        name = f"build-{step}"
        if partly and rnd.random() < 0.2:
            attempts.append(not_started(name))
            continue
        wall = rnd.lognormvariate(0.0, 0.5)
        key = "".join(rnd.choices(_KEY, k=24))
        common = {"key": key, "started_s": clock, "cpu_s": wall * rnd.random(), "input_bytes": 1000 + step}
        if rnd.random() < 0.01:
            attempts.append(past_attempt(name, wall, status=StepStatus.FAILED, **common))
        attempt = 1 + (bool(attempts) and attempts[-1].step == name)
        peak, read = rnd.randrange(1 << 28), rnd.randrange(1 << 20)
        common |= {"peak_memory_bytes": peak, "read_bytes": read, "critical": rnd.random() < 0.3}
        attempts.append(past_attempt(name, wall, attempt=attempt, **common))
        clock += wall / 2
    run = past_run(
        f"20260102-{number:08}-abcd",
        workflow=workflow,
        commit=f"{number // 20:040}",
        started_at=STARTED_AT + 600.0 * number,
        wall_s=clock,
        versions={"wfopt": "1.0", "python": "3.11.7"},
    )
    edges = [(step - 1, step) for step in range(1, steps)]
    return story(run, attempts, steps=[f"build-{step}" for step in range(steps)], edges=edges)


def fill(path: str, runs: int, steps: int) -> None:
    """Write many runs, a thousand at a time."""
    rnd = random.Random(7)  # noqa: S311 - the same every time
    with closing(open_for_writing(path, 1.0)) as connection:
        for start in range(0, runs, BATCH):
            with transaction(connection):
                for number in range(start, min(runs, start + BATCH)):
                    insert_story(connection, made(number, steps, rnd))


def timed(name: str, work: Callable[[], object], times: int = 3) -> None:
    """Print how long something takes."""
    walls, cpus = [], []
    for _ in range(times):
        started, before = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - started)
        cpus.append(time.process_time() - before)
    print(f"{name:<46} {statistics.median(walls) * 1000:10.2f} ms {statistics.median(cpus) * 1000:10.2f} ms")


def size_of(folder: Path) -> int:
    """Return the bytes of all files of the history."""
    return sum(path.stat().st_size for path in folder.iterdir())


def ask(path: str) -> None:
    """Print how long questions take, each in a history that was just opened."""

    def overview() -> None:
        with read_history(path) as history:
            history.run_points(Scope())
            history.step_totals(Scope())
            history.count(Scope())

    def points(scope: Scope) -> None:
        with read_history(path) as history:
            history.step_points(scope, StepId("build-7"))

    def only(method: str, *args: object) -> None:
        with read_history(path) as history:
            getattr(history, method)(*args)

    timed("overview of all runs", overview)
    timed("  of which the points of the runs", lambda: only("run_points", Scope()))
    timed("  of which the totals of the steps", lambda: only("step_totals", Scope()))
    timed("points of one step, all runs", lambda: points(Scope()))
    timed("points of one step, the newest 1,000 runs", lambda: points(Scope(limit=1000)))
    timed("the newest 20 runs", lambda: only("runs", Scope(limit=20)))
    timed("a run by the start of its name", lambda: only("find", "20260102-00000077", None))


def command(folder: Path) -> None:
    """Time whole processes."""
    for words in ((), ("--step", "build-3"), ("--trend",)):
        line = [sys.executable, "-m", "wfopt", "stats", "wfopt.yml", "--state-dir", str(folder), *words]
        timed(" ".join(("wfopt stats", *words)), partial(_run, line, folder))


def _run(line: list[str], folder: Path) -> None:
    subprocess.run(line, cwd=folder, check=True, stdout=subprocess.DEVNULL)


def write(path: str) -> None:
    """Print how long it takes to write a run of 1,000 steps, and to spool one that had nothing to do."""
    rnd = random.Random(8)  # noqa: S311 - the same every time
    told = [made(10_000_000 + number, 1000, rnd, "large.yml") for number in range(20)]
    silent = dict.fromkeys(("wall", "monotonic", "warn"), lambda *_: 0.0)
    before = size_of(Path(path).parent)

    def one() -> None:
        with open_history(path, **silent) as history:
            assert history.write(told.pop())

    timed("write a run of 1,000 steps, opened and closed", one, len(told))
    print(f"{'bytes a step in such runs':<46} {(size_of(Path(path).parent) - before) / 20_000:10.1f}")
    folder, template = str(Path(path).parent), made(20_000_000, 1000, rnd, "large.yml")
    steps = template.shape.steps
    idle = [
        replace(
            template,
            run=replace(template.run, run_id=f"idle-{number}"),
            attempts=tuple(map(not_started, steps)),
        )
        for number in range(200)
    ]

    def spool() -> None:
        assert append(folder, idle.pop())

    timed("spool a run of 1,000 steps up to date", spool, 200)
    print(f"{'bytes of its line':<46} {os.path.getsize(os.path.join(folder, 'history.spool')) / 200:10.1f}")

    def fold() -> None:
        with read_history(path):
            pass

    timed("fold 200 of them in", fold, 1)


def forget(path: str) -> None:
    """Print how long it takes to forget attempts, in one go."""
    with closing(open_for_writing(path, 1.0)) as connection:
        ((rows,),) = connection.execute("SELECT sum(ran + 1) FROM runs")
        keep = Keep(days=None, rows=max(0, rows - FORGOTTEN), runs=1)
        folder = str(Path(path).parent)
        timed(
            f"forget {min(rows, FORGOTTEN):,} attempts",
            lambda: tidy(connection, folder, keep, now=STARTED_AT, stop=lambda: False),
            1,
        )


def main() -> None:
    """Measure everything once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="?", type=int, default=100_000)
    parser.add_argument("steps", nargs="?", type=int, default=20)
    parser.add_argument("--folder", help="where the history is made; it is deleted at the end")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-history-", dir=arguments.folder))
    path = str(folder / "history.db")
    try:
        print(f"{'':<46} {'wall':>13} {'cpu':>13}")
        timed(
            f"fill with {arguments.runs:,} runs of {arguments.steps:,} steps",
            lambda: fill(path, arguments.runs, arguments.steps),
            1,
        )
        print(f"{'bytes a step':<46} {size_of(folder) / arguments.runs / arguments.steps:10.1f}")
        ask(path)
        command(folder)
        write(path)
        forget(path)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
