"""Measures what wfopt costs, on the real command: `python tests/benchmarks/bench.py [RUNS]`.

Prints medians of RUNS (5) runs: own CPU a trivial step over a bare posix_spawn loop in C, in turns; peak
memory; the time to load and plan 10,000 steps; the start-up time. Needs a C compiler for the floor.
"""

from __future__ import annotations

import json
import math
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
WFOPT = (sys.executable, "-m", "wfopt")


def layered(count: int, seed: int = 7) -> list[list[int]]:
    """Return, for each step, the earlier steps that it needs: about sqrt(count) layers, up to 3 needs."""
    rnd = random.Random(seed)  # noqa: S311 - the same graph every time
    width = math.isqrt(count)
    needs: list[list[int]] = []
    for step in range(count):
        start = step // width * width
        chosen = {rnd.randrange(start - width, start)} if start else set()
        if start:
            chosen |= {rnd.randrange(start) for _ in range(rnd.randint(0, 2))}
        needs.append(sorted(chosen))
    return needs


def write(folder: Path, needs: list[list[int]], defaults: str = "") -> None:
    """Write the graph as a workflow, with further defaults, and as the floor's input."""
    lines = ["wfopt: 1", f"defaults: {{ shell: sh{defaults} }}", "steps:"]
    floor = []
    for step, before in enumerate(needs):
        inputs = " ".join(f"out/{each}" for each in before)
        command = f"read x < out/{before[0]}; echo > out/{step}" if before else f"echo > out/{step}"
        lines += [
            f"  s{step}:",
            f"    run: {json.dumps(command)}",
            f"    inputs: [{inputs.replace(' ', ', ')}]",
            f"    outputs: [out/{step}]",
        ]
        floor.append(",".join(map(str, before)) + "\t" + command)
    (folder / "wfopt.yml").write_text("\n".join(lines) + "\n")
    (folder / "floor.txt").write_text("\n".join(floor) + "\n")


def timed(command: tuple[str, ...], folder: Path) -> tuple[float, float]:
    """Return user and system seconds of a command with its children, and its peak memory in MiB."""
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} failed with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def fresh(folder: Path) -> None:
    """Remove what a run left."""
    for name in ("out", ".wfopt"):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "out").mkdir()


def bench_steps(folder: Path, runs: int) -> None:
    """Print the own CPU a step over the floor, and the peak memory, for 1,000 steps at `-j2`."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise SystemExit("no C compiler for the floor")
    subprocess.run((compiler, "-O2", "-o", str(folder / "floor"), str(HERE / "floor.c")), check=True)
    write(folder, layered(1000))
    own, peaks, floors = [], [], []
    for _ in range(runs):
        fresh(folder)
        floor, _ = timed((str(folder / "floor"), "2", "floor.txt"), folder)
        fresh(folder)
        cpu, peak = timed((*WFOPT, "run", "-j2"), folder)
        floors.append(floor)
        own.append(cpu - floor)
        peaks.append(peak)
    print(f"floor, CPU a step: {statistics.median(floors):.3f} ms")
    print(
        f"own CPU a step over the floor: {statistics.median(own):.3f} ms ({min(own):.3f} to {max(own):.3f})"
    )
    print(f"peak memory, 1,000 steps: {statistics.median(peaks):.1f} MiB")


def bench_limits(folder: Path, runs: int) -> None:
    """Print what a step costs on top if it has a limit on memory, or one that each process gets by itself."""
    kinds = {
        "none": "",
        "memory": ", resources: { memory: 64MiB }",
        "open files": ", limits: { open-files: 100 }",
    }
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(runs):
        for kind, defaults in kinds.items():
            write(folder, layered(1000), defaults)
            fresh(folder)
            times[kind].append(timed((*WFOPT, "run", "-j2"), folder)[0])
    for kind in ("memory", "open files"):
        more = [with_limit - without for with_limit, without in zip(times[kind], times["none"], strict=True)]
        print(f"a step with a limit on {kind}, CPU on top: {statistics.median(more):.3f} ms")


def bench_supervision(folder: Path, runs: int) -> None:
    """Print the own CPU of a step with a limit on memory of which no result is kept; after `bench_steps`."""
    own = []
    for _ in range(runs):
        write(folder, layered(1000), ", resources: { memory: 64MiB }")
        fresh(folder)
        floor, _ = timed((str(folder / "floor"), "2", "floor.txt"), folder)
        fresh(folder)
        own.append(timed((*WFOPT, "run", "-j2", "--cache", "off"), folder)[0] - floor)
    print(f"with that limit, but without the cache, over the floor: {statistics.median(own):.3f} ms")


def bench_plan(folder: Path, runs: int) -> None:
    """Print the CPU that loading and planning 10,000 steps takes, the whole process."""
    write(folder, layered(10_000))
    times, peaks = zip(
        *(timed((*WFOPT, "run", "-n", "--format", "json"), folder) for _ in range(runs)), strict=True
    )
    print(f"load and plan 10,000 steps: {statistics.median(times):.2f} s CPU, {max(peaks):.0f} MiB")


def bench_start(folder: Path, runs: int) -> None:
    """Print the CPU of `--version` and `--help`."""
    for option in ("--version", "--help"):
        times = [timed((*WFOPT, option), folder)[0] for _ in range(runs)]
        print(f"wfopt {option}: {statistics.median(times) * 1000:.0f} ms CPU")


def main() -> None:
    """Run all benchmarks in a temporary folder."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as name:
        for bench in (bench_steps, bench_limits, bench_supervision, bench_plan, bench_start):
            bench(Path(name), runs)


if __name__ == "__main__":
    main()
