"""Measures predictions of whole runs: `python tests/benchmarks/predicting.py [--samples] [--runs RUNS]`.

Without `--samples`: makes a workflow of 1,000 steps with 50 runs of history, once with inputs of the same
size in each run and once with others, and prints the CPU seconds that `wfopt predict` takes as a whole
process beside those of `wfopt --version`, what reading and predicting take of it, and how long writing a
finished run of 1,000 steps takes.

With `--samples`: copies each sample workflow, runs it RUNS (20) times with `--force`, asks for a prediction
before each run from the 10th on, and prints how far off it was and how often the truth was inside the
interval; medians over the runs of a sample, and over all of them. It needs an idle machine.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.support.history import past_attempt, past_run, story
from wfopt.api.knowledge import read_past
from wfopt.api.predict_past import attempts_in, measured_now, pasts_of
from wfopt.api.prepare import prepare
from wfopt.cli.console import console_for
from wfopt.cli.options import Request, options_of
from wfopt.metrics.schema import open_for_writing
from wfopt.metrics.store import open_history
from wfopt.metrics.writing import insert_story, transaction
from wfopt.model.history import RunStory
from wfopt.predictor.predict import predict_workflow

ROOT = Path(__file__).resolve().parents[2]
STEPS = 1000
RUNS = 50
TIMES = 7
FIRST = 10
_KEY = "abcdefghijklmnopqrstuvwxyz0123456789"


def made(number: int, rnd: random.Random, *, varied: bool) -> RunStory:
    """Return a run in which all steps ran; what they take goes with the size of inputs, if it varies."""
    attempts = []
    for place in range(STEPS):
        factor = rnd.lognormvariate(0.0, 1.0) if varied else 1.0
        wall = 1 + place % 7 + factor * rnd.lognormvariate(0.0, 0.3)
        peak = int((1 << 26) * factor * rnd.lognormvariate(0.0, 0.1))
        attempts.append(
            past_attempt(
                f"s{place}",
                wall,
                key="".join(rnd.choices(_KEY, k=24)),
                started_s=place / 2,
                cpu_s=wall * 0.9,
                peak_memory_bytes=peak,
                input_bytes=int((1000 + place) * factor),
            )
        )
    wall_s = sum(each.wall_s or 0.0 for each in attempts) / 2 * rnd.lognormvariate(0.02, 0.03)
    steps = [f"s{place}" for place in range(STEPS)]
    return story(
        past_run(f"run-{number:03}", slots=2, cpus=2.0, wall_s=wall_s, started_at=1e9 + 600.0 * number),
        attempts,
        steps=steps,
        edges=[(place - 1, place) for place in range(STEPS) if place % 10],
    )


def workspace(folder: Path, *, varied: bool) -> None:
    """Write the workflow and its history."""
    lines = ["wfopt: 1", "steps:"]
    (folder / "in").mkdir()
    for place in range(STEPS):
        needs = f", needs: [s{place - 1}]" if place % 10 else ""
        lines.append(f"  s{place}: {{run: 'true', inputs: [in/{place}], outputs: [out/{place}]{needs}}}")
        (folder / "in" / str(place)).write_text("x" * (1000 + place))
    (folder / "wfopt.yml").write_text("\n".join(lines) + "\n")
    (folder / ".wfopt").mkdir()
    rnd = random.Random(7)  # noqa: S311 - the same every time
    path = str(folder / ".wfopt" / "history.db")
    with closing(open_for_writing(path, 1.0)) as connection, transaction(connection):
        for number in range(RUNS):
            insert_story(connection, made(number, rnd, varied=varied))


def environment() -> dict[str, str]:
    """Return the environment of a process; its bytecode is kept, as for users."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}  # noqa: TID251 - a process needs PATH and more of it
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    return environ


