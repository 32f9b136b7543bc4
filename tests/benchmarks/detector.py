"""Measures the change detector: `python tests/benchmarks/detector.py [REPLICATIONS] [SEED]`.

Prints false alarms on noise of many shapes, how many shifts are found and how soon, and how exactly they are
placed. With WFOPT_DATA naming a folder of traces (CSV, gzipped: columns step, t_start, dur_s, in_b, status),
also the same on the residuals of their steps, shuffled and in their real order.
"""

from __future__ import annotations

import csv
import gzip
import math
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from wfopt.metrics.baseline import residuals
from wfopt.metrics.detector import Rules, find_changes
from wfopt.model.quantiles import mad_sd, median

BASELINE = 40
CALM = 0.25
TRACES = ("nfcore_rnaseq", "nfcore_eager", "nfcore_iwd")
BARE = Rules(smallest_ratio=1.0, smallest_step=0.0)
Noise = Callable[[random.Random], float]


def gaussian(sd: float) -> Noise:
    return lambda rnd: rnd.gauss(0, sd)


def student(rnd: random.Random) -> float:
    """Draw from Student's t with 2 degrees of freedom, scaled by 0.1: a variance it has not."""
    return 0.1 * rnd.gauss(0, 1) / math.sqrt(rnd.gammavariate(1, 1))


def spikes(rnd: random.Random) -> float:
    """Draw what one run in ten does: it takes about twice as long."""
    return rnd.gauss(0, 0.05) + (0.7 if rnd.random() < 0.1 else 0.0)


def exponential(rnd: random.Random) -> float:
    return rnd.expovariate(1 / 0.2)


def coarse(rnd: random.Random) -> float:
    """Draw from durations of about 5 s that are measured in whole seconds: nearly all are ties."""
    return math.log(max(round(5 * math.exp(rnd.gauss(0, 0.15))), 1) / 5)


NOISES: dict[str, Noise] = {
    "gaussian .03": gaussian(0.03),
    "gaussian .05": gaussian(0.05),
    "gaussian .1": gaussian(0.1),
    "gaussian .2": gaussian(0.2),
    "student t, 2 df": student,
    "one in ten doubles": spikes,
    "exponential .2": exponential,
    "whole seconds of 5": coarse,
}


def seconds_of(series: list[float]) -> list[float]:
    return [10 * math.exp(each) for each in series]


def alarms(series: list[float]) -> int:
    return len(find_changes(series, seconds_of(series)))


def false_alarms(replications: int, rnd: random.Random) -> None:
    print("false alarms a 1,000 step-runs (series of 1,000; in brackets without the minimum of 5 %)")
    for name, noise in NOISES.items():
        count = bare = 0
        for _ in range(replications):
            series = [noise(rnd) for _ in range(1000)]
            count += alarms(series)
            bare += len(find_changes(series, seconds_of(series), rules=BARE))
        print(f"  {name:20} {count / replications:.2f} ({bare / replications:.2f})")


def power(name: str, noise: Noise, factor: float, replications: int, rnd: random.Random) -> None:
    """Print how many shifts by a factor are found within 10 and 20 runs of those without an early alarm."""
    delays: list[int] = []
    misplaced: list[int] = []
    tried = 0
    for _ in range(replications):
        series = [noise(rnd) + (math.log(factor) if run >= BASELINE else 0) for run in range(BASELINE + 20)]
        found = find_changes(series, seconds_of(series))
        if found and found[0].found < BASELINE:
            continue
        tried += 1
        if found:
            delays.append(found[0].found - BASELINE + 1)
            misplaced.append(abs(found[0].at - BASELINE))
    within = [sum(each <= limit for each in delays) / tried for limit in (6, 10, 20)]
    near = sum(each <= 1 for each in misplaced) / max(len(misplaced), 1)
    print(
        f"  {name:20} {factor - 1:+5.0%} {within[0]:9.1%} {within[1]:9.1%} {within[2]:9.1%}"
        f" {median(delays or [math.nan]):8.0f} {near:9.0%}"
    )


