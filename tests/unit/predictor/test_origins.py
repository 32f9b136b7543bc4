"""Which past values are predicted again."""

from wfopt.predictor.base import Origin
from wfopt.predictor.origins import origins_of
from wfopt.predictor.series import Series


def test_with_one_value_a_run_the_newest_are_taken() -> None:
    assert origins_of(Series([0.0] * 5, range(5)), 2) == [Origin(3, 3), Origin(4, 4)]
    assert origins_of(Series([0.0] * 3, range(3)), 9) == [Origin(1, 1), Origin(2, 2)]


def test_without_a_past_nothing_is_taken() -> None:
    assert origins_of(Series([], []), 5) == []
    assert origins_of(Series([0.0], [1]), 5) == []
    assert origins_of(Series([0.0] * 4, [1] * 4), 5) == []


def test_values_of_a_run_are_predicted_from_the_runs_before_it() -> None:
    found = origins_of(Series([0.0] * 6, [1, 1, 4, 4, 9, 9]), 10)
    assert found == [Origin(2, 2), Origin(3, 2), Origin(4, 4), Origin(5, 4)]


def test_of_large_runs_a_few_spread_values_are_taken() -> None:
    found = origins_of(Series([0.0] * 30, [1] * 10 + [2] * 10 + [3] * 10), 4)
    assert found == [Origin(10, 10), Origin(15, 10), Origin(20, 20), Origin(25, 20)]


def test_what_was_not_known_yet_and_bounds_are_heeded() -> None:
    series = Series([0.0] * 5, range(5), known=[0, 0, 1, 2, 4], bounds=frozenset({3}))
    assert origins_of(series, 9) == [Origin(2, 1), Origin(4, 4)]
