"""How much memory to give a step, so that little is wasted and few attempts are killed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from heapq import nlargest
from math import ceil, exp
from operator import sub
from typing import NamedTuple

from wfopt.predictor.ensemble import Scored
from wfopt.predictor.learned import Learned

_PER_MODEL = 2
"""One model is compared for so many predictions of the past: fewer could not tell which is cheapest."""

_UTMOST = 60.0
"""No logarithm of bytes is larger, so that no freak of a model overflows."""

_DECAY = 0.995
"""The weight of a past cost over the one of the next newer."""

_MARGIN = 0.01
"""What is added to the highest past residual: a share that hides pages that come and go."""

_KILLED = 8
"""At most one in so many past attempts may have been killed, even if more would have cost less."""

_AGAIN = 2.0
"""The cost of a second attempt counts so many times: it takes time as well."""

_FEWEST = 3
"""With fewer predictions of the past, the upper end of the interval is given instead."""


class Choice(NamedTuple):
    """A model, and how far above its prediction to go.

    Attributes:
        cost: byte seconds that would have been given in the past, each with its weight.
        place: of the model in `Scored.models`.
        offset: the logarithm of the factor above the prediction.
    """

    cost: float
    place: int
    offset: float


def allocation(learned: Learned, upcoming: Mapping[str, float], fallback: float) -> int:
    """Return the bytes to give the next attempt: what would have cost least in the past, by model and offset.

    Memory that is given but not used costs its bytes times the seconds of the attempt; an attempt that is
    killed costs all that it was given, and the next attempt gets the most ever seen (the measure of Sizey,
    Bader and others 2024, where models compete as well). Without the seconds, many short runs would decide
    what the few long ones waste.

    Args:
        learned: of the peaks of the step.
        upcoming: the features of the run to come.
        fallback: what to give where the past is too short, such as the upper end of the interval.
    """
    scored = learned.scored
    count = len(scored.origins)
    if count < _FEWEST:
        return ceil(fallback)
    asked = sorted(range(len(scored.models)), key=scored.sums.__getitem__)[: 1 + count // _PER_MODEL]
    best = min(_choices(scored, asked))
    series = scored.series
    said = scored.models[best.place].fit(series, len(series))(learned.size_in(upcoming))
    return ceil(exp(min(said + best.offset, _UTMOST)))


def after_kill(given: int, peaks: Sequence[float]) -> int:
    """Return the bytes for the attempt after one that was killed: the most ever seen, or double.

    Args:
        given: the bytes that were too few.
        peaks: all past peaks, in bytes.
    """
    most = ceil(max(peaks, default=0.0) * (1 + _MARGIN))
    return most if most > given else 2 * given


def _choices(scored: Scored, places: Sequence[int]) -> list[Choice]:
    """Return, for each model, the offset with which it would have cost least, and what.

    With an offset o above the predictions p of attempts that took t seconds, all attempts together get
    e^o sum(t e^p), whether they are killed or not; what is used does not depend on o, and each killed one
    adds its second attempt, which counts more than once. So the best offset is one at which some past attempt
    just fits.
    """
    series, count = scored.series, len(scored.origins)
    truth = [series.logs[place] for place, _ in scored.origins]
    weights = [
        each * (series.weights[place] if series.weights else 1.0)
        for each, (place, _) in zip(_decay(count), scored.origins, strict=True)
    ]
    most = exp(max(series.logs))
    found = []
    for place in places:
        trail = scored.trails[place]
        given = (1 + _MARGIN) * sum(
            [exp(min(said, _UTMOST)) * own for said, own in zip(trail, weights, strict=True)]
        )
        needs = nlargest(1 + count // _KILLED, zip(map(sub, truth, trail), weights, strict=True))
        repeated = 0.0
        for need, weight in needs:
            found.append(Choice(exp(min(need, _UTMOST)) * given + repeated, place, need + _MARGIN))
            repeated += _AGAIN * weight * most
    return found


@lru_cache(maxsize=256)
def _decay(count: int) -> Sequence[float]:
    return [_DECAY ** (count - 1 - number) for number in range(count)]
