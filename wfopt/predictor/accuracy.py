"""How good predictions were: of the runs that followed them, and of the past played again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import exp, isfinite
from typing import NamedTuple

from wfopt.dataclass import dataclass
from wfopt.model.estimates import Estimate
from wfopt.model.quantiles import median
from wfopt.model.workflow import StepId
from wfopt.predictor.base import NO_FEATURES, Sample
from wfopt.predictor.ensemble import Scored, before, opinions_of, weighted_median
from wfopt.predictor.interval import interval, spread_of
from wfopt.predictor.learned import learn

ENSEMBLE = "ensemble"
"""The name of all models together."""

_P90 = 0.9


class Score(NamedTuple):
    """How good one prediction was.

    Attributes:
        ape: by how much it was off, as a share of the real value.
        inside: whether the real value was inside the interval; None if no interval was given.
    """

    ape: float
    inside: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """How good some predictions were.

    Attributes:
        count: how many there are, one at least.
        median_ape: the median of how far off they were, as a share of the real value.
        p90_ape: what nine of ten were off by at most.
        coverage: the share of intervals that the real value was inside of, or None without intervals.
    """

    count: int
    median_ape: float
    p90_ape: float
    coverage: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """How good the predictions of the past would have been, each made from what was known before its run.

    Attributes:
        steps: of each step that could be tested, all models together.
        models: of each model, over all steps, and of all together as `ensemble`.
        overall: all together over all steps; None if nothing could be tested.
    """

    steps: Mapping[StepId, Accuracy]
    models: Mapping[str, Accuracy]
    overall: Accuracy | None


def score_of(predicted: Estimate, real: float) -> Score | None:
    """Return how good a prediction was, or None if the real value is none that can be compared with."""
    if not (isfinite(real) and real > 0):
        return None
    return Score(abs(predicted.expected - real) / real, predicted.low <= real <= predicted.high)


def accuracy_of(scores: Iterable[Score]) -> Accuracy | None:
    """Return how good predictions were, or None if there are none."""
    found = list(scores)
    if not found:
        return None
    apes = sorted([each.ape for each in found])
    judged = [each.inside for each in found if each.inside is not None]
    return Accuracy(
        count=len(found),
        median_ape=median(apes),
        p90_ape=apes[min(len(apes) - 1, int(_P90 * len(apes)))],
        coverage=sum(judged) / len(judged) if judged else None,
    )


def backtest(pasts: Mapping[StepId, Sequence[Sample]], *, level: float = 0.8, newest: int = 50) -> Backtest:
    """Play the past again: predict each value from the runs before it alone.

    Args:
        pasts: the samples of each step, in order of time.
        level: of the intervals, between 0 and 1, both excluded.
        newest: so many of the newest values of each step are predicted, at most.
    """
    steps: dict[StepId, Accuracy] = {}
    models: dict[str, list[Score]] = {ENSEMBLE: []}
    for step, samples in pasts.items():
        features = next((each.features for each in reversed(samples) if each.features), NO_FEATURES)
        learned = learn(samples, _seen(samples, features), depth=newest)
        if learned is None:
            continue
        scored = learned.scored
        scores = _played(scored, level)
        for model, trail in zip(scored.models, scored.trails, strict=True):
            models.setdefault(model.name, []).extend(
                Score(abs(exp(said - scored.series.logs[origin.place]) - 1), None)
                for origin, said in zip(scored.origins, trail, strict=True)
            )
        models[ENSEMBLE] += scores
        accuracy = accuracy_of(scores)
        if accuracy is not None:
            steps[step] = accuracy
    found = {name: accuracy for name, some in models.items() if (accuracy := accuracy_of(some))}
    return Backtest(steps=steps, models=found, overall=found.get(ENSEMBLE))


def _seen(samples: Sequence[Sample], features: Mapping[str, float]) -> Mapping[str, float]:
    """Return features that are not beyond those seen, so that the values stay in order of time."""
    return {
        name: min([each.features[name] for each in samples if name in each.features], default=size)
        for name, size in features.items()
    }


def _played(scored: Scored, level: float) -> list[Score]:
    """Return how good all models together were at each origin, knowing only the origins before it."""
    logs, runs = scored.series.logs, scored.series.runs
    residuals: list[float] = []
    judged: list[int] = []
    scores: list[Score] = []
    for number, (place, known) in enumerate(scored.origins):
        opinions = opinions_of(before(scored, number))
        said = weighted_median([(scored.trails[model][number], weight) for model, weight in opinions])
        rest = logs[place] - said
        older = sum(1 for run in judged if run < runs[place])
        low, high = interval(
            spread_of(residuals[:older], judged[:older]), level, runs=len(set(runs[:known])), others=None
        )
        scores.append(Score(abs(exp(-rest) - 1), low <= rest <= high))
        residuals.append(rest)
        judged.append(runs[place])
    return scores
