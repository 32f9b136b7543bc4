"""Measures `wfopt optimize`: `python tests/benchmarks/optimizing.py [--speed] [--effect] [-n N] [NAME...]`.

`--speed`: CPU seconds of all passes at the default level, and of the whole use case with its schedules and
its text, for made-up workflows of 1,000 and 10,000 steps. `--effect`: each workflow below `workflows`, and
each sample, as it is against what it becomes, in turns, in fresh copies that know the same few runs, with two
steps at once and without the cache: medians of N (5) runs, what was predicted from the history of those
runs, what 4 and 8 cpus would bring, and how much longer the steps take with others beside them.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = Path(__file__).resolve().parent / "workflows"
SAMPLES = {
    f"sample {path.name}": path
    for path in sorted((ROOT / "sample_workflows").iterdir())
    if (path / "wfopt.yml").exists()
}
HISTORY = 5
"""So many runs are known before a workflow is optimized: right-sizing asks for as many."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of workflow: how its steps are written and what they declare."""

    name: str
    listed: bool
    every: int = 1
    cells: int = 1
    reads: int = 2


SHAPES = (
    Shape("list, dense", listed=True),
    Shape("list, 1 in 10 open", listed=True, every=10),
    Shape("list, independent", listed=True, reads=0),
    Shape("list, matrices", listed=True, cells=10),
    Shape("mapping, dense", listed=False),
    Shape("mapping, 1 in 10 open", listed=False, every=10),
    Shape("mapping, matrices", listed=False, cells=10),
)


