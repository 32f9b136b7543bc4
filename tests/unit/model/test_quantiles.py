"""Medians, quantiles and spreads, against known values and against the standard library."""

import statistics
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfopt.model.quantiles import mad_sd, mean, median, quantile, stddev

FINITE = st.floats(min_value=-1e6, max_value=1e6)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([7.0], 0.9, 7.0),
        ([1.0, 2.0], 0.5, 1.5),
        ([3.0, 1.0, 2.0], 0.5, 2.0),
        ([1.0, 2.0, 3.0, 4.0], 0.9, 3.7),
        ([1.0, 2.0, 3.0, 4.0, 5.0], 0.25, 2.0),
        ([1.0, 2.0, 3.0], 0.0, 1.0),
        ([1.0, 2.0, 3.0], 1.0, 3.0),
    ],
)
def test_quantiles(values: list[float], share: float, expected: float) -> None:
    assert quantile(values, share) == pytest.approx(expected)


@given(st.lists(FINITE, min_size=2, max_size=30))
def test_the_standard_library_agrees(values: list[float]) -> None:
    tenths = statistics.quantiles(values, n=10, method="inclusive")
    assert quantile(values, 0.9) == pytest.approx(tenths[8], abs=1e-6)
    assert median(values) == pytest.approx(statistics.median(values))
    assert mean(values) == pytest.approx(statistics.fmean(values), abs=1e-6)
    assert stddev(values) == pytest.approx(statistics.stdev(values), abs=1e-4)


def test_one_outlier_hardly_moves_the_spread() -> None:
    calm = [float(each) for each in range(9)]
    assert mad_sd(calm) == pytest.approx(1.4826 * 2)
    assert mad_sd([*calm, 1e9]) < 1.4826 * 3
    assert mad_sd([4.0]) == 0


@pytest.mark.parametrize("function", [median, mean, mad_sd, stddev])
def test_no_values(function: Callable[[Sequence[float]], float]) -> None:
    with pytest.raises(ValueError, match="needs at least"):
        function([])


def test_one_value_has_no_standard_deviation() -> None:
    with pytest.raises(ValueError, match="too few values"):
        stddev([1.0])


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_out_of_range(share: float) -> None:
    with pytest.raises(ValueError, match="not a share between 0 and 1"):
        quantile([1.0], share)
