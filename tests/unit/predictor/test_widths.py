"""Widths of intervals, learned from how earlier ones did."""

import random
from math import exp

import pytest

from tests.support.predictions import samples_of
from wfopt.model.workflow import StepId
from wfopt.predictor.learned import Pool, Prior, learn
from wfopt.predictor.past import StepPast
from wfopt.predictor.predict import predict_step, predict_workflow
from wfopt.predictor.widths import AS_THEY_ARE, LEVEL, Widths, next_width

A = StepId("a")


def test_as_many_inside_as_should_be_change_nothing() -> None:
    assert next_width(0.3, 80, 100) == pytest.approx(0.3)
    assert next_width(0.3, 0, 0) == 0.3


@pytest.mark.parametrize(("inside", "wider"), [(60, True), (100, False)])
def test_too_many_outside_make_wider_and_too_few_narrower(inside: int, *, wider: bool) -> None:
    assert (next_width(0.0, inside, 100) > 0) is wider


def test_one_value_tells_little_and_many_no_more_than_so_much() -> None:
    assert 0 < next_width(0.0, 0, 1) < 0.03
    assert next_width(0.9, 0, 10_000) == 1.0
    width = 0.0
    for _ in range(100):
        width = next_width(width, 500, 500)
    assert width == -1.0


def test_a_run_of_another_kind_makes_the_next_only_so_much_wider() -> None:
    assert next_width(0.0, 0, 10_000) == pytest.approx(0.6)
    assert next_width(0.5, 10_000, 10_000) == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("truth", [0.5, 1.6])
def test_the_width_that_covers_is_found(truth: float) -> None:
    """Values are wider, or narrower, than intervals say by a known factor."""
    rnd = random.Random(11)  # noqa: S311 - the same every time
    end = 1.2815515655446004
    width, inside = 0.0, 0
    for number in range(200):
        values = [truth * rnd.gauss(0, 1) for _ in range(25)]
        found = sum(abs(each) <= end * exp(width) for each in values)
        inside += found if number >= 50 else 0
        width = next_width(width, found, len(values))
    assert inside / (150 * 25) == pytest.approx(LEVEL, abs=0.015)


def test_intervals_are_wider_by_the_factor_around_the_same_value() -> None:
    learned = learn(samples_of([9.0, 10.0, 11.0, 10.0, 12.0, 9.5, 10.5]))
    assert learned is not None
    plain, wide = (learned.estimate({}, 0.8, Prior({}, 0.01, width)) for width in (0.0, 0.5))
    assert plain.expected == wide.expected
    assert wide.low < plain.low < plain.high < wide.high
    pool = Pool(0.5)
    pool.add(learned)
    assert pool.prior_for().width == 0.5


def test_durations_and_memory_have_widths_of_their_own() -> None:
    samples = samples_of([9.0, 10.0, 11.0, 10.0, 12.0, 9.5, 10.5])
    past = StepPast(walls=samples, peaks=samples)
    plain = predict_step(A, past)
    found = predict_workflow({A: past}, widths=Widths(0.3, 0.0)).steps[A]
    assert plain.wall is not None
    assert found.wall is not None
    assert found.wall.high > plain.wall.high
    assert found.memory == plain.memory
    assert predict_workflow({A: past}, widths=AS_THEY_ARE).steps[A] == plain