def cpu_of(words: list[str], folder: Path) -> float:
    """Return the CPU seconds of a whole process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "wfopt", *words],
        cwd=folder,
        env=environment(),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def told(name: str, work: Callable[[], object], times: int = TIMES) -> None:
    """Print the median CPU time of something in this process."""
    cpus = []
    for _ in range(times):
        before = time.process_time()
        work()
        cpus.append(time.process_time() - before)
    print(f"{name:<44} {statistics.median(cpus) * 1000:8.1f} ms")


def speed(*, varied: bool) -> None:
    """Print how long predictions take."""
    print(f"inputs of {'other sizes' if varied else 'the same size'} in each run")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        workspace(folder, varied=varied)
        os.chdir(folder)
        run = options_of(Request(), console_for({}))
        prepared = prepare(run)
        assert prepared.loaded is not None
        prepared.loaded.keep(run)
        for name, words in (
            ("whole process: wfopt --version", ["--version"]),
            ("whole process: wfopt predict", ["predict"]),
            ("whole process: wfopt predict --backtest", ["predict", "--backtest"]),
        ):
            taken = [cpu_of(words, folder) for _ in range(TIMES)]
            print(f"{name:<44} {statistics.median(taken) * 1000:8.1f} ms  (least {min(taken) * 1000:.1f})")
        gc.disable()
        past = read_past(run.state_folder, "wfopt.yml")
        attempts = attempts_in(past.runs)
        measure = measured_now(str(folder))
        pasts = pasts_of(prepared.workflow.steps, attempts, measure)
        told(f"reading {len(past.runs)} of {RUNS} runs", lambda: read_past(run.state_folder, "wfopt.yml"))
        told("samples", lambda: pasts_of(prepared.workflow.steps, attempts_in(past.runs), measure))
        told("predicting all steps", lambda: predict_workflow(pasts))
        gc.enable()
        if varied:
            _learning(folder)
        os.chdir(ROOT)


def _learning(folder: Path) -> None:
    rnd = random.Random(8)  # noqa: S311 - the same every time
    path = str(folder / ".wfopt" / "history.db")
    stories = [made(RUNS + number, rnd, varied=True) for number in range(TIMES)]
    with open_history(path, wall=lambda: 2e9, monotonic=time.monotonic, warn=print) as writer:
        told("writing a finished run", lambda: writer.write(stories.pop()))


def samples(runs: int) -> None:
    """Print how far off predictions of the samples' own runs are."""
    every: list[float] = []
    inside: list[bool] = []
    with tempfile.TemporaryDirectory() as place:
        for source in sorted((ROOT / "sample_workflows").iterdir()):
            files = sorted(source.glob("*.yml"))
            if not files or "wfopt: 1" not in files[0].read_text():
                continue
            folder = Path(place) / source.name
            shutil.copytree(source, folder, ignore=shutil.ignore_patterns(".wfopt"))
            errors = _sample(folder, files[0].name, runs, inside)
            if errors:
                every += errors
                print(
                    f"{source.name:<20} {len(errors):4} runs, off by {statistics.median(errors) * 100:5.1f} %"
                )
    if every:
        share = sum(inside) / len(inside)
        print(f"{'all':<20} {len(every):4} runs, off by {statistics.median(every) * 100:5.1f} %")
        print(f"inside the interval of 80 %: {share * 100:.0f} %")


def _sample(folder: Path, file: str, runs: int, inside: list[bool]) -> list[float]:
    errors = []
    for number in range(runs):
        said = _document(["predict", file, "--cache", "off", "--format", "json"], folder)["makespan"]
        try:
            real = _document(["run", file, "--force", "--format", "json"], folder)["wall_s"]
        except (subprocess.CalledProcessError, json.JSONDecodeError):
            print(f"{folder.name:<20} cannot be run here")
            return []
        if number >= FIRST:
            errors.append(abs(said["expected_s"] - real) / real)
            inside.append(said["low_s"] <= real <= said["high_s"])
    return errors


def _document(words: list[str], folder: Path) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "wfopt", *words],
        cwd=folder,
        env=environment(),
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    return json.loads(done.stdout)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--samples", action="store_true")
    parser.add_argument("--runs", type=int, default=20)
    arguments = parser.parse_args()
    if arguments.samples:
        samples(arguments.runs)
    else:
        speed(varied=False)
        speed(varied=True)
