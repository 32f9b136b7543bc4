"""Every model: what it says of plain pasts, that trails know nothing but the past, and odd input."""

from math import exp, isfinite, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.predictions import noisy, plainly, series_of
from wfopt.predictor.base import Model, Origin
from wfopt.predictor.registry import MODELS
from wfopt.predictor.series import Series

VALUES = st.floats(0.01, 1e6)
SIZES = st.one_of(st.just(0.0), st.floats(1e-3, 1e12))
STALE = {"theil-sen", "power-law"}
each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)


def test_names_are_unique() -> None:
    assert len({model.name for model in MODELS}) == len(MODELS)


@each_model
def test_of_equal_values_all_models_say_that_value(model: Model) -> None:
    series = series_of([7.0] * 12, [5.0] * 12)
    assert exp(model.fit(series, 12)(5.0)) == pytest.approx(7.0)


@each_model
def test_a_single_value_is_enough(model: Model) -> None:
    assert exp(model.fit(series_of([7.0], [5.0]), 1)(5.0)) == pytest.approx(7.0)


@pytest.mark.parametrize("name", ["line", "theil-sen", "lotaru"])
def test_lines_go_on_to_larger_inputs(name: str) -> None:
    model = next(each for each in MODELS if each.name == name)
    sizes = [float(size) for size in range(1, 13)]
    series = series_of([3.0 + 2.0 * size for size in sizes], sizes)
    assert exp(model.fit(series, 12)(100.0)) == pytest.approx(203.0, rel=0.01)


def test_a_power_law_goes_on_as_a_power() -> None:
    model = next(each for each in MODELS if each.name == "power-law")
    sizes = [float(size) for size in range(2, 14)]
    series = series_of([size**1.5 for size in sizes], sizes)
    assert exp(model.fit(series, 12)(100.0)) == pytest.approx(1000.0, rel=1e-6)


@pytest.mark.parametrize("name", ["line", "theil-sen", "power-law"])
def test_one_known_size_means_in_proportion(name: str) -> None:
    model = next(each for each in MODELS if each.name == name)
    assert exp(model.fit(series_of([7.0], [50.0]), 1)(100.0)) == pytest.approx(14.0)


@pytest.mark.parametrize("name", ["line", "theil-sen"])
def test_a_falling_line_stays_above_zero(name: str) -> None:
    model = next(each for each in MODELS if each.name == name)
    sizes = [float(size) for size in range(1, 13)]
    series = series_of([26.0 - 2.0 * size for size in sizes], sizes)
    assert exp(model.fit(series, 12)(1000.0)) == pytest.approx(0.02)


def test_lotaru_says_the_median_where_sizes_do_not_matter() -> None:
    model = next(each for each in MODELS if each.name == "lotaru")
    series = series_of([5.0, 9.0, 5.0, 9.0, 7.0], [1.0, 2.0, 3.0, 4.0, 1.5])
    assert exp(model.fit(series, 5)(100.0)) == pytest.approx(7.0)


def test_neighbors_ask_the_most_similar_and_of_equals_the_newest() -> None:
    model = next(each for each in MODELS if each.name == "nearest-3")
    series = series_of([1.0, 2.0, 3.0, 4.0, 50.0], [10.0, 10.0, 10.0, 10.0, 9000.0])
    assert exp(model.fit(series, 5)(10.0)) == pytest.approx(3.0)
    assert exp(model.fit(series, 5)(1e6)) == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("name", "expected"), [("last", 6.0), ("median-5", 4.0), ("median-11", 12**0.5), ("median", 12**0.5)]
)
def test_levels_look_back_as_far_as_they_say(name: str, expected: float) -> None:
    model = next(each for each in MODELS if each.name == name)
    series = series_of([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    assert exp(model.fit(series, 6)(0.0)) == pytest.approx(expected)


def test_the_moving_average_follows_a_new_level() -> None:
    model = next(each for each in MODELS if each.name == "ewma")
    assert 18.0 < exp(model.fit(series_of([10.0] * 10 + [20.0] * 9), 19)(0.0)) < 20.0


def test_the_upper_quantile_is_above_the_median() -> None:
    model = next(each for each in MODELS if each.name == "quantile-75")
    assert exp(model.fit(series_of([1.0, 2.0, 3.0, 4.0, 5.0]), 5)(0.0)) == pytest.approx(4.0)


@pytest.mark.slow
@each_model
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_trail_knows_nothing_but_the_past(model: Model, data: st.DataObject) -> None:
    count = data.draw(st.integers(2, 40))
    series = series_of(
        data.draw(st.lists(VALUES, min_size=count, max_size=count)),
        data.draw(st.lists(SIZES, min_size=count, max_size=count)),
    )
    first = data.draw(st.integers(1, count - 1))
    lag = data.draw(st.integers(0, 2))
    origins = [Origin(place, max(1, place - lag)) for place in range(first, count)]
    if model.name in STALE:
        origins = origins[:1]
    said = model.trail(series, origins)
    assert said == pytest.approx(plainly(model, series, origins), rel=1e-6, abs=1e-6)
    assert all(isfinite(each) for each in said)


@pytest.mark.parametrize("name", sorted(STALE))
def test_costly_lines_are_fitted_again_now_and_then_and_never_to_the_future(name: str) -> None:
    model = next(each for each in MODELS if each.name == name)
    sizes = [float(size) for size in range(1, 41)]
    values = [3.0 + size for size in sizes]
    origins = [Origin(place, place) for place in range(10, 40)]
    changed = Series([log(each) for each in [*values[:39], 1e6]], range(40), sizes)
    assert model.trail(changed, origins)[:-1] == model.trail(series_of(values, sizes), origins)[:-1]
    assert len(set(model.trail(changed, origins))) == 30


@each_model
def test_without_origins_nothing_is_said(model: Model) -> None:
    assert model.trail(series_of(noisy(3), [1.0, 2.0, 3.0]), []) == []


def test_only_the_newest_values_are_searched_for_neighbors() -> None:
    model = next(each for each in MODELS if each.name == "nearest-3")
    series = series_of([1.0] * 40 + [2.0] * 70, [5.0] * 110)
    origins = [Origin(place, place) for place in (41, 80, 108, 109)]
    assert model.trail(series, origins) == pytest.approx(plainly(model, series, origins))


def test_origins_that_knew_less_than_those_before_them_are_predicted_from_their_own_past() -> None:
    values = noisy(30)
    origins = [Origin(20, 20), Origin(21, 12), Origin(25, 25)]
    for model in MODELS:
        if model.name not in STALE:
            series = series_of(values, [1.0 + number % 7 for number in range(30)])
            assert model.trail(series, origins) == pytest.approx(plainly(model, series, origins)), model.name
