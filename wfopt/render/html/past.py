"""The runs before, as a page shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wfopt.dataclass import dataclass, field
from wfopt.model.history import Point
from wfopt.model.quantiles import median
from wfopt.model.workflow import StepId
from wfopt.render.harmless import harmless
from wfopt.render.html.data import Document, number

MOST_RUNS = 1000
"""So many of the newest runs are drawn."""

MOST_STEPS = 12
"""So many of the slowest steps are drawn."""

_STEP_POINTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendMark:
    """Something that changed for good, and the first run in which it had.

    Attributes:
        step: which step, or None for the run as a whole.
        metric: what changed, such as `wall_s`, `peak_memory_bytes` or `hit_rate`.
        before: its level before, in the unit that the end of its name says (seconds, bytes, else a fraction).
        after: its level since.
        since_run: the id of that run.
    """

    step: StepId | None
    metric: str
    before: float
    after: float
    since_run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageHistory:
    """What a page shows of the past.

    Attributes:
        runs: finished runs, the newest last.
        hit_rates: for runs by their ids, hits among the steps that can be cached, as a fraction.
        steps: for each step, attempts that ran to their end, the newest last; the page picks the slowest.
        trends: what changed for good.
    """

    runs: Sequence[Point] = ()
    hit_rates: Mapping[str, float] = field(default_factory=dict)
    steps: Mapping[StepId, Sequence[Point]] = field(default_factory=dict)
    trends: Sequence[TrendMark] = ()


def past_data(history: PageHistory) -> Document:
    """Return the data of the charts of history: the newest runs, and the slowest steps by their medians."""
    runs = history.runs[-MOST_RUNS:]
    typical = {
        name: median(point.wall_s for point in points) for name, points in history.steps.items() if points
    }
    slowest = sorted(typical, key=lambda name: -typical[name])[:MOST_STEPS]
    return {
        "total": len(history.runs),
        "runs": {
            **_points_data(runs),
            "hitRate": [number(history.hit_rates.get(point.run_id)) for point in runs],
            "host": [harmless(point.host) for point in runs],
        },
        "steps": [
            {
                "name": harmless(name),
                "typical": number(typical[name]),
                **_points_data(history.steps[name][-_STEP_POINTS:]),
            }
            for name in slowest
        ],
        "stepCount": len(typical),
        "trends": [
            {
                "step": None if mark.step is None else harmless(mark.step),
                "metric": harmless(mark.metric),
                "before": number(mark.before),
                "after": number(mark.after),
                "since": harmless(mark.since_run),
            }
            for mark in history.trends
        ],
    }


def _points_data(points: Sequence[Point]) -> Document:
    return {
        "id": [harmless(point.run_id) for point in points],
        "at": [number(point.at, 0) for point in points],
        "status": [point.status for point in points],
        "wall": [number(point.wall_s) for point in points],
    }
