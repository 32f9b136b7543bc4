"""Trends of steps and runs: since when, from what to what, and where."""

import math
import time

import pytest

from tests.support.points import point, seeded
from wfopt.metrics.baseline import Metric
from wfopt.metrics.changes import Direction, Trend, find_trends
from wfopt.model.history import Point
from wfopt.model.workflow import StepId

STEADY = [10.0, 10.4, 9.8, 10.1, 9.7, 10.3, 10.2, 9.9]


def series(*levels: tuple[float, int], host: str = "north", start: int = 0) -> list[Point]:
    """Return points at each level for so many runs, with a little noise."""
    seconds = [level for level, count in levels for _ in range(count)]
    return [
        point(start + number, level * STEADY[number % 8] / 10, host=host)
        for number, level in enumerate(seconds)
    ]


def test_a_step_that_got_slower() -> None:
    (trend,) = find_trends(series((10, 40), (13, 16)), step=StepId("build"))
    assert trend == Trend(
        step=StepId("build"),
        metric=Metric.WALL,
        before=pytest.approx(10.05),
        after=pytest.approx(13.065, rel=0.001),
        ratio=pytest.approx(1.3, rel=0.001),
        since_run="run-40",
        at=2400.0,
        direction=Direction.SLOWER,
        host="north",
        points_before=40,
        points_after=16,
    )


def test_every_trend_is_told_against_the_level_before_it() -> None:
    trends = find_trends(series((10, 40), (20, 30), (5, 30)))
    assert [(each.since_run, each.direction) for each in trends] == [
        ("run-40", Direction.SLOWER),
        ("run-70", Direction.FASTER),
    ]
    assert [each.ratio for each in trends] == pytest.approx([2.0, 0.25], rel=0.01)
    assert [each.points_before for each in trends] == [40, 30]
    assert [each.step for each in trends] == [None, None]


def test_hosts_are_series_of_their_own() -> None:
    slow = series((30, 30), host="slow")
    fast = series((10, 30), host="fast", start=30)
    assert find_trends([*slow, *fast]) == ()
    later = series((10, 20), host="slow", start=60)
    assert [(each.host, each.since_run) for each in find_trends([*slow, *fast, *later])] == [
        ("slow", "run-60")
    ]


def test_a_larger_input_is_no_trend() -> None:
    sizes = [1000 * (1 + number % 11) for number in range(40)] + [20_000] * 20
    points = [
        point(number, size / 1000 * STEADY[number % 8], input_bytes=size) for number, size in enumerate(sizes)
    ]
    assert find_trends(points) == ()
    no_sizes = [point(number, each.wall_s) for number, each in enumerate(points)]
    assert [each.since_run for each in find_trends(no_sizes)] == ["run-40"]


def test_after_is_what_the_earlier_input_would_take_now() -> None:
    points = []
    for number in range(70):
        size = 1000 * (1 + number % 11) * (3 if number >= 40 else 1)
        factor = 1.5 if number >= 40 else 1.0
        points.append(point(number, factor * size / 1000 * STEADY[number % 8], input_bytes=size))
    (trend,) = find_trends(points)
    assert trend.since_run == "run-40"
    assert trend.ratio == pytest.approx(1.5, rel=0.05)
    assert trend.after == pytest.approx(trend.before * trend.ratio)


def test_failures_are_left_out_but_time_outs_count() -> None:
    good = series((10, 40))
    quick = [point(40 + each, 0.1, status="failed") for each in range(20)]
    assert find_trends([*good, *quick]) == ()
    stuck = [point(40 + each, 6 * STEADY[each % 8], status="failed", timed_out=True) for each in range(20)]
    assert [each.since_run for each in find_trends([*good, *stuck])] == ["run-40"]


@pytest.mark.parametrize(
    ("step_bytes", "trends"), [(2 << 20, 1), (512 << 10, 0)], ids=["two megabytes", "half a megabyte"]
)
def test_memory_changes_from_a_megabyte_on(step_bytes: int, trends: int) -> None:
    points = [
        point(number, 1.0, peak_memory_bytes=(4 << 20) + number % 5 + (step_bytes if number >= 40 else 0))
        for number in range(60)
    ]
    found = find_trends(points, metric=Metric.MEMORY)
    assert [each.metric for each in found] == [Metric.MEMORY] * trends


def test_a_trend_that_is_gone_again_is_not_told() -> None:
    rnd = seeded(5)
    levels = [0.0] * 40 + [0.5] * 5 + [0.0] * 60
    points = [point(place, 10 * math.exp(level + rnd.gauss(0, 0.1))) for place, level in enumerate(levels)]
    assert find_trends(points[:48])
    assert find_trends(points) == ()


def test_nothing_to_tell() -> None:
    assert find_trends([]) == ()
    assert find_trends([point(0, 0.0)]) == ()
    assert find_trends(series((0.01, 40), (0.02, 40))) == ()


def test_only_the_newest_thousand_points_are_looked_at() -> None:
    assert len(find_trends(series((10, 100), (20, 950)))) == 1
    assert find_trends(series((10, 100), (20, 1000))) == ()


@pytest.mark.slow
def test_a_hundred_thousand_points_take_no_longer_than_a_few_thousand() -> None:
    rnd = seeded(2)
    many = [point(number, 10 * math.exp(rnd.gauss(0, 0.1))) for number in range(100_000)]
    costs = []
    for points in (many[-2000:], many):
        started = time.process_time()
        find_trends(points)
        costs.append(time.process_time() - started)
    assert costs[1] < 5 * costs[0] + 0.05
