"""The mean of past runs, for steps that run several times a run."""

from __future__ import annotations

from collections.abc import Sequence

from wfopt.predictor.base import Fitted, Origin
from wfopt.predictor.series import Series


class RunMean:
    """The mean logarithm of the values of each run, and of these the mean over the newest runs.

    The values of one run shared its luck. A median of values follows the newest run where it has many of
    them, and the run with the most values where they differ; here each run counts once: after a slow run of
    50 values and a quick one of 10, the next is expected in between, half of the way.

    It says nothing of sizes, and where each run has one value `median` and `average` say nearly the same.
    """

    sized = False

    def __init__(self, name: str, newest: int) -> None:
        self.name = name
        self._newest = newest

    def fit(self, series: Series, known: int) -> Fitted:
        middle = self._mean(series, known)
        return lambda _: middle

    def trail(self, series: Series, origins: Sequence[Origin]) -> list[float]:
        means = {known: self._mean(series, known) for known in {known for _, known in origins}}
        return [means[known] for _, known in origins]

    def _mean(self, series: Series, known: int) -> float:
        by_run: dict[int, list[float]] = {}
        for value, run in zip(series.logs[:known], series.runs[:known], strict=True):
            by_run.setdefault(run, []).append(value)
        means = [sum(values) / len(values) for values in list(by_run.values())[-self._newest :]]
        return sum(means) / len(means)
