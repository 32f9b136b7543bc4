"""Several models together: each has the more say the better it predicted the past.

Every model predicts again what is past, from what was known before each run. Its loss is the mean error of
the logarithm, newer ones counting more; its weight is the sixth power of the best loss over its own. The
answer is the weighted median, which no single wild model can move far.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from operator import mul, sub
from typing import NamedTuple

from wfopt.predictor.base import Model, Origin
from wfopt.predictor.origins import origins_of
from wfopt.predictor.registry import MODELS
from wfopt.predictor.series import Series

_DISCOUNT = 0.95
"""The weight of an error over the one of the next newer."""

_BEYOND_DISCOUNT = 0.7
"""The same over the one of the next larger size, where the size to come is beyond those seen."""

_POWER = 6
_PSEUDO = 6.0
"""What was learned from the other steps of the workflow weighs as much as so many past predictions."""

_FINEST = 1e-3
"""Added to each loss: a model that was never off by a thousandth is not infinitely better."""

_WRONG = 0.6931471805599453
"""Off by half or by double is simply wrong: farther off loses no more, so freaks decide nothing."""

_EQUAL = 1e-9
"""What differs by less differs by rounding only."""

_SAY = 0.02
"""Models with a smaller share of the best one's weight are not asked."""

Losses = Mapping[str, float]
"""The loss of each model, by name, over the mean loss of all."""


class Scored(NamedTuple):
    """How well models predicted the past of a series.

    Attributes:
        series: the past.
        models: those that were asked.
        origins: what was predicted again.
        trails: what each model said at each origin.
        errors: the loss of each at each origin: the absolute logarithm of the ratio, at most the one of 2.
        discount: the weight of an error over the one of the next.
    """

    series: Series
    models: Sequence[Model]
    origins: Sequence[Origin]
    trails: Sequence[Sequence[float]]
    errors: Sequence[Sequence[float]]
    discount: float


class Opinion(NamedTuple):
    """A model and its weight.

    Attributes:
        place: of the model in `Scored.models`.
        weight: how much say it has, the best having 1.
    """

    place: int
    weight: float


def score(series: Series, depth: int, *, beyond: bool = False) -> Scored:
    """Let all models that suit a series predict its past again.

    Args:
        series: the past.
        depth: how many values are predicted again, at most.
        beyond: whether only models that look at sizes suit, as the size to come is beyond those seen.
    """
    models = (_SIZED if beyond else MODELS) if series.sizes else _UNSIZED
    origins = origins_of(series, depth)
    logs = series.logs
    truth = [logs[place] for place, _ in origins]
    trails = [each.trail(series, origins) for each in models]
    wrong = [_WRONG] * len(truth)
    errors = [list(map(min, map(abs, map(sub, trail, truth)), wrong)) for trail in trails]
    return Scored(series, models, origins, trails, errors, _BEYOND_DISCOUNT if beyond else _DISCOUNT)


def losses_of(scored: Scored) -> dict[str, float]:
    """Return the loss of each model over the mean of all; empty if nothing could be predicted again."""
    if not scored.origins:
        return {}
    weights, total = _discounts(len(scored.origins), scored.discount)
    losses = [sum(map(mul, weights, each)) / total + _FINEST for each in scored.errors]
    mean = sum(losses) / len(losses)
    return {model.name: loss / mean for model, loss in zip(scored.models, losses, strict=True)}


def opinions_of(
    scored: Scored, borrowed: Losses | None = None, span: tuple[int, int] | None = None
) -> list[Opinion]:
    """Return the models with a say, the best first.

    Args:
        scored: how well they predicted the past.
        borrowed: the losses in the other steps of the workflow.
        span: count only the origins between these places.
    """
    first, last = span or (0, len(scored.origins))
    weights, total = _discounts(last - first, scored.discount)
    errors = scored.errors if span is None else [each[first:last] for each in scored.errors]
    sums = [sum(map(mul, weights, each)) for each in errors]
    mean = sum(sums) / len(sums) / total if total else 1.0
    prior = _PSEUDO * (mean + _FINEST)
    known = borrowed or {}
    losses = [
        (own + prior * known.get(model.name, 1.0)) / (total + _PSEUDO) + _FINEST
        for own, model in zip(sums, scored.models, strict=True)
    ]
    best = min(losses)
    found = [Opinion(place, (best / loss) ** _POWER) for place, loss in enumerate(losses)]
    found = [each for each in found if each.weight > _SAY]
    found.sort(key=_descending)
    return found


def predict(scored: Scored, opinions: Sequence[Opinion], size: float) -> float:
    """Return the logarithm of the next value for a size of the input, the weighted median of the opinions."""
    series, models = scored.series, scored.models
    known = len(series)
    return weighted_median([(models[place].fit(series, known)(size), weight) for place, weight in opinions])


def residuals(scored: Scored) -> list[float]:
    """Return by how much the past was above the prediction at each origin, in logarithms.

    What chooses a model must not judge it, so each half of the origins is predicted by the model that was
    best in the other half: it is about as far off as all together, and found in a fraction of the time.
    """
    count = len(scored.origins)
    half = count // 2
    logs = scored.series.logs
    found: list[float] = []
    for first, last in ((0, half), (half, count)):
        others = [sum(each) - sum(each[first:last]) for each in scored.errors]
        least = min(others) + _EQUAL
        trail = scored.trails[next(place for place, each in enumerate(others) if each <= least)]
        found += [
            logs[origin.place] - said
            for origin, said in zip(scored.origins[first:last], trail[first:last], strict=True)
        ]
    return found


def weighted_median(values: list[tuple[float, float]]) -> float:
    """Return the value with half of the weight on either side; the mean of two if there are two such."""
    if len(values) == 1:
        return values[0][0]
    values.sort()
    total = sum([weight for _, weight in values])
    rest, nothing = total / 2, _EQUAL * total
    for place, (value, weight) in enumerate(values):
        rest -= weight
        if rest < -nothing:
            return value
        if rest <= nothing and place + 1 < len(values):
            return (value + values[place + 1][0]) / 2
    return values[-1][0]


def _descending(opinion: Opinion) -> float:
    return -opinion.weight


@cache
def _discounts(count: int, discount: float) -> tuple[list[float], float]:
    """Return the weight of each of so many errors, the newest last, and their sum."""
    weights = [discount ** (count - 1 - place) for place in range(count)]
    return weights, sum(weights)


_SIZED = tuple(model for model in MODELS if model.sized)
_UNSIZED = tuple(model for model in MODELS if not model.sized)
