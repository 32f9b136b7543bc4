"""How much longer the same takes elsewhere."""

import pytest

from wfopt.predictor.base import Sample
from wfopt.predictor.speeds import speeds_for


def on(host: str, *values: float) -> list[Sample]:
    return [Sample(value, run, host=host) for run, value in enumerate(values)]


def test_the_median_over_steps_counts() -> None:
    pasts = [
        [*on("old", 4.0, 4.0), *on("new", 2.0)],
        [*on("old", 9.0), *on("new", 3.0)],
        [*on("old", 8.0), *on("new", 4.0)],
    ]
    assert speeds_for("new", pasts) == {"old": pytest.approx(0.5)}


def test_hosts_without_a_common_step_are_left_out() -> None:
    assert speeds_for("new", [on("old", 1.0), on("new", 2.0)]) == {}


def test_bounds_and_senseless_values_do_not_count() -> None:
    past = [
        *on("old", 4.0, -1.0, 0.0, float("nan")),
        Sample(1e6, 9, host="old", censored=True),
        *on("new", 2.0),
    ]
    assert speeds_for("new", [past]) == {"old": pytest.approx(0.5)}
