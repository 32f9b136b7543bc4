"""Intervals: runs as units, few runs, many runs, and far inputs."""

from math import sqrt

import pytest

from wfopt.predictor.interval import NO_SPREAD, interval, spread_of
from wfopt.predictor.students import t_half_width


def test_values_of_one_run_weigh_as_much_as_one() -> None:
    together = spread_of([0.5] * 40 + [0.0] * 2, [1] * 40 + [2, 3])
    assert together.runs == 3
    assert together.variance == pytest.approx(0.25 / 3)
    apart = spread_of([0.5] * 40 + [0.0] * 2, range(42))
    assert apart.variance > together.variance


def test_forty_values_of_one_run_are_not_forty_runs() -> None:
    luck = [0.01 * (number % 3 - 1) for number in range(40)]
    one = interval(spread_of(luck, [7] * 40), 0.8, runs=2, others=0.04)
    many = interval(spread_of(luck, range(40)), 0.8, runs=40, others=0.04)
    assert one[1] > 5 * many[1]


def test_with_many_runs_either_end_is_a_quantile_of_its_own() -> None:
    low, high = interval(
        spread_of([0.01 * each for each in range(100)], range(100)), 0.8, runs=100, others=None
    )
    assert low == 0.0
    assert high == pytest.approx(0.89, abs=0.02)


def test_without_residuals_other_steps_decide() -> None:
    calm, wild = (interval(NO_SPREAD, 0.8, runs=1, others=others)[1] for others in (0.0001, 0.25))
    assert wild == pytest.approx(50 * calm)
    assert interval(NO_SPREAD, 0.8, runs=1, others=None)[1] == pytest.approx(wild)


def test_a_far_input_widens_the_interval_up_to_a_limit() -> None:
    spread = spread_of([0.01, -0.01] * 3, range(6))
    ends = [interval(spread, 0.8, runs=6, others=0.0001, distance=far)[1] for far in (0.0, 1.0, 3.0, 99.0)]
    assert ends[0] < ends[1] < ends[2] == ends[3]


def test_a_higher_level_is_wider_and_the_extreme_one_goes_beyond_all_that_was_seen() -> None:
    spread = spread_of([0.1, -0.1, 0.2, -0.2, 0.0] * 4, range(20))
    ends = [interval(spread, level, runs=20, others=None)[1] for level in (0.5, 0.8, 0.9, 0.99)]
    assert ends == sorted(ends)
    assert ends[-1] > 0.2


def test_errors_have_heavy_tails_however_many_steps_tell_of_them() -> None:
    spread = spread_of([0.1, -0.1, 0.1, -0.1], range(4))
    high, higher = (interval(spread, level, runs=4, others=0.01)[1] for level in (0.96, 0.98))
    assert higher / high == pytest.approx(t_half_width(0.98, 4) / t_half_width(0.96, 4))
    assert interval(NO_SPREAD, 0.8, runs=1, others=0.01)[1] == pytest.approx(
        t_half_width(0.8, 3) * sqrt(2 * 0.01 * (1 + 1.5))
    )


def test_freaks_are_cut() -> None:
    assert interval(spread_of([1e6] * 50, range(50)), 0.8, runs=50, others=None)[1] < 10
