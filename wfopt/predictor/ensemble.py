"""Several models together: each has the more say the better it predicted the past.

Every model predicts again what is past, from what was known before each run. Its loss is the mean error of
the logarithm, newer ones counting more; its weight is the sixth power of the best loss over its own. The
answer is the weighted median, which no single wild model can move far.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import chain, cycle
from operator import mul, sub
from typing import NamedTuple

from wfopt.predictor.base import Model, Origin
from wfopt.predictor.origins import origins_of
from wfopt.predictor.registry import MODELS, REPEATED
from wfopt.predictor.series import Series

_DISCOUNT = 0.95
"""The weight of an error over the one of the next newer."""

_REPEATED_DISCOUNT = 0.983
"""The same where runs have several values: there are three times as many, and no more runs."""

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

_SAY = 0.05
"""Models with a smaller share of the best one's weight are not asked."""

_HEARD = _SAY ** (-1 / _POWER)
"""The same as a limit of the loss: so many times the best one."""

Losses = Mapping[str, float]
"""The loss of each model, by name, over the mean loss of all."""


class Scored(NamedTuple):
    """How well models predicted the past of a series.

    Attributes:
        series: the past.
        models: those that were asked.
        origins: what was predicted again.
        trails: what each model said at each origin.
        sums: of the errors of each, newer ones counting more: an error is the absolute logarithm of the
            ratio, at most the one of 2.
        residuals: by how much the past was above the prediction at each origin, in logarithms.
        discount: the weight of an error over the one of the next.
    """

    series: Series
    models: Sequence[Model]
    origins: Sequence[Origin]
    trails: Sequence[Sequence[float]]
    sums: Sequence[float]
    residuals: Sequence[float]
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
    repeated = not beyond and len(set(series.runs)) < len(series)
    if series.sizes:
        models = _SIZED if beyond else MODELS
    else:
        models = (*_UNSIZED, *REPEATED) if repeated else _UNSIZED
    origins = origins_of(series, depth)
    series.start = min([known for _, known in origins], default=1)
    logs = series.logs
    truth = [logs[place] for place, _ in origins]
    trails = [each.trail(series, origins) for each in models]
    errors = _errors(trails, truth)
    discount = _BEYOND_DISCOUNT if beyond else _REPEATED_DISCOUNT if repeated else _DISCOUNT
    sums = _discounted(errors, len(models), discount)
    return Scored(series, models, origins, trails, sums, _residuals(truth, trails, errors), discount)


def losses_of(scored: Scored) -> dict[str, float]:
    """Return the loss of each model over the mean of all; empty if nothing could be predicted again."""
    if not scored.origins:
        return {}
    _, total = _discounts(len(scored.origins), scored.discount)
    losses = [each / total + _FINEST for each in scored.sums]
    mean = sum(losses) / len(losses)
    return {model.name: loss / mean for model, loss in zip(scored.models, losses, strict=True)}


def least_loss(scored: Scored) -> tuple[float, float]:
    """Return the mean error of the model that predicted the past best, and how much past that rests on."""
    _, total = _discounts(len(scored.origins), scored.discount)
    return (min(scored.sums) / total if total else 0.0), total


def before(scored: Scored, count: int) -> Scored:
    """Return how well models predicted the past when only the first so many origins had been."""
    logs = scored.series.logs
    origins = scored.origins[:count]
    truth = [logs[place] for place, _ in origins]
    trails = [trail[:count] for trail in scored.trails]
    sums = _discounted(_errors(trails, truth), len(trails), scored.discount)
    return scored._replace(origins=origins, trails=trails, sums=sums, residuals=scored.residuals[:count])


def opinions_of(scored: Scored, borrowed: Losses | None = None) -> list[Opinion]:
    """Return the models with a say, the best first.

    Args:
        scored: how well they predicted the past.
        borrowed: the losses in the other steps of the workflow.
    """
    sums = scored.sums
    _, total = _discounts(len(scored.origins), scored.discount)
    mean = sum(sums) / len(sums) / total if total else 1.0
    prior = _PSEUDO * (mean + _FINEST)
    known = borrowed or {}
    losses = [
        (own + prior * known.get(model.name, 1.0)) / (total + _PSEUDO) + _FINEST
        for own, model in zip(sums, scored.models, strict=True)
    ]
    best = min(losses)
    most = best * _HEARD
    found = [Opinion(place, (best / loss) ** _POWER) for place, loss in enumerate(losses) if loss < most]
    found.sort(key=_descending)
    return found


def predict(scored: Scored, opinions: Sequence[Opinion], size: float) -> float:
    """Return the logarithm of the next value for a size of the input, the weighted median of the opinions."""
    series, models = scored.series, scored.models
    known = len(series)
    return weighted_median([(models[place].fit(series, known)(size), weight) for place, weight in opinions])


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


def _errors(trails: Sequence[Sequence[float]], truth: Sequence[float]) -> list[float]:
    """Return how far off each model was at each origin, one model behind the other."""
    errors = list(map(abs, map(sub, chain.from_iterable(trails), cycle(truth))))
    if max(errors, default=0.0) <= _WRONG:
        return errors
    return [each if each < _WRONG else _WRONG for each in errors]  # noqa: FURB136  # six times as quick


def _discounted(errors: Sequence[float], models: int, discount: float) -> list[float]:
    """Return the sum of the errors of each model, newer ones counting more."""
    count = len(errors) // models
    weights, _ = _discounts(count, discount)
    return _sums(list(map(mul, errors, cycle(weights))), models, 0, count)


def _sums(errors: Sequence[float], models: int, start: int, end: int) -> list[float]:
    """Return the sum of each model's errors from one origin to before another."""
    count = len(errors) // models
    return [sum(errors[number * count + start : number * count + end]) for number in range(models)]


def _residuals(
    truth: Sequence[float], trails: Sequence[Sequence[float]], errors: Sequence[float]
) -> list[float]:
    """Return by how much the past was above the prediction at each origin.

    What chooses a model must not judge it, so each half of the origins is predicted by the model that was
    best in the other half: it is about as far off as all together, and found in a fraction of the time.
    """
    models, count = len(trails), len(truth)
    half = count // 2
    old, new = _best(_sums(errors, models, half, count)), _best(_sums(errors, models, 0, half))
    return list(map(sub, truth, [*trails[old][:half], *trails[new][half:]]))


def _best(sums: Sequence[float]) -> int:
    """Return the place of the least sum of errors, the first of equally good ones."""
    least = min(sums) + _EQUAL
    return next(place for place, each in enumerate(sums) if each <= least)


def _descending(opinion: Opinion) -> float:
    return -opinion.weight


@cache
def _discounts(count: int, discount: float) -> tuple[list[float], float]:
    """Return the weight of each of so many errors, the newest last, and their sum."""
    weights = [discount ** (count - 1 - place) for place in range(count)]
    return weights, sum(weights)


_SIZED = tuple(model for model in MODELS if model.sized)
_UNSIZED = tuple(model for model in MODELS if not model.sized)
