"""Measures `wfopt run --trace`: `python tests/benchmarks/tracing.py [-n N] [NAME...]`.

Each workflow below `workflows`, or those with the names, runs as it is and traced, in turns, in fresh copies,
one step at a time and without the cache: CPU seconds of wfopt and all below it, medians of N (3) runs, and
their ratio. Then `inputs` and `effects` are taken out of the file, it is traced once more, and it is told how
many of its steps wait for less by what was seen.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = Path(__file__).resolve().parent / "workflows"
DECLARED = re.compile(r"^ +(?:inputs|effects): *\[.*\]\n", re.MULTILINE)
COMMAND = (sys.executable, "-m", "wfopt")


def wfopt(folder: Path, *args: str) -> str:
    """Run wfopt in a folder and return what it prints."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "WFOPT_LIVE": "0"}  # noqa: TID251 - PATH and more
    done = subprocess.run(
        [*COMMAND, *args], cwd=folder, env=environ, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{folder.name}: wfopt {' '.join(args)}: {done.stdout}{done.stderr}")
    return done.stdout


@contextmanager
def copy_of(name: str) -> Iterator[Path]:
    """Give a fresh copy of a workflow."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / name
        shutil.copytree(WORKFLOWS / name, place, symlinks=True)
        yield place


def cpu_s(name: str, *options: str) -> float:
    """Return the CPU seconds of a run and all below it."""
    with copy_of(name) as place:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        wfopt(place, "run", "-j", "1", "--cache", "off", "-q", *options)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def freed_of(name: str) -> tuple[int, int]:
    """Return how many steps wait for less by what was seen, and how many there are."""
    with copy_of(name) as place:
        file = place / "wfopt.yml"
        file.write_text(DECLARED.sub("", file.read_text()))
        wfopt(place, "run", "-q", "-j", "1", "--trace")
        told = json.loads(wfopt(place, "optimize", "--format", "json", "--level", "observed"))
        freed = sum(each["pass"] == "drop-order-only-needs" for each in told["changes"])
        return freed, told["before"]["steps"]


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description="Measures tracing.")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("-n", type=int, default=3)
    asked = parser.parse_args()
    ratios = []
    print("workflow            plain  traced  ratio   freed of steps")
    for name in asked.names or sorted(each.name for each in WORKFLOWS.iterdir() if each.is_dir()):
        pairs = [(cpu_s(name), cpu_s(name, "--trace")) for _ in range(asked.n)]
        plain, traced = (statistics.median(each) for each in zip(*pairs, strict=True))
        ratios.append(traced / plain)
        freed, steps = freed_of(name)
        print(f"{name:18} {plain:6.2f} {traced:7.2f} {ratios[-1]:6.2f} {freed:7d} of {steps}", flush=True)
    print(f"geometric mean of the ratios: {math.exp(statistics.fmean(map(math.log, ratios))):.2f}")


if __name__ == "__main__":
    main()
