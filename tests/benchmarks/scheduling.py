"""Measures how good the strategies' schedules are: `WFOPT_DATA=FOLDER python tests/benchmarks/scheduling.py`.

Prints, for each strategy, the mean and the largest makespan over the lower bound: on three small graphs; and
from the folder on real workflows (`wfinstances/compact/*.json`), also with durations that are up to 30 % off,
and on project schedules with four resources (`psplib/*/*.sm`), there over the best makespan that is known,
too. Then how long simulations and bounds take.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from bench import layered

from wfopt.graph.order import dag_of
from wfopt.scheduler.base import Demands, Facts
from wfopt.scheduler.bounds import lower_bounds
from wfopt.scheduler.registry import STRATEGIES
from wfopt.scheduler.simulate import simulate

Edges = Sequence[tuple[int, int]]


def facts(
    seconds: Sequence[float],
    edges: Edges,
    rows: Sequence[tuple[int, ...]],
    capacity: tuple[int, ...],
    groups: Sequence[str] = (),
) -> Facts:
    """Return what is known of a graph whose nodes take the rows; the first resource is the slots."""
    places: dict[tuple[int, ...], int] = {}
    kinds = tuple(places.setdefault(row, len(places)) for row in rows)
    names = ("slots", *(f"r{number}" for number in range(1, len(capacity))))
    return Facts(
        dag=dag_of(len(seconds), edges),
        weights=tuple(seconds),
        timed=True,
        groups=tuple(groups) or ("",) * len(seconds),
        demands=Demands(resources=names, capacity=capacity, rows=tuple(places), kinds=kinds),
    )


def each_off(known: Facts, seed: int) -> list[float]:
    """Return durations that are up to 30 % other than expected, each by itself."""
    rnd = random.Random(seed)  # noqa: S311 - the same every time
    return [seconds * rnd.uniform(0.7, 1.3) for seconds in known.weights]


def groups_off(known: Facts, seed: int) -> list[float]:
    """Return durations of which those of a group are off by the same factor, up to 3."""
    rnd = random.Random(seed)  # noqa: S311 - the same every time
    factors = {group: 3 ** rnd.uniform(-1, 1) for group in sorted(set(known.groups))}
    return [seconds * factors[group] for seconds, group in zip(known.weights, known.groups, strict=True)]


def print_table(
    title: str,
    cases: Sequence[Facts],
    *,
    best: Sequence[float] = (),
    true: Callable[[Facts, int], Sequence[float]] = lambda known, _: known.weights,
) -> None:
    """Print a row for each strategy; `best` are the makespans to compare with instead of the bounds."""
    durations = [true(each, seed) for seed, each in enumerate(cases)]
    floors = best or [
        lower_bounds(each, seconds).best_s for each, seconds in zip(cases, durations, strict=True)
    ]
    print(f"\n{title}; graphs: {len(cases)}; mean, largest")
    for strategy in STRATEGIES:
        ratios = [
            simulate(each, strategy, seconds).makespan / floor
            for each, seconds, floor in zip(cases, durations, floors, strict=True)
        ]
        print(f"  {strategy.name:16}{statistics.mean(ratios):8.4f}{max(ratios):8.3f}")


def small_graphs() -> Iterator[tuple[str, Facts]]:
    """Yield a chain of 20 steps beside 20 single ones, the chain last or first, and 60 steps in layers."""
    for title, first in (("chain last", 20), ("chain first", 0)):
        chain = [(node, node + 1) for node in range(first, first + 19)]
        yield title, facts([0.1] * 40, chain, [(1, 1)] * 40, (2, 2))
    rnd = random.Random(7)  # noqa: S311 - the same every time
    needs = layered(60)
    seconds = [round(min(0.5, 0.02 + rnd.expovariate(1 / 0.08)), 3) for _ in needs]
    edges = [(before, node) for node, some in enumerate(needs) for before in some]
    yield "mixed", facts(seconds, edges, [(1, 1)] * 60, (2, 2))


def workflow_of(document: dict[str, Any], cores: int, *, several: bool) -> Facts:
    """Return a real workflow, each task on one core, or with made-up demands by the name of its program."""
    tasks = document["tasks"]
    place = {task["id"]: node for node, task in enumerate(tasks)}
    edges = [(place[parent], node) for node, task in enumerate(tasks) for parent in task["parents"]]
    programs = [task["name"].partition("_ID")[0].rstrip("0123456789_") for task in tasks]
    rows: list[tuple[int, ...]] = []
    for program in programs:
        digest = hashlib.sha256(program.encode()).digest()
        demand = ((1, 1, 2, 4)[digest[0] % 4], (1, 2, 4, 8, 16)[digest[1] % 5])
        rows.append((1, *demand) if several else (1, 1))
    capacity = (cores, cores, 4 * cores) if several else (cores, cores)
    seconds = [float(task["runtimeInSeconds"]) for task in tasks]
    return facts(seconds, edges, rows, capacity, programs)


def project_of(path: Path) -> Facts:
    """Return a project in the format of PSPLIB: jobs that take some of four resources."""
    lines = [line.split() for line in path.read_text(encoding="ascii").splitlines()]
    titles = {" ".join(words): number for number, words in enumerate(lines) if words}

    def rows(title: str, skip: int) -> list[list[int]]:
        start = titles[title] + skip
        end = next(number for number in range(start, len(lines)) if not lines[number][0].isdigit())
        return [[int(word) for word in words] for words in lines[start:end]]

    edges = [(job - 1, then - 1) for job, _, _, *after in rows("PRECEDENCE RELATIONS:", 2) for then in after]
    jobs = rows("REQUESTS/DURATIONS:", 3)
    capacity = rows("RESOURCEAVAILABILITIES:", 2)[0]
    return facts(
        [float(job[2]) for job in jobs], edges, [(1, *job[3:]) for job in jobs], (len(jobs), *capacity)
    )


def print_real(data: Path) -> None:
    """Print the tables of the instances in a folder."""
    documents = [json.loads(path.read_text()) for path in sorted(data.glob("wfinstances/compact/*.json"))]
    for cores, several in ((2, False), (4, False), (16, False), (64, False), (16, True), (64, True)):
        cases = [workflow_of(each, cores, several=several) for each in documents]
        title = f"real workflows, {cores} cores" + (" and memory" if several else "")
        print_table(title, cases)
        if cores in {4, 16}:
            print_table(f"{title}, each duration up to 30 % off", cases, true=each_off)
            print_table(f"{title}, each program up to 3 times off", cases, true=groups_off)
    with (data / "psplib" / "bounds.csv").open(encoding="ascii") as file:
        known = {row["instance"]: float(row["best_known_makespan"]) for row in csv.DictReader(file)}
    for name in ("j30", "j60", "j120"):
        paths = sorted((data / "psplib" / name).glob("*.sm"))
        cases = [project_of(path) for path in paths]
        print_table(f"projects {name} over the best known", cases, best=[known[path.stem] for path in paths])


def cpu_ms(work: Callable[[], object]) -> float:
    """Return the milliseconds of cpu time of the quickest of three calls."""
    times = []
    for _ in range(3):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return 1000 * min(times)


def print_speed() -> None:
    """Print what simulations of layered graphs on 16 slots cost, with one demand and with four."""
    demands = ((1, 1, 1), (1, 2, 2), (1, 4, 8), (1, 1, 16))
    for size, several in ((1_000, False), (1_000, True), (10_000, False), (10_000, True)):
        rnd = random.Random(1)  # noqa: S311 - the same every time
        needs = layered(size)
        rows = [demands[rnd.randrange(4) if several else 0] for _ in needs]
        edges = [(before, node) for node, some in enumerate(needs) for before in some]
        known = facts([rnd.expovariate(1) for _ in needs], edges, rows, (16, 16, 64))
        print(f"\n{size} steps, {4 if several else 1} demands: cpu ms")
        for strategy in STRATEGIES:
            print(f"  {strategy.name:16}{cpu_ms(partial(simulate, known, strategy)):8.1f}")
        print(f"  {'lower bounds':16}{cpu_ms(partial(lower_bounds, known)):8.1f}")


def main() -> None:
    for title, known in small_graphs():
        print_table(title, [known])
    data = os.environ.get("WFOPT_DATA")  # noqa: TID251 - the benchmark's own switch
    if data is None:
        print(
            "\nvariable `WFOPT_DATA` names no folder with instances: real workflows and projects are left out"
        )
    else:
        print_real(Path(data))
    print_speed()


if __name__ == "__main__":
    main()
