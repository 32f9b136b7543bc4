"""The mean of runs, which is asked only where a run has several values."""

from math import log

import pytest

from tests.support.predictions import plainly, series_of
from wfopt.predictor.base import Origin
from wfopt.predictor.ensemble import score
from wfopt.predictor.models.run_mean import RunMean
from wfopt.predictor.series import Series

TWO_RUNS = Series([log(8.0)] * 50 + [log(2.0)] * 10, [0] * 50 + [1] * 10)


def test_each_run_counts_once() -> None:
    assert RunMean("runs", 100).fit(TWO_RUNS, 60)(0.0) == pytest.approx(log(4.0))
    assert RunMean("newest", 1).fit(TWO_RUNS, 60)(0.0) == pytest.approx(log(2.0))
    assert RunMean("runs", 100).fit(TWO_RUNS, 50)(0.0) == pytest.approx(log(8.0))


@pytest.mark.parametrize("newest", [1, 2, 100])
def test_the_trail_knows_the_past_alone(newest: int) -> None:
    series = Series([0.1 * (number % 7) for number in range(30)], [number // 4 for number in range(30)])
    origins = [Origin(place, place // 4 * 4) for place in range(4, 30)]
    model = RunMean("runs", newest)
    assert model.trail(series, origins) == pytest.approx(plainly(model, series, origins))


def test_it_is_asked_only_where_a_run_has_several_values_and_sizes_tell_nothing() -> None:
    assert {"runs", "runs-5"} <= {model.name for model in score(TWO_RUNS, 24).models}
    sized = Series(TWO_RUNS.logs, TWO_RUNS.runs, [float(number) for number in range(60)])
    for series in (series_of([1.0, 2.0, 3.0]), sized):
        assert not any(isinstance(model, RunMean) for model in score(series, 24).models)
