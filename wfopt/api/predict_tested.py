"""The past played again, to see how good predictions are."""

from __future__ import annotations

from collections.abc import Mapping

from wfopt.model.prediction import PlayedAgain, Tested
from wfopt.model.workflow import StepId
from wfopt.predictor.accuracy import Accuracy, backtest
from wfopt.predictor.past import StepPast


def played_again(pasts: Mapping[StepId, StepPast], level: float) -> PlayedAgain:
    """Return how good predictions of the durations of steps would have been.

    Args:
        pasts: of the steps.
        level: of the intervals, between 0 and 1, both excluded.
    """
    found = backtest({step: past.walls for step, past in pasts.items()}, level=level)
    models = [_tested(name, each) for name, each in found.models.items()]
    models.sort(key=lambda each: each.median_ape)
    return PlayedAgain(
        overall=_tested("all", found.overall) if found.overall else None,
        steps=tuple(_tested(step, each) for step, each in found.steps.items()),
        models=tuple(models),
    )


def _tested(name: str, accuracy: Accuracy) -> Tested:
    return Tested(
        name=name,
        count=accuracy.count,
        median_ape=accuracy.median_ape,
        p90_ape=accuracy.p90_ape,
        coverage=accuracy.coverage,
    )
