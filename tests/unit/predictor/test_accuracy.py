"""Scores of predictions, and the past played again."""

from math import nan

import pytest

from tests.support.predictions import noisy, samples_of
from wfopt.model.estimates import Estimate
from wfopt.model.workflow import StepId
from wfopt.predictor.accuracy import ENSEMBLE, Score, accuracy_of, backtest, score_of

A, B = StepId("a"), StepId("b")
GUESS = Estimate(expected=10.0, low=8.0, high=13.0)


@pytest.mark.parametrize(
    ("real", "ape", "inside"), [(10.0, 0.0, True), (8.0, 0.25, True), (20.0, 0.5, False), (5.0, 1.0, False)]
)
def test_a_prediction_is_scored(real: float, ape: float, inside: bool) -> None:
    assert score_of(GUESS, real) == Score(pytest.approx(ape), inside)


@pytest.mark.parametrize("real", [0.0, -1.0, nan])
def test_what_cannot_be_compared_has_no_score(real: float) -> None:
    assert score_of(GUESS, real) is None


def test_scores_are_summed_up() -> None:
    found = accuracy_of([Score(0.1, True), Score(0.3, False), Score(0.2, None)])
    assert found is not None
    assert (found.count, found.median_ape, found.p90_ape, found.coverage) == (3, 0.2, 0.3, 0.5)
    assert accuracy_of([]) is None
    bare = accuracy_of([Score(0.1, None)])
    assert bare is not None
    assert bare.coverage is None


def test_the_past_is_played_again_step_by_step_and_model_by_model() -> None:
    found = backtest({A: samples_of(noisy(60)), B: samples_of([5.0] * 10), StepId("new"): []}, newest=40)
    assert list(found.steps) == [A, B]
    assert found.steps[A].count == 40
    assert 0.03 < found.steps[A].median_ape < 0.12
    assert found.steps[B].median_ape == pytest.approx(0.0, abs=1e-9)
    assert found.overall == found.models[ENSEMBLE]
    assert found.models["last"].median_ape > found.models["median"].median_ape
    coverage = found.steps[A].coverage
    assert coverage is not None
    assert 0.6 < coverage <= 1.0


def test_the_future_does_not_change_how_the_past_is_judged() -> None:
    values = noisy(30)
    before = backtest({A: samples_of(values)}, newest=29).steps[A]
    after = backtest({A: samples_of([*values, 1e6])}, newest=30).steps[A]
    assert after.count == before.count + 1
    assert after.median_ape == pytest.approx(before.median_ape, rel=0.2)


def test_sizes_keep_the_order_of_time() -> None:
    sizes = [float(size) for size in range(1, 31)]
    found = backtest({A: samples_of([2 * size for size in sizes], sizes)})
    assert found.models["line"].median_ape < 0.01
    assert found.models["median"].median_ape > 0.3


def test_nothing_to_play_is_nothing() -> None:
    found = backtest({A: samples_of([5.0]), B: []})
    assert (found.steps, found.models, found.overall) == ({}, {}, None)
