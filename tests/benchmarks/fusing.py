"""Measures what `right-after` saves: `python tests/benchmarks/fusing.py [STEPS [ROUNDS]]`.

A chain of STEPS (500) steps that run `true` runs with and without the key, in turns, ROUNDS (7) times each
after one that does not count. Prints the medians of wall and CPU seconds, and what a hand-over saves.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

KINDS = ("turns", "right-after")


def chain(steps: int, *, hurried: bool) -> Iterator[str]:
    """Yield the lines of a chain."""
    yield "wfopt: 1\nsteps:"
    for place in range(steps):
        needs = f", needs: s{place - 1}" if place else ""
        key = f", right-after: s{place - 1}" if place and hurried else ""
        yield f"  s{place}: {{ run: ['true']{needs}{key} }}"


def run_once(folder: str, kind: str) -> tuple[float, float]:
    """Run a chain; return its wall and CPU seconds."""
    command = [sys.executable, "-m", "wfopt", "run", "-q", f"{kind}.yml"]
    start, before = time.perf_counter(), os.times()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    wall_s, after = time.perf_counter() - start, os.times()
    cpu_s = after.children_user + after.children_system - before.children_user - before.children_system
    return wall_s, cpu_s


def main() -> None:
    """Measure and print."""
    steps, rounds = (int(each) for each in (*sys.argv[1:], *("500", "7")[len(sys.argv) - 1 :]))
    rows: dict[str, list[tuple[float, float]]] = {kind: [] for kind in KINDS}
    with tempfile.TemporaryDirectory() as folder:
        for kind in KINDS:
            text = "\n".join(chain(steps, hurried=kind == KINDS[1]))
            Path(folder, f"{kind}.yml").write_text(f"{text}\n", encoding="utf-8")
        for number in range(rounds + 1):
            for kind in KINDS:
                row = run_once(folder, kind)
                if number:
                    rows[kind].append(row)
    medians = {
        kind: [statistics.median(column) for column in zip(*found, strict=True)]
        for kind, found in rows.items()
    }
    for kind, (wall_s, cpu_s) in medians.items():
        print(f"{kind:12} {wall_s:.3f} s wall {cpu_s:.3f} s cpu")
    saved = [(old - new) / (steps - 1) for old, new in zip(*medians.values(), strict=True)]
    print(f"a hand-over saves {1000 * saved[0]:.2f} ms wall and {1000 * saved[1]:.2f} ms cpu")


if __name__ == "__main__":
    main()
