"""The trends of a step or of whole runs: since when it is slower or faster, and by how much."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import Enum
from itertools import islice

from wfopt.dataclass import dataclass
from wfopt.metrics.baseline import Metric, by_host, measured, residuals
from wfopt.metrics.detector import Change, Rules, find_changes, matters
from wfopt.model.history import Point
from wfopt.model.quantiles import median
from wfopt.model.workflow import StepId

NEWEST = 1000
"""Only so many of the newest points are looked at: more take longer, and have more false alarms."""


class Direction(Enum):
    """Which way a metric went; the value is the word that is printed, for memory too."""

    SLOWER = "slower"
    FASTER = "faster"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """A lasting change of a metric, with other changes before and after it left out.

    Attributes:
        step: which step, or None for whole runs.
        metric: what changed.
        before: the median between the change before this one and this one, in seconds or bytes.
        after: the median until the next change, for inputs of the same size as before.
        ratio: `after` divided by `before`.
        since_run: the first run after the change.
        at: when that run started, seconds since the epoch.
        direction: slower or faster.
        host: the machine.
        points_before: how many points `before` rests on.
        points_after: how many `after` rests on.
    """

    step: StepId | None
    metric: Metric
    before: float
    after: float
    ratio: float
    since_run: str
    at: float
    direction: Direction
    host: str
    points_before: int
    points_after: int


@dataclass(frozen=True, slots=True)
class _Series:
    """Points of one host that tell about a metric, with what they tell; all as long as each other."""

    points: Sequence[Point]
    values: Sequence[float]
    residuals: Sequence[float]


def rules_for(metric: Metric) -> Rules:
    """Return when a change of a metric is worth telling: from 5 % and 20 ms, or 5 % and 1 MiB, on."""
    return Rules(smallest_step=2.0**20) if metric is Metric.MEMORY else Rules()


def find_trends(
    points: Sequence[Point],
    *,
    step: StepId | None = None,
    metric: Metric = Metric.WALL,
    rules: Rules | None = None,
) -> tuple[Trend, ...]:
    """Return the trends in the newest 1,000 usable points, in order of time.

    Each host is a series of its own. A trend that has gone again by now, as what came after it is about what
    was before it, is not returned.

    Args:
        points: the points of one step, or of the runs, the newest last.
        step: which step they are of, or None for runs.
        metric: what to look at.
        rules: what is worth telling; by default 5 % and 20 ms (memory: 1 MiB), and one false alarm in
            1,000 points.
    """
    rules = rules or rules_for(metric)
    usable = (point for point in reversed(points) if measured(point, metric) is not None)
    newest = list(islice(usable, NEWEST))[::-1]
    found: list[Trend] = []
    for group in by_host(newest).values():
        series = _series(group, metric)
        changes = find_changes(series.residuals, series.values, rules=rules)
        told = (_trend(series, bounds, step, metric) for bounds in _stretches(changes, len(group)))
        found += (each for each in told if matters(each.ratio, each.before, rules))
    return tuple(sorted(found, key=lambda each: (each.at, each.host)))


def _series(points: Sequence[Point], metric: Metric) -> _Series:
    values = [measured(point, metric) or 0.0 for point in points]
    sizes = [point.input_bytes for point in points]
    return _Series(points, values, residuals(values, sizes, smallest=metric.smallest))


def _stretches(changes: Sequence[Change], count: int) -> list[tuple[int, int, int]]:
    """Return, for each change, the places of the one before it, of itself and of the next."""
    places = [0, *(each.at for each in changes), count]
    return list(zip(places, places[1:], places[2:], strict=False))


def _trend(series: _Series, bounds: tuple[int, int, int], step: StepId | None, metric: Metric) -> Trend:
    start, at, end = bounds
    shift = median(series.residuals[at:end]) - median(series.residuals[start:at])
    before = max(median(series.values[start:at]), metric.smallest)
    ratio = math.exp(shift)
    first = series.points[at]
    return Trend(
        step=step,
        metric=metric,
        before=before,
        after=before * ratio,
        ratio=ratio,
        since_run=first.run_id,
        at=first.at,
        direction=Direction.SLOWER if ratio > 1 else Direction.FASTER,
        host=first.host,
        points_before=at - start,
        points_after=end - at,
    )
