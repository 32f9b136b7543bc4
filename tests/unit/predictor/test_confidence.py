"""Words for how far a prediction can be trusted."""

import pytest

from wfopt.model.estimates import Basis, Estimate
from wfopt.predictor.confidence import NO_CONFIDENCE, Trust, confidence_in


def estimate(samples: int, spread: float, basis: Basis = Basis.MEASURED) -> Estimate:
    return Estimate(expected=10.0, low=10.0, high=10.0 + 20 * spread, samples=samples, basis=basis)


@pytest.mark.parametrize(
    ("samples", "spread", "ago", "trust"),
    [
        (4, 0.1, 0, Trust.LOW),
        (5, 0.1, 0, Trust.MEDIUM),
        (10, 0.1, 0, Trust.HIGH),
        (50, 0.5, 0, Trust.MEDIUM),
        (50, 1.5, 0, Trust.LOW),
        (50, 0.1, 20, Trust.LOW),
    ],
)
def test_samples_spread_and_age_decide(samples: int, spread: float, ago: int, trust: Trust) -> None:
    found = confidence_in(estimate(samples, spread), ago)
    assert (found.trust, found.samples, found.runs_ago) == (trust, samples, ago)
    assert found.spread == pytest.approx(spread)


def test_what_is_not_known_of_the_step_itself_is_not_trusted() -> None:
    assert confidence_in(None) is NO_CONFIDENCE
    assert confidence_in(estimate(50, 0.1, Basis.BORROWED)) is NO_CONFIDENCE


def test_nothing_has_no_spread() -> None:
    assert confidence_in(Estimate(expected=0.0, low=0.0, high=0.0, samples=50)).spread is None
