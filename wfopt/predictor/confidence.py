"""How far a prediction can be trusted, in a word and in the numbers behind it."""

from __future__ import annotations

from enum import Enum

from wfopt.dataclass import dataclass
from wfopt.model.estimates import Basis, Estimate

_FEW = 5
_MANY = 10
_WIDE = 1.0
_NARROW = 0.35
_LONG_AGO = 20


class Trust(Enum):
    """How far; the value is the word that is printed."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """A word, and why.

    Attributes:
        trust: the word.
        samples: how many past values are behind the prediction.
        runs_ago: how many runs before the newest run of the workflow the newest of them is from.
        spread: half of the interval's width as a share of the expected value; None without a prediction.
    """

    trust: Trust
    samples: int = 0
    runs_ago: int = 0
    spread: float | None = None


NO_CONFIDENCE = Confidence(trust=Trust.NONE)


def confidence_in(estimate: Estimate | None, runs_ago: int = 0) -> Confidence:
    """Return how far an estimate can be trusted.

    Four values at most, an interval wider than twice the value, or a past that is twenty runs old mean low
    confidence; high confidence takes ten values and an interval within about a third.
    """
    if estimate is None or estimate.basis in {Basis.BORROWED, Basis.UNKNOWN}:
        return NO_CONFIDENCE
    spread = (estimate.high - estimate.low) / (2 * estimate.expected) if estimate.expected else None
    return Confidence(
        trust=_trust(estimate, runs_ago, _WIDE if spread is None else spread),
        samples=estimate.samples,
        runs_ago=runs_ago,
        spread=spread,
    )


def _trust(estimate: Estimate, runs_ago: int, spread: float) -> Trust:
    if estimate.samples < _FEW or spread > _WIDE or runs_ago >= _LONG_AGO:
        return Trust.LOW
    if estimate.samples >= _MANY and spread <= _NARROW:
        return Trust.HIGH
    return Trust.MEDIUM
