"""Measures how long real runs take over what is possible: `python tests/benchmarks/makespan.py [RUNS]`.

Three graphs of 40, 40 and 60 steps that sleep, on two slots: a chain behind steps that wait for nothing, the
same chain before them, and layers of steps of uneven length. The bound is the larger of the longest chain and
half of the work. Each graph runs in a fresh folder, then with `--force` and the history of that run; in turns
with ninja, if it is on the PATH. Prints medians of RUNS (5) runs: wall time of whole processes over the
bound. The budget is 1.12.
"""

from __future__ import annotations

import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bench import WFOPT

SLOTS = 2
BUDGET = 1.12
_STEPS, _LAYERED = 40, 60
_SLEEP_S = 0.1
_SEED = 7

Steps = list[tuple[float, list[int]]]
"""How many seconds each step sleeps, and the places of the steps that it waits for."""


def chain_last() -> Steps:
    """Return steps that wait for nothing, then as many in a chain."""
    half = _STEPS // 2
    return [(_SLEEP_S, [place - 1] if place > half else []) for place in range(_STEPS)]


def chain_first() -> Steps:
    """Return a chain of steps, then as many that wait for nothing."""
    half = _STEPS // 2
    return [(_SLEEP_S, [place - 1] if 0 < place < half else []) for place in range(_STEPS)]


def mixed() -> Steps:
    """Return layers of steps, most of them short and some long."""
    chosen, width = random.Random(_SEED), 7  # noqa: S311 - nothing secret depends on it
    steps: Steps = []
    for place in range(_LAYERED):
        start = place // width * width
        before = {chosen.randrange(start - width, start)} if start else set()
        before |= {chosen.randrange(start) for _ in range(chosen.randint(0, 2)) if start}
        steps.append((round(min(0.5, 0.02 + chosen.expovariate(1 / 0.08)), 3), sorted(before)))
    return steps


GRAPHS: dict[str, Callable[[], Steps]] = {
    "chain last": chain_last,
    "chain first": chain_first,
    "mixed": mixed,
}


def bound_s(steps: Steps) -> float:
    """Return the seconds below which no schedule is possible."""
    ends: list[float] = []
    for seconds, before in steps:
        ends.append(seconds + max((ends[each] for each in before), default=0.0))
    return max(*ends, sum(seconds for seconds, _ in steps) / SLOTS)


def prepare(folder: Path, steps: Steps) -> None:
    """Write the workflow for wfopt and for ninja."""
    native = ["wfopt: 1", "defaults: {shell: sh}", "steps:"]
    rules = ["rule r", "  command = $cmd"]
    for place, (seconds, before) in enumerate(steps):
        inputs = [f"out/{each}" for each in before] or ["leaf"]
        command = f"sleep {seconds}; echo {place} > out/{place}"
        native += [
            f"  s{place}:",
            f"    run: {json.dumps(command)}",
            f"    inputs: [{', '.join(inputs)}]",
            f"    outputs: [out/{place}]",
        ]
        rules += [f"build out/{place}: r {' '.join(inputs)}", f"  cmd = {command}"]
    (folder / "leaf").write_text("leaf\n")
    (folder / "wfopt.yml").write_text("\n".join(native) + "\n")
    (folder / "build.ninja").write_text("\n".join(rules) + "\n")


def clear(folder: Path) -> None:
    """Remove what was made, but for the history."""
    shutil.rmtree(folder / "out", ignore_errors=True)
    (folder / "out").mkdir()
    for name in (".ninja_log", ".ninja_deps"):
        (folder / name).unlink(missing_ok=True)


def wall_s(argv: list[str], folder: Path) -> float:
    """Return how long a command takes; it must end well."""
    started = time.perf_counter()
    subprocess.run(argv, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - started


def measure(steps: Steps, runs: int, ninja: str | None) -> dict[str, list[float]]:
    """Return the seconds of each kind of run."""
    found: dict[str, list[float]] = {"wfopt": [], "wfopt, with history": [], "ninja": []}
    run = [*WFOPT, "run", f"-j{SLOTS}"]
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            prepare(folder, steps)
            for kind, options in (("wfopt", []), ("wfopt, with history", ["--force"])):
                clear(folder)
                found[kind].append(wall_s([*run, *options], folder))
            if ninja:
                clear(folder)
                found["ninja"].append(wall_s([ninja, f"-j{SLOTS}"], folder))
    return found


def main() -> None:
    """Measure."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    ninja = shutil.which("ninja")
    for name, make in GRAPHS.items():
        steps = make()
        bound = bound_s(steps)
        print(f"{name:<12} bound {bound:.2f} s")
        for kind, spent in measure(steps, runs, ninja).items():
            if spent:
                over = statistics.median(spent) / bound
                print(f"  {kind:<22} {over:.3f}  ({(over - 1) * bound * 1000:.0f} ms over, budget {BUDGET})")


if __name__ == "__main__":
    main()