def all_power(replications: int, rnd: random.Random) -> None:
    print(f"shifts found after {BASELINE} runs")
    print(f"  {'noise':20} {'shift':>5} {'in 6':>9} {'in 10':>9} {'in 20':>9} {'delay':>8} {'place +-1':>9}")
    for name in ("gaussian .05", "gaussian .1", "gaussian .2", "student t, 2 df", "whole seconds of 5"):
        for factor in (1.1, 1.2, 1.5, 1 / 1.2):
            power(name, NOISES[name], factor, replications, rnd)


def traced(folder: Path) -> Iterator[list[tuple[float, int | None]]]:
    """Yield the steps of the traces with at least 60 runs of a second or more, in order of time."""
    for trace in TRACES:
        steps: dict[str, list[tuple[float, float, int | None]]] = {}
        with gzip.open(folder / f"{trace}.csv.gz", "rt", encoding="utf-8") as lines:
            for row in csv.DictReader(lines):
                if row["status"] == "COMPLETED" and float(row["dur_s"] or 0) >= 1:
                    size = int(float(row["in_b"])) if row["in_b"] else None
                    point = (float(row["t_start"]), float(row["dur_s"]), size)
                    steps.setdefault(row["step"], []).append(point)
        for points in steps.values():
            if len(points) >= 60:
                yield [(dur, size) for _, dur, size in sorted(points, key=first)]


def first(point: tuple[float, float, int | None]) -> float:
    return point[0]


def traces(replications: int, rnd: random.Random) -> None:
    """Print the same for real steps; each replication shuffles all of them, duration and input together."""
    named = os.environ.get("WFOPT_DATA")  # noqa: TID251 - a benchmark may ask where its data are
    if not named:
        print("traces: skipped, as WFOPT_DATA names no folder")
        return
    steps = list(traced(Path(named)))
    rounds = max(replications // 10, 1)
    total = sum(len(points) for points in steps)
    shuffled = sum(trace_alarms(rnd.sample(points, len(points))) for _ in range(rounds) for points in steps)
    real = sum(trace_alarms(points) for points in steps)
    print(f"traces: {len(steps)} steps, {total} points; input size is what was read during the run")
    print(
        f"  false alarms a 1,000 step-runs, shuffled {rounds} times: {shuffled / rounds / total * 1000:.2f}"
    )
    print(f"  alarms a 1,000 step-runs in real order, drifts included: {real / total * 1000:.2f}")
    spreads = [mad_sd(residuals([d for d, _ in each], [s for _, s in each])) for each in steps]
    print(
        f"  spread of the residuals: {min(spreads):.2f} to {max(spreads):.2f}, median {median(spreads):.2f}"
    )
    calm = [points for points, spread in zip(steps, spreads, strict=True) if spread <= CALM]
    for name, chosen in ((f"all {len(steps)} steps", steps), (f"{len(calm)} with at most {CALM}", calm)):
        for factor in (1.1, 1.2, 1.5):
            samples = [rnd.sample(points, BASELINE + 20) for _ in range(rounds) for points in chosen]
            delays = [each for each in (trace_delay(sample, factor) for sample in samples) if each > 0]
            within = [sum(each <= limit for each in delays) / len(delays) for limit in (10, 20)]
            print(f"  {name}, {factor - 1:+.0%}: {within[0]:.0%} found within 10 runs, {within[1]:.0%} in 20")


def trace_alarms(points: list[tuple[float, int | None]]) -> int:
    durations = [duration for duration, _ in points]
    return len(find_changes(residuals(durations, [size for _, size in points]), durations))


def trace_delay(points: list[tuple[float, int | None]], factor: float) -> float:
    """Return after how many runs a shift after the baseline is found, or infinity; 0 after an early alarm."""
    durations = [d * (factor if run >= BASELINE else 1) for run, (d, _) in enumerate(points)]
    found = find_changes(residuals(durations, [size for _, size in points]), durations)
    if not found:
        return math.inf
    return max(found[0].found - BASELINE + 1, 0)


def main() -> None:
    replications = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    rnd = random.Random(seed)  # noqa: S311 - the same numbers every time
    print(f"{replications} replications, seed {seed}")
    started = time.process_time()
    false_alarms(replications // 5 or 1, rnd)
    all_power(replications, rnd)
    traces(replications, rnd)
    print(f"{time.process_time() - started:.0f} s of cpu")


if __name__ == "__main__":
    main()
