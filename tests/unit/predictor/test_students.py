"""Quantiles of Student's t against tables."""

import pytest

from wfopt.predictor.students import t_half_width


@pytest.mark.parametrize(
    ("level", "degrees", "expected"),
    [
        (0.8, 1, 3.0777),
        (0.8, 2, 1.8856),
        (0.8, 3, 1.6377),
        (0.9, 4, 2.1318),
        (0.9, 9, 1.8331),
        (0.95, 10, 2.2281),
        (0.99, 30, 2.7500),
        (0.95, 31, 2.0395),
        (0.5, 1, 1.0),
    ],
)
def test_the_tables_are_met(level: float, degrees: int, expected: float) -> None:
    assert t_half_width(level, degrees) == pytest.approx(expected, abs=1e-4)


def test_a_level_next_to_one_ends() -> None:
    assert t_half_width(1 - 1e-15, 1) < 1e10
