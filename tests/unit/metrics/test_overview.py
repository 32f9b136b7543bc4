"""What runs have in common."""

from dataclasses import replace

import pytest

from tests.support.history import STARTED_AT, FakeHistory, not_started, past_attempt, past_run, stories, story
from tests.support.told_history import SOUTH, told_stories
from wfopt.metrics.overview import (
    CacheFigures,
    accuracy_of,
    cache_of,
    overview,
    ranked,
    recent_runs,
    share,
    utilization_of,
    wall_of,
)
from wfopt.model.history import Alert, Ending, Foreseen, PastRun, Scope
from wfopt.model.outcome import StepStatus


def test_nothing_at_all() -> None:
    found = overview((), (), ())
    assert (found.runs, found.success_rate, found.first_at, found.last_at) == (0, None, None, None)
    assert (found.wall.p50, found.wall.stddev, found.cache.hit_rate) == (None, None, None)
    assert (found.utilization.cpu, found.utilization.memory) == (None, None)
    assert (found.accuracy.runs, found.accuracy.median_ape, found.accuracy.coverage) == (0, None, None)
    assert found.endings == dict.fromkeys(Ending, 0)


def test_endings_and_hosts() -> None:
    alert = Alert(at=1.0, rule="memory", severity="warning", message="x")
    runs = [
        past_run("a", ending=Ending.SUCCEEDED, started_at=1.0),
        past_run("b", ending=Ending.FAILED, host=SOUTH),
        past_run("c", ending=Ending.CANCELLED, host=SOUTH),
        past_run("d", ending=Ending.UNFINISHED),
        past_run("e", ending=Ending.SUCCEEDED, host=SOUTH, started_at=9.0),
        past_run("f", ending=Ending.SUCCEEDED, alerts=(alert, alert)),
    ]
    history = FakeHistory(story(run) for run in runs)
    found = overview(history.run_points(Scope()), runs, ())
    assert [found.endings[ending] for ending in Ending] == [3, 1, 1, 1]
    assert found.success_rate == pytest.approx(0.75)
    assert found.hosts == {"north": 3, "south": 3}
    assert found.alerts == {"memory": 2}
    assert (found.first_at, found.last_at) == (1.0, STARTED_AT)


def test_only_successes_have_a_duration() -> None:
    runs = [past_run(f"r{wall}", wall_s=wall) for wall in (1.0, 2.0, 3.0, 4.0)]
    runs.append(past_run("bad", wall_s=100.0, ending=Ending.FAILED))
    history = FakeHistory(story(run) for run in runs)
    wall = overview(history.run_points(Scope()), runs, ()).wall
    assert (wall.p50, wall.p90, wall.mean) == pytest.approx((2.5, 3.7, 2.5))
    assert wall.stddev == pytest.approx(1.29099, rel=1e-4)


def test_one_duration_has_no_deviation() -> None:
    wall = wall_of([3.0])
    assert (wall.p50, wall.p90, wall.mean, wall.stddev) == (3.0, 3.0, 3.0, None)


def test_the_cache() -> None:
    runs = [
        past_run("a", hits=3, misses=1, saved_s=5.0, restored_bytes=10),
        past_run("b", hits=0, misses=4, saved_s=0.0),
    ]
    assert cache_of(runs) == CacheFigures(hits=3, misses=5, saved_s=5.0, restored_bytes=10)
    assert cache_of(runs).hit_rate == pytest.approx(3 / 8)


def test_utilization_weighs_runs_by_their_length() -> None:
    runs = [
        past_run("a", cpus=4.0, wall_s=10.0, cpu_s=20.0, reserved_cpu_s=25.0),
        past_run("b", cpus=4.0, wall_s=30.0, cpu_s=10.0, reserved_cpu_s=35.0),
    ]
    used = utilization_of(runs)
    assert used.cpu == pytest.approx(30 / 160)
    assert used.cpu_reserved == pytest.approx(30 / 60)
    assert (used.memory, used.memory_reserved) == (None, None)


