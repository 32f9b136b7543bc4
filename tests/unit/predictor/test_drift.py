"""Corrections of answers that have been off lately."""

import random
from math import log

import pytest

from wfopt.predictor.drift import drift_of, overhead_of


def test_without_errors_nothing_is_corrected() -> None:
    assert drift_of([]) == 0.0
    assert drift_of([0.0] * 9) == 0.0


def test_one_error_alone_shows_no_direction() -> None:
    assert drift_of([0.3]) == 0.0


def test_what_is_off_in_every_run_is_corrected_nearly_wholly() -> None:
    assert drift_of([0.1] * 12) == pytest.approx(0.08, abs=0.002)
    assert drift_of([-0.1] * 12) == pytest.approx(-0.08, abs=0.002)


def test_a_change_is_followed_after_two_runs() -> None:
    calm = [0.01, -0.01] * 6
    assert drift_of([*calm, 0.3]) == 0.0
    assert drift_of([*calm, 0.3, 0.3]) == pytest.approx(0.18, abs=0.01)


def test_luck_is_hardly_corrected() -> None:
    rnd = random.Random(3)  # noqa: S311 - the same every time
    off, plain = 0.0, 0.0
    errors: list[float] = []
    for _ in range(300):
        luck = rnd.gauss(0, 0.2)
        off += abs(luck - drift_of(errors))
        plain += abs(luck)
        errors = [*errors, luck][-20:]
    assert off < 1.08 * plain


def test_a_freak_counts_as_off_by_double() -> None:
    assert drift_of([0.2, 0.2, 50.0]) == drift_of([0.2, 0.2, log(2.0)])
    assert drift_of([0.2, 0.2, -50.0]) == drift_of([0.2, 0.2, -log(2.0)])


def test_few_runs_tell_little_of_the_overhead() -> None:
    assert overhead_of([]) == 0.0
    assert overhead_of([0.3]) == pytest.approx(0.2)
    assert overhead_of([0.3] * 7) == pytest.approx(0.28)