def made(shape: Shape, steps: int) -> str:
    """Return a workflow of a shape."""
    rnd = random.Random(1)  # noqa: S311 - the same every time
    lines, cell = ["wfopt: 1", "steps:"], '/${{ matrix.x }}"' if shape.cells > 1 else '"'
    for step in range(steps // shape.cells):
        lines += [f"  - id: s{step}" if shape.listed else f"  s{step}:", f"    run: make {step}"]
        if shape.cells > 1:
            lines[-1] += " ${{ matrix.x }}"
            lines.append(f"    matrix: {{x: {list(range(shape.cells))}}}")
        if shape.every == 1 or step % shape.every:
            earlier = {rnd.randrange(max(0, step - 200), step) for _ in range(shape.reads)} if step else ()
            reads = ", ".join(f'"out/{each}{cell}' for each in sorted(earlier))
            lines += [f"    inputs: [{reads}]", f'    outputs: ["out/{step}{cell}]', "    effects: []"]
        if not shape.listed and step:
            lines.append(f"    needs: [s{step - 1}]")
    return "\n".join(lines) + "\n"


def speed() -> None:
    """Print the CPU seconds of optimizing made-up workflows."""
    from wfopt.api.optimize import OptimizeOptions, optimize_file  # noqa: PLC0415 - only here
    from wfopt.resources.pool import Capacity  # noqa: PLC0415 - as above
    from wfopt.scheduler.registry import STRATEGIES  # noqa: PLC0415 - as above

    print(f"{'':24}{'steps':>7}{'passes s':>10}{'whole s':>9}{'changes':>9}   budget of the passes")
    strategy = next(each for each in STRATEGIES if each.name == "critical-path")
    with tempfile.TemporaryDirectory() as folder:
        for steps, budget in ((1_000, 0.5), (10_000, 6.0)):
            for shape in SHAPES:
                path = Path(folder) / "wfopt.yml"
                path.write_text(made(shape, steps))
                options = OptimizeOptions(
                    file=str(path),
                    workspace=folder,
                    state_folder=str(Path(folder) / ".wfopt"),
                    capacity=Capacity(slots=2, cpu_milli=2000, memory_bytes=None, tokens={}),
                    strategy=strategy,
                )
                started = time.process_time()
                report = optimize_file(options, time.process_time).report
                whole = time.process_time() - started
                passes = sum(report.optimized.seconds.values())
                changes = len(report.optimized.changes)
                print(
                    f"{shape.name:24}{steps:7,}{passes:10.2f}{whole:9.2f}{changes:9,}   {budget} s",
                    flush=True,
                )


def wfopt(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run wfopt in a folder."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # noqa: TID251
    environ["PYTHONPATH"] = str(ROOT)
    command = [sys.executable, "-m", "wfopt", *words]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


@dataclass(frozen=True, slots=True)
class Effect:
    """What optimizing a workflow came to; times in seconds, memory in bytes times seconds."""

    name: str
    changed: bool
    steps: tuple[int, int]
    wall: tuple[float, float]
    predicted_s: float
    predicted: float
    simulated: tuple[float, float]
    cpu: tuple[float, float]
    memory: tuple[float, float]
    slower: float

    @property
    def speedup(self) -> float:
        """By what factor it became quicker."""
        return self.wall[0] / self.wall[1]

    @property
    def saved_s(self) -> float:
        """How many seconds it saves; what every run takes before its first step is in neither."""
        return self.wall[0] - self.wall[1]


def effect_of(name: str, times: int) -> Effect:
    """Optimize one workflow and measure both versions in turns.

    Raises:
        RuntimeError: a run fails.
    """
    with tempfile.TemporaryDirectory() as made_folder:
        folder = Path(made_folder)
        learned = _fresh(name, folder)
        for _ in range(HISTORY):
            _run(learned)
        shapes = {cpus: _optimized(learned, cpus) for cpus in (2, 4, 8)}
        walls: dict[str, list[float]] = {"wfopt.yml": [], "better.yml": []}
        taken: dict[str, list[dict[str, float]]] = {file: [] for file in walls}
        for turn in range(times):
            for file in sorted(walls, reverse=turn % 2 == 0):
                copy = _fresh(name, folder)
                # As after `--write`: the history stays, and says which step is started first.
                shutil.copytree(learned / ".wfopt", copy / ".wfopt", symlinks=True)
                shutil.copy(learned / file, copy / "wfopt.yml")
                wall, steps = _run(copy)
                walls[file].append(wall)
                taken[file].append(steps)
        told = shapes[2]
        reserved = [_reserved(learned, file) for file in ("wfopt.yml", "better.yml")]
        return Effect(
            name,
            bool(told["changes"]),
            (told["before"]["steps"], told["after"]["steps"]),
            (statistics.median(walls["wfopt.yml"]), statistics.median(walls["better.yml"])),
            float(told["before"]["makespan_s"]) - float(told["after"]["makespan_s"]),
            _gain(told),
            (_gain(shapes[4]), _gain(shapes[8])),
            (reserved[0][0], reserved[1][0]),
            (reserved[0][1], reserved[1][1]),
            _slower(taken["wfopt.yml"], taken["better.yml"]),
        )


def _fresh(name: str, folder: Path) -> Path:
    copy = Path(tempfile.mkdtemp(dir=folder))
    ignored = shutil.ignore_patterns("out", ".wfopt")
    shutil.copytree(SAMPLES.get(name, WORKFLOWS / name), copy, dirs_exist_ok=True, ignore=ignored)
    return copy


def _run(folder: Path) -> tuple[float, dict[str, float]]:
    """Return the seconds of a run as a whole process, and those of each of its steps."""
    started = time.perf_counter()
    done = wfopt(folder, "run", "-j", "2", "--cache", "off", "--format", "json")
    if done.returncode:
        raise RuntimeError(done.stderr)
    wall = time.perf_counter() - started
    return wall, {step["id"]: step["wall_s"] for step in json.loads(done.stdout)["steps"]}


def _slower(before: list[dict[str, float]], after: list[dict[str, float]]) -> float:
    """Return by what factor the steps that are in both take longer afterwards, as others run beside them."""
    names = before[0].keys() & after[0].keys()
    sums = [sum(statistics.median(run[name] for run in runs) for name in names) for runs in (before, after)]
    return sums[1] / sums[0]


def _optimized(folder: Path, cpus: int) -> dict[str, Any]:
    (folder / "better.yml").unlink(missing_ok=True)
    words = ("--level", "observed", "-j", str(cpus), "--cpus", str(cpus), "--format", "json")
    done = wfopt(folder, "optimize", "wfopt.yml", *words, "-o", "better.yml")
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    if not found["changes"]:
        shutil.copy(folder / "wfopt.yml", folder / "better.yml")
    return found


def _gain(told: dict[str, Any]) -> float:
    return float(told["before"]["makespan_s"]) / float(told["after"]["makespan_s"])


def _reserved(folder: Path, file: str) -> tuple[float, float]:
    """Return the cpu-seconds and the byte-seconds that the steps of a file reserve, by the history."""
    from wfopt.api.knowledge import knowledge_of  # noqa: PLC0415 - only here
    from wfopt.formats.load_options import LoadOptions  # noqa: PLC0415 - as above
    from wfopt.formats.native.loader import load  # noqa: PLC0415 - as above
    from wfopt.formats.reading import read_source  # noqa: PLC0415 - as above
    from wfopt.resources.pool import Capacity  # noqa: PLC0415 - as above

    workflow, _ = load(read_source(str(folder / file)), LoadOptions(workspace=str(folder)))
    capacity = Capacity(slots=2, cpu_milli=2000, memory_bytes=None, tokens={})
    known = knowledge_of(str(folder / ".wfopt"), "wfopt.yml", platform.node(), capacity)
    cpu = memory = 0.0
    for step in workflow.steps:
        # What was a matrix takes as long as a cell of it.
        names = [step.id, *(name for name in known.steps if name.startswith(f"{step.id}["))]
        walls = [wall.expected for name in names if (wall := known.of(name).wall) is not None]
        seconds = walls[0] if walls else 0.0
        cpu += seconds * step.request.cpu_milli / 1000
        memory += seconds * (step.request.memory_bytes or 0)
    return cpu, memory


def effects(names: list[str], times: int) -> Iterator[Effect]:
    """Yield the effect on each workflow, and print it."""
    heads = f"{'before s':>10}{'after s':>9}{'saved s':>9}{'predicted':>11}{'off':>7}"
    heads += f"{'factor':>8}{'predicted':>11}{'4 cpus':>8}{'8 cpus':>8}{'steps take':>12}"
    print(f"{'':24}{'steps':>9}{heads}")
    for name in names or (*sorted(path.name for path in WORKFLOWS.iterdir() if path.is_dir()), *SAMPLES):
        one = effect_of(name, times)
        steps = f"{one.steps[0]}->{one.steps[1]}"
        print(
            f"{name:24}{steps:>9}{one.wall[0]:10.2f}{one.wall[1]:9.2f}{one.saved_s:9.2f}{one.predicted_s:11.2f}"
            f"{one.predicted_s / one.saved_s - 1:+7.0%}{one.speedup:8.2f}{one.predicted:11.2f}"
            f"{one.simulated[0]:8.2f}{one.simulated[1]:8.2f}{one.slower:11.2f}x",
            flush=True,
        )
        yield one


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--effect", action="store_true")
    parser.add_argument("-n", "--times", type=int, default=5)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    if arguments.speed or not arguments.effect:
        speed()
    if arguments.effect:
        found = list(effects(arguments.names, arguments.times))
        changed = [one for one in found if one.changed]
        for what, some in (("all", found), ("what was changed", changed)):
            mean = math.exp(statistics.mean(math.log(one.speedup) for one in some)) if some else 1.0
            print(f"geometric mean of the factors of {what} ({len(some)}): {mean:.2f}")
        for what, pairs in (("cpu", [one.cpu for one in found]), ("memory", [one.memory for one in found])):
            before, after = sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)
            print(
                f"reserved {what}-seconds: {1 - after / before:.0%} less" if before else f"no {what} reserved"
            )


if __name__ == "__main__":
    main()
