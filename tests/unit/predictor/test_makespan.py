"""Makespans: one schedule of the expected durations, and intervals from earlier runs."""

from collections.abc import Sequence
from math import inf, log, nan

import pytest

from wfopt.model.estimates import Basis, Estimate
from wfopt.predictor.makespan import criticality, makespan


def about(expected: float, factor: float = 1.2, basis: Basis = Basis.MEASURED) -> Estimate:
    return Estimate(expected=expected, low=expected / factor, high=expected * factor, basis=basis)


def test_the_expected_value_is_one_schedule() -> None:
    found = makespan([about(3.0), about(4.0)], sum, level=0.8)
    assert found.expected == pytest.approx(7.0)
    assert found.low < 7.0 < found.high
    assert (found.basis, found.samples) == (Basis.MEASURED, 0)


def test_the_noise_of_steps_shows_in_the_interval_only_until_runs_tell_better() -> None:
    wide = makespan([about(3.0, 5.0)], sum, level=0.8)
    narrow = makespan([about(3.0, 1.1)], sum, level=0.8)
    assert wide.high / wide.low > narrow.high / narrow.low
    known = makespan([about(3.0, 5.0)], sum, level=0.8, errors=[0.01, -0.01] * 20)
    assert known.high / known.low < 1.05
    assert known.samples == 40


def test_earlier_errors_decide_on_the_interval() -> None:
    late = makespan([about(10.0, 1.01)], sum, level=0.8, errors=[log(1.5), log(1.1)] * 10)
    assert late.low == pytest.approx(10.0, rel=0.1)
    assert late.high > 14.0


def test_errors_that_are_no_numbers_do_not_count() -> None:
    assert makespan([about(3.0)], sum, level=0.8, errors=[nan, inf]) == makespan([about(3.0)], sum, level=0.8)


def test_what_is_known_to_be_off_is_corrected() -> None:
    plain, late = (makespan([about(10.0)], sum, level=0.8, correction=each) for each in (0.0, log(1.2)))
    assert late.expected == pytest.approx(12.0)
    assert late.low == pytest.approx(plain.low * 1.2)
    assert late.high == pytest.approx(plain.high * 1.2)


def test_nothing_to_do_takes_no_time() -> None:
    found = makespan([about(0.0)], sum, level=0.8)
    assert (found.expected, found.low, found.high) == (0.0, 0.0, 0.0)
    assert makespan([], sum, level=0.8).expected == 0.0


def test_the_weakest_basis_is_told() -> None:
    steps = [about(1.0), about(2.0, basis=Basis.BORROWED), about(3.0, basis=Basis.HINT)]
    assert makespan(steps, sum, level=0.8).basis is Basis.BORROWED


def test_draws_are_always_the_same() -> None:
    steps = [about(1.0, 3.0), about(2.0, 3.0)]
    assert makespan(steps, max, level=0.9) == makespan(steps, max, level=0.9)
    assert makespan(steps, max, level=0.9, draws=0).expected == 2.0


def test_each_step_has_a_probability_to_be_on_the_longest_chain() -> None:
    def longest(seconds: Sequence[float]) -> list[int]:
        return [max(range(2), key=lambda place: seconds[place]), 2]

    shares = criticality([about(10.0, 1.5), about(9.5, 1.5), about(1.0)], longest, draws=200)
    assert shares[2] == 1.0
    assert shares[0] + shares[1] == pytest.approx(1.0)
    assert 0.5 < shares[0] < 0.75
    assert criticality([about(10.0, 1.01), about(5.0, 1.01), about(1.0)], longest) == [1.0, 0.0, 1.0]
