"""Measures how good predictions are: `WFOPT_DATA=FOLDER python tests/benchmarks/prediction.py [OPTIONS]`.

The folder holds traces: `nfcore_*.csv.gz`, `wfi_*_tasks.csv.gz` and `lotaru_*.csv.gz`. Values are predicted
from what had ended before, in order of time; memory is given out in shuffled order as well. Input sizes of
the nf-core traces are the bytes that tasks read while they ran, known too late: figures with sizes are better
than in earnest. Prints the errors of durations and memory, the coverage of intervals, the errors on larger
inputs than any seen, wasted memory beside other ways to size it, errors of makespans, and how long
predictions take. `--quick` looks at every fourth task only, but for larger inputs, memory and makespans;
`--halves` shows errors once more for two halves of the steps, by a hash of their names, `--held-out` for the
workflows whose names' hash is odd, on which no constant may be chosen, and for the others.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import math
import os
import random
import sys
import time
from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from wfopt.graph.order import dag_of
from wfopt.model.estimates import Estimate
from wfopt.predictor.base import Sample
from wfopt.predictor.drift import drift_of
from wfopt.predictor.learned import Learned, Pool, learn
from wfopt.predictor.makespan import makespan
from wfopt.predictor.memory import after_kill, allocation
from wfopt.predictor.past import StepPast
from wfopt.predictor.predict import predict_workflow
from wfopt.predictor.widths import next_width
from wfopt.scheduler.base import Demands, Facts
from wfopt.scheduler.simulate import simulate
from wfopt.scheduler.strategies.critical_path import CriticalPath

LEVELS = (0.8, 0.9)
MANY = 20
LONGEST = 1024
Row = dict[str, str]


class Case(NamedTuple):
    """One value to predict, and its past; `at` and `end` tell what was known before what."""

    workflow: str
    step: str
    past: Sequence[Sample]
    size: float
    real: float
    at: float
    end: float


class Result(NamedTuple):
    case: Case
    runs: int
    estimates: Sequence[Estimate]


def rows_of(path: Path) -> list[Row]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    return ordered[low] + (ordered[min(low + 1, len(ordered) - 1)] - ordered[low]) * (place - low)


def task_cases(rows: Sequence[Row], field: str, every: int) -> Iterator[Case]:
    """Yield the tasks of one run: each knows the tasks that had ended when it started."""
    by_step: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["status"] == "COMPLETED" and float(row["dur_s"]) >= 1 and float(row[field] or 0) > 0:
            by_step[row["step"]].append(row)
    for step, found in by_step.items():
        found.sort(key=lambda row: (float(row["t_end"]), float(row["t_start"])))
        ends = [float(row["t_end"]) for row in found]
        known = [bisect_right(ends, float(row["t_start"])) for row in found]
        samples = [
            Sample(
                float(row[field]), place, {"bytes": float(row["in_b"] or 0)}, lag=max(0, place - known[place])
            )
            for place, row in enumerate(found)
        ]
        for place, row in list(enumerate(found))[::every]:
            past = samples[: min(place, known[place])]
            if past:
                size = float(row["in_b"] or 0)
                yield Case(
                    row["workflow"],
                    step,
                    past,
                    size,
                    float(row[field]),
                    float(row["t_start"]),
                    float(row["t_end"]),
                )


def runs_of(rows: Sequence[Row]) -> list[list[Row]]:
    """Return the tasks of each run, the oldest run first."""
    runs: dict[tuple[float, str], list[Row]] = defaultdict(list)
    for row in rows:
        runs[float(row["t_start"]), row["run"]].append(row)
    return [runs[key] for key in sorted(runs)]


def run_cases(rows: Sequence[Row], every: int) -> Iterator[Case]:
    """Yield the tasks of many runs: each knows the runs before its own."""
    pasts: dict[str, list[Sample]] = defaultdict(list)
    for number, run in enumerate(runs_of(rows)):
        frozen = {step: tuple(samples[-LONGEST:]) for step, samples in pasts.items()}
        counted = [row for row in run if float(row["dur_s"]) > 0]
        for row in counted[::every]:
            if past := frozen.get(row["step"]):
                size = float(row["in_b"] or 0)
                yield Case(
                    row["workflow"], row["step"], past, size, float(row["dur_s"]), number, number + 0.5
                )
        for row in counted:
            features = {"bytes": float(row["in_b"] or 0)}
            pasts[row["step"]].append(Sample(float(row["dur_s"]), number, features))


def rolled(cases: Sequence[Case], *, sized: bool) -> list[Result]:
    """Predict each value; what is known of other steps is what was learned when they were last predicted.

    Intervals are as wide as those of the values that had ended before were found to have to be.
    """
    pools: dict[str, Pool] = defaultdict(Pool)
    newest: dict[tuple[str, str], Learned] = {}
    ended: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    found = []
    for case in sorted(cases, key=lambda each: each.at):
        upcoming = {"bytes": case.size} if sized else {}
        learned = learn(case.past, upcoming)
        if learned is None:
            continue
        pool, key = pools[case.workflow], (case.workflow, case.step)
        widen(pool, ended[case.workflow], case.at)
        if key in newest:
            pool.add(newest[key], -1)
        prior = pool.prior_for()
        pool.add(learned)
        newest[key] = learned
        estimates = [learned.estimate(upcoming, level, prior) for level in LEVELS]
        found.append(Result(case, learned.prepared.runs, estimates))
        insort(ended[case.workflow], (case.end, is_inside(estimates[0], case.real)))
    return found


def widen(pool: Pool, ended: list[tuple[float, bool]], now: float) -> None:
    """Let what has ended since tell how wide intervals are to be, what ended together at once."""
    count = bisect_right(ended, (now, True))
    for _, together in groupby(ended[:count], key=itemgetter(0)):
        inside = [each for _, each in together]
        pool.width = next_width(pool.width, sum(inside), len(inside))
    del ended[:count]


def is_inside(estimate: Estimate, real: float) -> bool:
    close = 1 + 1e-9
    return estimate.low <= real * close and real <= estimate.high * close


def errors_of(results: Sequence[Result]) -> list[float]:
    return [100 * abs(each.estimates[0].expected / each.case.real - 1) for each in results]


def coverage(results: Sequence[Result]) -> str:
    if not results:
        return "-"
    shares = [
        sum(is_inside(each.estimates[place], each.case.real) for each in results) / len(results)
        for place in range(len(LEVELS))
    ]
    return " / ".join(f"{100 * share:.1f}" for share in shares)


def tell(name: str, results: Sequence[Result], goal: str) -> None:
    if not results:
        return
    errors = errors_of(results)
    old = [each for each in results if each.runs >= MANY]
    young = [each for each in results if each.runs < MANY]
    print(
        f"{name:28} {len(results):5} {quantile(errors, 0.5):7.2f} {quantile(errors, 0.9):7.1f}"
        f"   {coverage(old):>13}   {coverage(young):>13}   {goal}"
    )


def half_of(name: str) -> str:
    """Return which half a step is in, by nothing but its name."""
    return "first" if hashlib.sha256(name.encode()).digest()[0] % 2 else "second"


def show_held_out(found: Sequence[tuple[str, Sequence[Result]]]) -> None:
    """Print the same errors of the workflows on which constants may be chosen, and of those held out."""
    for half, title in (("first", "held out"), ("second", "chosen on")):
        for name, results in found:
            some = [each for each in results if half_of(each.case.workflow) == half]
            tell(f"{title}: {name}"[:28], some, "")


def show_halves(found: Sequence[tuple[str, Sequence[Result]]]) -> None:
    """Print the same errors by halves of the steps of all workflows."""
    for title, results in found:
        for half in ("first", "second"):
            some = [each for each in results if half_of(f"{each.case.workflow} {each.case.step}") == half]
            tell(f"{title[:18]}, {half}", some, "")


def show_errors(folder: Path, every: int, options: Sequence[str]) -> None:
    print(
        "percent off                  count  median     p90   80/90, n>=20   80/90, n<20    goal or prototype"
    )
    found: list[tuple[str, Sequence[Result]]] = []
    nfcore = sorted(folder.glob("nfcore_*.csv.gz"))
    for title, field, sized, goal in (
        ("nf-core seconds, sizes", "dur_s", True, "5.5"),
        ("nf-core seconds, no sizes", "dur_s", False, "25"),
        ("nf-core memory, sizes", "mem_b", True, "1.8"),
    ):
        cases = [case for path in nfcore for case in task_cases(rows_of(path), field, every)]
        results = rolled(cases, sized=sized)
        tell(title, results, goal)
        found.append((title, results))
    prototype = {"blast": "5.5", "srasearch": "15.5", "soykb": "29.9", "seismology": "40"}
    for path in sorted(folder.glob("wfi_*_tasks.csv.gz")):
        cases = list(run_cases(rows_of(path), every * (4 if "seismology" in path.name else 1)))
        name = cases[0].workflow
        results = rolled(cases, sized=True)
        tell(f"runs of {name}", results, prototype.get(name, ""))
        found.append((f"runs of {name}", results))
    if "--halves" in options:
        show_halves(found)
    if "--held-out" in options:
        show_held_out(found)


def show_larger_inputs(folder: Path) -> None:
    """Learn from small inputs, predict the whole ones (Lotaru's protocol), on each machine by itself."""
    for labels in (("train-1",), ("train-2",), ("train-1", "train-2")):
        results: list[Result] = []
        for path in sorted(folder.glob("lotaru_*.csv.gz")):
            places: dict[tuple[str, str], dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
            for row in rows_of(path):
                if float(row["Realtime"]) > 0:
                    places[row["Workflow"], row["Machine"]][row["Task"]].append(row)
            for (workflow, _), tasks in places.items():
                results += larger_inputs(workflow, tasks, labels)
        errors = errors_of(results)
        print(
            f"  larger inputs, {' and '.join(labels):20} {len(results)} predictions: "
            f"median {quantile(errors, 0.5):.2f} %, p90 {quantile(errors, 0.9):.1f} %, "
            f"80/90 cover {coverage(results)}   (goal 7; prototype 9.1, 7.3 with both)"
        )


def larger_inputs(workflow: str, tasks: Mapping[str, list[Row]], labels: Sequence[str]) -> Iterator[Result]:
    size = "TaskInputSizeUncompressed"
    pasts = {
        task: [
            Sample(float(row["Realtime"]) / 1000, number, {"bytes": float(row[size])})
            for number, row in enumerate(each for each in rows if each["Label"] in labels)
        ]
        for task, rows in tasks.items()
    }
    tests = {task: [row for row in rows if row["Label"] == "test"] for task, rows in tasks.items()}
    pool = Pool()
    for task, past in pasts.items():
        largest = max((float(row[size]) for row in tests[task]), default=1.0)
        learned = learn(past, {"bytes": largest})
        if learned is not None:
            pool.add(learned)
    for task, past in pasts.items():
        for row in tests[task]:
            upcoming = {"bytes": float(row[size])}
            learned = learn(past, upcoming)
            if learned is not None:
                prior = pool.prior_for(learned)
                case = Case(workflow, task, past, upcoming["bytes"], float(row["Realtime"]) / 1000, 0.0, 0.0)
                estimates = [learned.estimate(upcoming, level, prior) for level in LEVELS]
                yield Result(case, learned.prepared.runs, estimates)


class Task(NamedTuple):
    """One attempt that needed memory: bytes at its peak, the size of its input, hours."""

    peak: float
    size: float
    hours: float


Sizer = Callable[[Sequence[Task], float], float]
"""Returns the bytes to give, from past attempts and the size of the input."""


def sized_by_us(past: Sequence[Task], size: float) -> float:
    samples = [
        Sample(each.peak, number, {"bytes": each.size}, weight=each.hours) for number, each in enumerate(past)
    ]
    upcoming = {"bytes": size}
    learned = learn(samples, upcoming, depth=64)
    if learned is None:
        return 0.0
    return allocation(learned, upcoming, learned.estimate(upcoming, 0.9).high)


def sized_by_us_without_input(past: Sequence[Task], size: float) -> float:
    return sized_by_us([each._replace(size=0.0) for each in past], 0.0)


def most_seen(past: Sequence[Task], size: float) -> float:
    return 1.1 * max(each.peak for each in past)


def witt_line(past: Sequence[Task], size: float) -> float:
    """A least-squares line, and the standard deviation of its residuals above it (Witt and others 2019)."""
    count = len(past)
    x = sum(each.size for each in past) / count
    y = sum(each.peak for each in past) / count
    spread = sum((each.size - x) ** 2 for each in past)
    slope = sum((each.size - x) * (each.peak - y) for each in past) / spread if spread else 0.0
    rest = math.sqrt(sum((each.peak - y - slope * (each.size - x)) ** 2 for each in past) / count)
    return max(y + slope * (size - x) + rest, min(each.peak for each in past))


def witt_percentile(past: Sequence[Task], size: float) -> float:
    return quantile([each.peak for each in past], 0.95)


def tovar(past: Sequence[Task], size: float) -> float:
    """Take the first allocation that wastes least if the second is the most seen (Tovar and others 2018)."""
    peaks = sorted(each.peak for each in past)
    most, count = peaks[-1], len(peaks)
    return min(peaks, key=lambda given: given * count + most * sum(peak > given for peak in peaks))


SIZERS: Mapping[str, Sizer] = {
    "wfopt": sized_by_us,
    "wfopt, no sizes": sized_by_us_without_input,
    "Witt, line": witt_line,
    "Witt, 95 %": witt_percentile,
    "Tovar": tovar,
    "most seen x 1.1": most_seen,
}


def show_memory(folder: Path, *, quick: bool) -> None:
    """Give memory to tasks, 30 % of each step being known: shuffled as Sizey's, and in order of time."""
    orders = ("shuffled 0", "in time") if quick else ("shuffled 0", "shuffled 1", "shuffled 2", "in time")
    for path in sorted(folder.glob("nfcore_*.csv.gz")):
        steps = list(tasks_of(rows_of(path)))
        tasks = sum(len(each) - known_of(each) for each in steps)
        print(f"  memory wasted, {path.name.split('.')[0]} ({tasks} tasks): GB h, and attempts killed")
        for name, sizer in SIZERS.items():
            cells = []
            for order in orders:
                given = [given_out(in_order(each, order), sizer) for each in steps]
                killed = sum(number for _, number in given) / tasks
                cells.append(f"{order} {sum(wasted for wasted, _ in given):7.2f} ({100 * killed:4.1f} %)")
            print(f"    {name:18} " + "   ".join(cells))


def tasks_of(rows: Sequence[Row]) -> Iterator[list[Task]]:
    """Yield the tasks of each step in order of time."""
    by_step: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["status"] == "COMPLETED" and float(row["dur_s"]) >= 1 and float(row["rss_b"] or 0) > 0:
            by_step[row["step"]].append(row)
    for found in by_step.values():
        found.sort(key=lambda row: float(row["t_start"]))
        yield [
            Task(float(row["rss_b"]), float(row["in_b"] or 0), float(row["dur_s"]) / 3600) for row in found
        ]


def in_order(tasks: Sequence[Task], order: str) -> list[Task]:
    if order == "in time":
        return list(tasks)
    return random.Random(order).sample(tasks, len(tasks))  # noqa: S311 - the same every time


def known_of(tasks: Sequence[Task]) -> int:
    return max(1, len(tasks) * 3 // 10)


def given_out(tasks: Sequence[Task], sizer: Sizer) -> tuple[float, int]:
    """Return the GB h that the tasks of a step wasted, and how many attempts were killed."""
    wasted, killed = 0.0, 0
    for place in range(known_of(tasks), len(tasks)):
        past, task = tasks[:place], tasks[place]
        given = sizer(past, task.size)
        for _ in range(64):
            if given >= task.peak:
                break
            wasted += given * task.hours
            killed += 1
            given = after_kill(max(1, math.ceil(given)), [each.peak for each in past])
        wasted += (given - task.peak) * task.hours
    return wasted / 1e9, killed


def show_makespans(folder: Path) -> None:
    """Play runs again on few and on many slots; the interval is the one of past answers."""
    everything: dict[int, list[Whole]] = {4: [], 16: []}
    for path in sorted(folder.glob("wfi_*_tasks.csv.gz")):
        if "seismology" in path.name:
            continue
        name = path.name.split("_")[1]
        runs = runs_of(rows_of(path))
        for slots, known in everything.items():
            found = replayed(runs, slots)
            known.extend(found)
            tell_whole(f"of {name:10} on {slots:2} slots", found)
    for slots, known in everything.items():
        tell_whole(f"of all runs on {slots:2} slots", known, "   (goal 10)")


def tell_whole(title: str, found: Sequence[Whole], goal: str = "") -> None:
    """Print how far off answers were, and how far off the best single duration of each step would be."""
    off = [100 * abs(each.expected / each.real - 1) for each in found]
    inside = 100 * sum(each.low <= each.real <= each.high for each in found) / len(found)
    told = [100 * abs(each.told / each.real - 1) for each in found]
    print(
        f"  makespan {title:22}: median {quantile(off, 0.5):5.1f} % off, p90 {quantile(off, 0.9):4.0f}; "
        f"80 % covers {inside:.0f}; if each step's usual duration of the run were known "
        f"{quantile(told, 0.5):4.1f} % off{goal}"
    )


class Whole(NamedTuple):
    """What was said of a run, what it took, and what would be said if the mean of each step were known."""

    expected: float
    low: float
    high: float
    real: float
    told: float


def replayed(runs: Sequence[Sequence[Row]], slots: int) -> list[Whole]:
    """Predict each run from the fourth on; its truth is the schedule of its real durations."""
    pasts: dict[str, list[Sample]] = defaultdict(list)
    found: list[Whole] = []
    errors: list[float] = []
    drifts: list[float] = []
    for number, run in enumerate(runs):
        real = [max(float(row["dur_s"]), 1e-3) for row in run]
        if number:
            steps = run_durations(run, pasts)
            facts = facts_of(run, [each.expected for each in steps], slots)

            def play(seconds: Sequence[float], facts: Facts = facts) -> float:
                return simulate(facts, CriticalPath(), seconds).makespan

            said = makespan(steps, play, level=LEVELS[0], errors=errors, correction=drift_of(drifts))
            truth = play(real)
            if number >= 3:
                found.append(Whole(said.expected, said.low, said.high, truth, play(usual_of(run, real))))
            errors.append(math.log(truth / said.expected))
            drifts.append(errors[-1] + drift_of(drifts))
        for row, seconds in zip(run, real, strict=True):
            pasts[row["step"]].append(Sample(seconds, number, {"bytes": float(row["in_b"] or 0)}))
    return found


def usual_of(run: Sequence[Row], seconds: Sequence[float]) -> list[float]:
    """Return for each task the mean duration of its step in the same run."""
    by_step: dict[str, list[float]] = defaultdict(list)
    for row, each in zip(run, seconds, strict=True):
        by_step[row["step"]].append(each)
    return [sum(by_step[row["step"]]) / len(by_step[row["step"]]) for row in run]


def run_durations(run: Sequence[Row], pasts: Mapping[str, list[Sample]]) -> list[Estimate]:
    """Return what is expected of each task; one of a step that never ran is as long as most others."""
    pool = Pool()
    learned = {
        (row["step"], float(row["in_b"] or 0)): learn(
            pasts.get(row["step"], [])[-LONGEST:], {"bytes": float(row["in_b"] or 0)}
        )
        for row in run
    }
    for each in {key[0]: value for key, value in learned.items()}.values():
        if each is not None:
            pool.add(each)
    prior = pool.prior_for()
    found = {
        key: each.estimate({"bytes": key[1]}, LEVELS[0], prior)
        for key, each in learned.items()
        if each is not None
    }
    middle = quantile([each.expected for each in found.values()], 0.5) if found else 1.0
    unknown = Estimate(expected=middle, low=middle / 3, high=middle * 3)
    return [found.get((row["step"], float(row["in_b"] or 0)), unknown) for row in run]


def facts_of(run: Sequence[Row], seconds: Sequence[float], slots: int) -> Facts:
    places = {row["task"]: place for place, row in enumerate(run)}
    edges = {
        (places[parent], place)
        for place, row in enumerate(run)
        for parent in row["parents"].split()
        if parent in places
    }
    demands = Demands(resources=("slots",), capacity=(slots,), rows=((1,),), kinds=(0,) * len(run))
    return Facts(dag=dag_of(len(run), sorted(edges)), weights=tuple(seconds), timed=True, demands=demands)


def show_time() -> None:
    rnd = random.Random(7)  # noqa: S311 - the same every time
    for name, varied in (("no sizes", False), ("other sizes each run", True)):
        pasts = {}
        for number in range(1000):
            sizes = [rnd.lognormvariate(15, 1) if varied else 0.0 for _ in range(50)]
            features = [{"bytes": size} if varied else {} for size in sizes]
            walls = [
                Sample((2 + size / 1e6) * rnd.lognormvariate(0, 0.1), run, own, "here")
                for run, (size, own) in enumerate(zip(sizes, features, strict=True))
            ]
            peaks = [
                Sample((1e8 + size) * rnd.lognormvariate(0, 0.02), run, own)
                for run, (size, own) in enumerate(zip(sizes, features, strict=True))
            ]
            pasts[f"step-{number}"] = StepPast(
                walls=walls, peaks=peaks, attempts=50, upcoming={"bytes": 3e6} if varied else {}
            )
        whole = min(timed(lambda pasts=pasts: predict_workflow(pasts, host="here")) for _ in range(3))  # type: ignore[misc]
        past = pasts["step-0"]
        one = min(timed(lambda past=past: alone(past)) for _ in range(5)) / 100  # type: ignore[misc]
        print(
            f"  time, {name}: 1,000 steps of 50 runs {1000 * whole:.0f} ms of CPU; one duration with its "
            f"interval, learned from nothing, {1e6 * one:.0f} us"
        )


def alone(past: StepPast) -> None:
    for _ in range(100):
        learned = learn(past.walls, past.upcoming)
        if learned is not None:
            learned.estimate(past.upcoming, 0.8)


def timed(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    quick = "--quick" in sys.argv[1:]
    show_time()
    named = os.environ.get("WFOPT_DATA")  # noqa: TID251 - a benchmark may ask where its data are
    if not named:
        print("variable `WFOPT_DATA` names no folder of traces: nothing else is measured")
        return
    folder = Path(named)
    every = 4 if quick else 1
    show_errors(folder, every, sys.argv[1:])
    show_larger_inputs(folder)
    show_memory(folder, quick=quick)
    show_makespans(folder)


if __name__ == "__main__":
    main()
