"""What runs have in common: how they ended, how long they took, what cache and machine did for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise

from wfopt.dataclass import dataclass, replace
from wfopt.metrics.base import History
from wfopt.model.history import Ending, PastRun, Point, Scope, StepTotals
from wfopt.model.quantiles import mean, median, quantile, stddev

_MOST_PARTS = 5
_FEWEST_IN_PART = 5

RECENT = 1000
"""What only whole runs tell (the cache, the machine, predictions) is summed up over so many of the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    """How long successful runs took, in seconds; None if there are too few."""

    p50: float | None
    p90: float | None
    mean: float | None
    stddev: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheFigures:
    """What the cache did.

    Attributes:
        hits: steps that did not run because of it.
        misses: steps that can be cached and ran.
        saved_s: how long the hits had run when their results were made.
        restored_bytes: how much came back.
    """

    hits: int = 0
    misses: int = 0
    saved_s: float = 0.0
    restored_bytes: int = 0

    @property
    def hit_rate(self) -> float | None:
        """Hits among hits and misses, or None without any."""
        return share(self.hits, self.hits + self.misses)


@dataclass(frozen=True, slots=True, kw_only=True)
class Utilization:
    """How much of the machine was used, as fractions; None if that is not known.

    Attributes:
        cpu: cpu seconds against cpus times wall seconds.
        cpu_reserved: cpu seconds against what the steps asked for.
        memory: the peak of the largest step against the memory capacity, on average over the runs.
        memory_reserved: peaks against what steps asked for, of the steps that asked for memory.
    """

    cpu: float | None
    cpu_reserved: float | None
    memory: float | None
    memory_reserved: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """How well runs were predicted.

    Attributes:
        runs: successful runs with a prediction.
        median_ape: the median of |predicted - real| / real, or None without such runs.
        coverage: the share of them inside the interval, or None.
        over_time: the same of parts of about the same size, the oldest first; empty if there are too few.
    """

    runs: int
    median_ape: float | None
    coverage: float | None
    over_time: tuple[Accuracy, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFigures:
    """One step among the others.

    Attributes:
        totals: what became of it.
        critical_share: its seconds on the critical path among those of all steps, or None if there are none.
    """

    totals: StepTotals
    critical_share: float | None

    @property
    def mean_s(self) -> float | None:
        """Seconds of an attempt that really ran, on average."""
        return share(self.totals.wall_s, self.totals.attempts)

    @property
    def failure_rate(self) -> float | None:
        """The share of the runs in which it ran that it failed in."""
        return share(self.totals.failed, self._ran)

    @property
    def flaky_rate(self) -> float | None:
        """The share of the runs in which it ran that it needed another attempt to succeed in."""
        return share(self.totals.flaky, self._ran)

    @property
    def reuse_rate(self) -> float | None:
        """The share of the runs that wanted it in which it did not have to run."""
        return share(self.totals.cached, self.totals.cached + self._ran)

    @property
    def _ran(self) -> int:
        return self.totals.succeeded + self.totals.failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What runs have in common.

    Attributes:
        runs: how many runs there are.
        endings: how many ended in which way.
        wall: how long the successful ones took.
        first_at: when the first one started, seconds since the epoch, or None.
        last_at: the same of the last one.
        hosts: how many runs each host had, the most first.
        detailed: how many of the newest runs the figures below are about.
        cache: what the cache did.
        utilization: how much of the machine was used.
        accuracy: how well they were predicted.
        alerts: warnings about the machine or a step, by the name of the rule.
        steps: all steps, those with the most seconds on the critical path first.
    """

    runs: int
    endings: Mapping[Ending, int]
    wall: Wall
    first_at: float | None
    last_at: float | None
    hosts: Mapping[str, int]
    detailed: int
    cache: CacheFigures
    utilization: Utilization
    accuracy: Accuracy
    alerts: Mapping[str, int]
    steps: tuple[StepFigures, ...]

    @property
    def success_rate(self) -> float | None:
        """Successes among successes and failures; what was cancelled or never ended tells nothing."""
        good = self.endings[Ending.SUCCEEDED]
        return share(good, good + self.endings[Ending.FAILED])


def overview(points: Sequence[Point], recent: Sequence[PastRun], totals: Sequence[StepTotals]) -> Overview:
    """Return what runs have in common.

    Args:
        points: all of them, the newest last.
        recent: the newest of them.
        totals: what became of their steps.
    """
    endings = Counter(point.status for point in points)
    hosts = Counter(point.host for point in points)
    return Overview(
        runs=len(points),
        endings={ending: endings[ending.value] for ending in Ending},
        wall=wall_of([point.wall_s for point in points if point.status == Ending.SUCCEEDED.value]),
        first_at=points[0].at if points else None,
        last_at=points[-1].at if points else None,
        hosts=dict(hosts.most_common()),
        detailed=len(recent),
        cache=cache_of(recent),
        utilization=utilization_of(recent),
        accuracy=accuracy_of(recent),
        alerts=dict(Counter(alert.rule for run in recent for alert in run.alerts).most_common()),
        steps=ranked(totals),
    )


def recent_runs(history: History, scope: Scope, limit: int = RECENT) -> Sequence[PastRun]:
    """Return the newest runs in a scope, the newest last.

    Raises:
        HistoryError: the history cannot be read.
    """
    return history.runs(replace(scope, limit=min(limit, scope.limit or limit)))


def wall_of(seconds: Sequence[float]) -> Wall:
    """Return the middle, the upper end and the spread of durations."""
    if not seconds:
        return Wall(p50=None, p90=None, mean=None, stddev=None)
    ordered = sorted(seconds)
    return Wall(
        p50=quantile(ordered, 0.5),
        p90=quantile(ordered, 0.9),
        mean=mean(ordered),
        stddev=stddev(ordered) if len(ordered) > 1 else None,
    )


def cache_of(runs: Iterable[PastRun]) -> CacheFigures:
    """Return what the cache did for runs."""
    hits = misses = restored = 0
    saved = 0.0
    for run in runs:
        hits += run.hits
        misses += run.misses
        saved += run.saved_s
        restored += run.restored_bytes
    return CacheFigures(hits=hits, misses=misses, saved_s=saved, restored_bytes=restored)


def utilization_of(runs: Sequence[PastRun]) -> Utilization:
    """Return how much of the machine runs have used; runs in which nothing ran do not count."""
    ran = [run for run in runs if run.cpu_s > 0]
    peaks = [
        run.peak_memory_bytes / run.memory_bytes
        for run in ran
        if run.memory_bytes and run.peak_memory_bytes is not None
    ]
    reserving = [run for run in ran if run.reserved_cpu_s > 0]
    return Utilization(
        cpu=_ratio(ran, lambda run: run.cpu_s, lambda run: run.cpus * run.wall_s),
        cpu_reserved=_ratio(reserving, lambda run: run.cpu_s, lambda run: run.reserved_cpu_s),
        memory=mean(peaks) if peaks else None,
        memory_reserved=_ratio(
            ran, lambda run: run.used_memory_byte_s, lambda run: run.reserved_memory_byte_s
        ),
    )


def accuracy_of(runs: Iterable[PastRun]) -> Accuracy:
    """Return how well runs, the newest last, were predicted; only those that succeeded tell it."""
    scores: list[tuple[float, bool]] = []
    for run in runs:
        if run.foreseen is None or run.ending is not Ending.SUCCEEDED or run.wall_s <= 0:
            continue
        error = abs(run.foreseen.expected_s - run.wall_s) / run.wall_s
        scores.append((error, run.foreseen.low_s <= run.wall_s <= run.foreseen.high_s))
    parts = min(_MOST_PARTS, len(scores) // _FEWEST_IN_PART)
    edges = [place * len(scores) // parts for place in range(parts + 1)] if parts > 1 else []
    over_time = tuple(_accuracy(scores[start:end]) for start, end in pairwise(edges))
    return replace(_accuracy(scores), over_time=over_time)


def _accuracy(scores: Sequence[tuple[float, bool]]) -> Accuracy:
    return Accuracy(
        runs=len(scores),
        median_ape=median([error for error, _ in scores]) if scores else None,
        coverage=share(sum(inside for _, inside in scores), len(scores)),
    )


def ranked(totals: Iterable[StepTotals]) -> tuple[StepFigures, ...]:
    """Return steps with their share of the critical path, the largest first; then the slowest first."""
    listed = sorted(totals, key=lambda each: (-each.critical_s, -each.wall_s))
    total = sum(each.critical_s for each in listed)
    return tuple(StepFigures(totals=each, critical_share=share(each.critical_s, total)) for each in listed)


def share(part: float, whole: float) -> float | None:
    """Return a part of a whole as a fraction, or None if there is no whole."""
    return part / whole if whole > 0 else None


def _ratio(
    runs: Iterable[PastRun], part: Callable[[PastRun], float], whole: Callable[[PastRun], float]
) -> float | None:
    pairs = [(part(run), whole(run)) for run in runs]
    return share(sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs))
