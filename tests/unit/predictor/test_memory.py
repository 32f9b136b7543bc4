"""Allocations of memory: little waste, few kills."""

import random

import pytest

from tests.support.predictions import samples_of
from wfopt.predictor.base import Sample
from wfopt.predictor.learned import Learned, learn
from wfopt.predictor.memory import after_kill, allocation


def learned_of(values: list[float], sizes: list[float] | None = None, size: float = 0.0) -> Learned:
    found = learn(samples_of(values, sizes or []), {"bytes": size} if sizes else {})
    assert found is not None
    return found


def test_a_steady_step_gets_little_more_than_it_takes() -> None:
    assert 1e9 < allocation(learned_of([1e9] * 20), {}, 5e9) < 1.03e9


def test_a_step_that_grows_with_its_input_gets_what_the_input_needs() -> None:
    sizes = [1e6 * (1 + number % 7) for number in range(21)]
    given = allocation(learned_of([1e8 + 100 * size for size in sizes], sizes, 3e6), {"bytes": 3e6}, 5e9)
    assert 4e8 < given < 4.3e8


def test_a_rare_peak_is_not_given_to_all_if_it_costs_more_than_kills() -> None:
    values = [1e9] * 23 + [40e9]
    random.Random(5).shuffle(values)  # noqa: S311 - the same every time
    assert allocation(learned_of(values), {}, 5e9) < 2e9


def test_but_frequent_peaks_are_given_to_all() -> None:
    assert allocation(learned_of([1e9, 2e9] * 12), {}, 5e9) > 2e9


def test_a_short_past_gets_the_upper_end() -> None:
    assert allocation(learned_of([1e9, 1e9]), {}, 1.7e9) == 1_700_000_000


@pytest.mark.parametrize(
    ("given", "peaks", "then"), [(100, [500.0, 200.0], 505), (100, [50.0], 200), (100, [], 200)]
)
def test_after_a_kill_the_most_ever_seen_or_double(given: int, peaks: list[float], then: int) -> None:
    assert after_kill(given, peaks) == then


def test_a_small_peak_is_given_to_all_as_kills_would_cost_more() -> None:
    values = [1e9] * 10 + [1.05e9] + [1e9] * 10 + [1.05e9] + [1e9] * 3
    assert allocation(learned_of(values), {}, 5e9) >= 1.05e9


def test_what_long_attempts_waste_decides_not_what_many_short_ones_do() -> None:
    rare = [
        Sample(6e9 if number == 12 else 1e9, number, weight=0.01 if number == 12 else 1.0)
        for number in range(24)
    ]
    learned = learn(rare)
    assert learned is not None
    assert allocation(learned, {}, 5e9) < 1.1e9
    heavy = learn([each._replace(weight=50.0) if each.value > 2e9 else each for each in rare])
    assert heavy is not None
    assert allocation(heavy, {}, 5e9) > 6e9
