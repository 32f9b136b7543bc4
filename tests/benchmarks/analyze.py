"""Measures `wfopt analyze`: `[WFOPT_DATA=FOLDER] python tests/benchmarks/analyze.py [-n TIMES]`.

Prints the medians of wall and CPU seconds of whole processes, and the largest peak of their memory: of one
typical file, of a native file of 10,000 steps, and from the folder of a workflow of 700 jobs and of the whole
corpus.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TYPICAL = ROOT / "sample_workflows" / "ci" / ".github" / "workflows" / "ci.yml"
LARGE = "open-telemetry__opentelemetry-python-contrib__.github__workflows__test.yml"
STEPS = 10_000


def native(steps: int) -> str:
    """Return a workflow whose steps each need up to two of the 200 before them."""
    rnd = random.Random(1)  # noqa: S311 - the same every time
    lines = ["wfopt: 1", "steps:"]
    for step in range(steps):
        needs = sorted({rnd.randrange(max(0, step - 200), step) for _ in range(2)} if step else ())
        named = ", ".join(f"s{each}" for each in needs)
        lines += [f"  s{step}:", f"    run: echo {step}", f"    needs: [{named}]", "    timeout: 5m"]
    return "\n".join(lines) + "\n"


def cases(folder: Path) -> Iterator[tuple[str, Path, str]]:
    """Yield a name, what is analyzed, and the budget."""
    yield "one typical file", TYPICAL, "0.35 s"
    made = folder / "wfopt.yml"
    made.write_text(native(STEPS))
    yield f"native, {STEPS:,} steps", made, "4 s, 300 MiB"
    corpus = Path(os.environ.get("WFOPT_DATA", "")) / "corpus"  # noqa: TID251 - a benchmark's own option
    if (corpus / "github" / LARGE).exists():
        yield "700 jobs", corpus / "github" / LARGE, "2 s"
        yield "whole corpus", corpus, "25 s"


def measured(path: Path) -> tuple[float, float, int]:
    """Return the wall and CPU seconds of one process, and its peak of memory in KiB."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # noqa: TID251
    words = [sys.executable, "-m", "wfopt", "analyze", str(path)]
    started = time.perf_counter()
    with subprocess.Popen(
        words, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    return time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def main() -> None:
    """Measure everything and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", "--times", type=int, default=5)
    times = parser.parse_args().times
    print(f"{'':24}{'wall s':>8}{'cpu s':>8}{'MiB':>6}  budget")
    with tempfile.TemporaryDirectory() as folder:
        for name, path, budget in cases(Path(folder)):
            runs = [measured(path) for _ in range(times)]
            wall, cpu = (statistics.median(each[place] for each in runs) for place in (0, 1))
            peak = max(each[2] for each in runs) // 1024
            print(f"{name:24}{wall:8.2f}{cpu:8.2f}{peak:6}  {budget}")


if __name__ == "__main__":
    main()