def test_memory_against_capacity_and_against_requests() -> None:
    base = past_run(memory_bytes=100, peak_memory_bytes=None)
    runs = [
        replace(base, peak_memory_bytes=50, used_memory_byte_s=30.0, reserved_memory_byte_s=90.0),
        replace(base, peak_memory_bytes=10, used_memory_byte_s=30.0, reserved_memory_byte_s=10.0),
        base,
    ]
    used = utilization_of(runs)
    assert used.memory == pytest.approx(0.3)
    assert used.memory_reserved == pytest.approx(0.6)


def test_runs_in_which_nothing_ran_use_nothing() -> None:
    assert utilization_of([past_run("a", cpu_s=0.0)]).cpu is None


def test_accuracy_looks_at_predicted_successes() -> None:
    def run(wall: float, ending: Ending = Ending.SUCCEEDED) -> PastRun:
        foreseen = Foreseen(expected_s=10.0, low_s=8.0, high_s=12.0)
        return past_run(f"r{wall}{ending}", wall_s=wall, ending=ending, foreseen=foreseen)

    found = accuracy_of([run(10.0), run(12.5), run(20.0), run(1.0, Ending.FAILED), past_run("x"), run(0.0)])
    assert (found.runs, found.median_ape) == (3, pytest.approx(0.2))
    assert found.coverage == pytest.approx(1 / 3)


def test_accuracy_over_time_needs_some_runs_in_each_part() -> None:
    def runs(walls: list[float]) -> list[PastRun]:
        foreseen = Foreseen(expected_s=10.0, low_s=8.0, high_s=12.5)
        return [past_run(f"r{place}", wall_s=wall, foreseen=foreseen) for place, wall in enumerate(walls)]

    assert accuracy_of(runs([20.0] * 9)).over_time == ()
    found = accuracy_of(runs([20.0] * 5 + [12.5] * 5)).over_time
    assert [(part.runs, part.median_ape, part.coverage) for part in found] == [
        (5, pytest.approx(0.5), 0.0),
        (5, pytest.approx(0.2), 1.0),
    ]
    assert len(accuracy_of(runs([10.0] * 100)).over_time) == 5


def test_steps_are_ranked_by_their_time_on_the_critical_path() -> None:
    runs = [
        story(
            past_run(f"r{number}"),
            [
                past_attempt("quick", 1.0),
                past_attempt("slow", 5.0),
                past_attempt("path", 3.0, critical=True),
                past_attempt("short", 1.0, critical=True),
            ],
        )
        for number in range(2)
    ]
    found = ranked(FakeHistory(runs).step_totals(Scope()))
    assert [each.totals.step for each in found] == ["path", "short", "slow", "quick"]
    assert [each.critical_share for each in found] == [0.75, 0.25, 0.0, 0.0]


def test_rates_of_a_step() -> None:
    failure = past_attempt("a", 1.0, status=StepStatus.FAILED)
    runs = [
        story("r1", [past_attempt("a", 3.0)]),
        story("r2", [failure]),
        story("r3", [failure, past_attempt("a", 1.0, attempt=2)]),
        story("r4", [not_started("a")]),
        story("r5", [not_started("a", StepStatus.SKIPPED)]),
    ]
    (found,) = ranked(FakeHistory(runs).step_totals(Scope()))
    assert found.mean_s == pytest.approx(6.0 / 4)
    assert found.failure_rate == pytest.approx(1 / 3)
    assert found.flaky_rate == pytest.approx(1 / 3)
    assert found.reuse_rate == pytest.approx(1 / 4)
    assert found.critical_share is None


def test_a_step_that_never_ran_has_no_rates() -> None:
    (found,) = ranked(FakeHistory([story("r", [not_started("a", StepStatus.SKIPPED)])]).step_totals(Scope()))
    assert (found.mean_s, found.failure_rate, found.flaky_rate, found.reuse_rate) == (None,) * 4


def test_recent_runs_are_the_newest_in_the_scope() -> None:
    history = FakeHistory(stories(10))
    assert [run.run_id for run in recent_runs(history, Scope(), 2)] == ["run-0008", "run-0009"]
    assert [run.run_id for run in recent_runs(history, Scope(limit=1), 2)] == ["run-0009"]
    assert len(recent_runs(FakeHistory(told_stories()), Scope())) == 40


def test_a_share_of_nothing_is_not_known() -> None:
    assert (share(1, 4), share(0, 0)) == (0.25, None)
