"""How much memory to give a step, so that little is wasted and few attempts are killed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, exp
from typing import NamedTuple

from wfopt.predictor.learned import NO_PRIOR, Learned, Prior

_PER_MODEL = 4
"""One model is compared for so many predictions of the past: fewer could not tell which is cheapest."""

_DECAY = 0.995
"""The weight of a past cost over the one of the next newer."""

_MARGIN = 0.01
"""What is added to the highest past residual: a share that hides pages that come and go."""

_KILLED = 12
"""At most one in so many past attempts may have been killed, even if more would have cost less."""

_FEWEST = 3
"""With fewer predictions of the past, the upper end of the interval is given instead."""


class Choice(NamedTuple):
    """A model, and how far above its prediction to go.

    Attributes:
        place: of the model in `Scored.models`.
        offset: the logarithm of the factor above the prediction.
        cost: bytes that would have been wasted in the past, each with its weight.
    """

    place: int
    offset: float
    cost: float


def allocation(
    learned: Learned, upcoming: Mapping[str, float], fallback: float, prior: Prior = NO_PRIOR
) -> int:
    """Return the bytes to give the next attempt: what would have cost least in the past, by model and offset.

    Given memory that is not used costs its bytes; an attempt that is killed costs all that it was given, and
    the next attempt gets the most ever seen (after Sizey: Bader and others 2024).

    Args:
        learned: of the peaks of the step.
        upcoming: the features of the run to come.
        fallback: what to give where the past is too short, such as the upper end of the interval.
        prior: what other steps tell.
    """
    scored = learned.scored
    if len(scored.origins) < _FEWEST:
        return ceil(fallback)
    asked = 1 + len(scored.origins) // _PER_MODEL
    choices = [_cheapest(learned, place) for place, _ in learned.opinions(prior)[:asked]]
    best = min(choices, key=_cost)
    series = scored.series
    said = scored.models[best.place].fit(series, len(series))(learned.size_in(upcoming))
    return ceil(exp(_bounded(said + best.offset)))


def after_kill(given: int, peaks: Sequence[float]) -> int:
    """Return the bytes for the attempt after one that was killed: the most ever seen, or double.

    Args:
        given: the bytes that were too few.
        peaks: all past peaks, in bytes.
    """
    most = ceil(max(peaks, default=0.0) * (1 + _MARGIN))
    return most if most > given else 2 * given


def _cheapest(learned: Learned, place: int) -> Choice:
    """Return the offset with which a model would have cost least, and what.

    With an offset o above the predictions p, all attempts together get e^o sum(e^p), whether they are killed
    or not; what is used does not depend on o, and each killed one adds its second attempt. So the best offset
    is one at which some past attempt just fits.
    """
    scored = learned.scored
    logs = scored.series.logs
    newest = len(scored.origins)
    most, given, repeated = exp(max(logs)), 0.0, 0.0
    needs: list[tuple[float, float]] = []
    for number, (origin, said) in enumerate(zip(scored.origins, scored.trails[place], strict=True)):
        weight = _DECAY ** (newest - 1 - number)
        given += weight * exp(_bounded(said))
        needs.append((logs[origin.place] - said, weight * most))
    needs.sort(reverse=True)
    best = Choice(place, 0.0, float("inf"))
    for need, retry in needs[: 1 + newest // _KILLED]:
        cost = exp(_bounded(need)) * (1 + _MARGIN) * given + repeated
        if cost < best.cost:
            best = Choice(place, need + _MARGIN, cost)
        repeated += retry
    return best


def _bounded(logarithm: float) -> float:
    """Return a logarithm of bytes, at most 60, so that no freak of a model overflows."""
    return min(logarithm, 60.0)


def _cost(choice: Choice) -> float:
    return choice.cost
