"""How likely steps fail."""

import pytest

from wfopt.predictor.failures import failure_probability


@pytest.mark.parametrize(
    ("attempts", "failures", "share"), [(0, 0, 0.5), (9, 0, 0.05), (1, 1, 0.75), (99, 49, 0.495)]
)
def test_the_posterior_mean(attempts: int, failures: int, share: float) -> None:
    assert failure_probability(attempts, failures) == pytest.approx(share)
