"""What was learned of one quantity of one step, and of the steps of a workflow together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, log
from typing import NamedTuple

from wfopt.model.estimates import Basis, Estimate
from wfopt.predictor.base import NO_FEATURES, Sample
from wfopt.predictor.ensemble import (
    Losses,
    Opinion,
    Scored,
    least_loss,
    losses_of,
    opinions_of,
    predict,
    score,
)
from wfopt.predictor.interval import Spread, interval, spread_of
from wfopt.predictor.prepare import Prepared, prepare, size_of
from wfopt.predictor.widths import stretched

DEPTH = 24
"""So many past values are predicted again to see how good the models are."""

_REPEATED_DEPTH = 3 * DEPTH
"""The same where runs have several values, of which a few are predicted again each."""

_SIZED_DEPTH = 10
"""The same, at most, with the many more models that look at sizes: more make them hardly better."""

_UTMOST = 60.0
"""No expected value, and no end of an interval over it, has a larger logarithm: e^60 seconds are an age."""

_STEEPEST = 2.0
"""Nothing is believed to grow faster beyond the sizes seen than by this power of the size: sizes that hardly
differ can make a model say anything of one that does."""

_SLACK = 0.7
"""So far beyond the values seen may one be within the sizes seen: a factor of 2."""

_BETTER = 0.95
"""Another feature is looked at if its loss is less than this share of the usual one's."""

_PSEUDO = 3.0
"""The loss of another feature is believed to be the usual one's, as if that had been seen so many times."""

_LEAST_VARIANCE = 1e-4
"""Added to each: steps that were never off by a hundredth are all alike."""


class Prior(NamedTuple):
    """What the other steps of a workflow tell of a step.

    Attributes:
        losses: the mean loss of each model there.
        variance: the geometric mean of the variances of the residuals there, or None if there are none.
        width: the logarithm of the factor by which intervals are wider, as in `Widths`.
    """

    losses: Losses
    variance: float | None
    width: float = 0.0


NO_PRIOR = Prior({}, None)
"""Nothing is known of other steps."""


class Learned(NamedTuple):
    """What was learned from the past of a step; there is one usable value at least.

    Attributes:
        prepared: the past.
        scored: how well models predicted it again.
        losses: of each model.
        spread: by how much it was above the predictions.
    """

    prepared: Prepared
    scored: Scored
    losses: Losses
    spread: Spread

    def size_in(self, upcoming: Mapping[str, float]) -> float:
        """Return the size that the models look at, of a run to come; 0 if they look at none."""
        return size_of(upcoming[self.prepared.feature]) if self.prepared.feature else 0.0

    def distance_to(self, size: float) -> float:
        """Return by how much the logarithm of a size is outside of the range of those seen."""
        seen = self.scored.series.log_sizes
        if not seen:
            return 0.0
        own = log(size) if size > 1.0 else 0.0
        return max(0.0, own - max(seen), min(seen) - own)

    def lighter(self) -> Learned:
        """Return the same without what only allocations and backtests look at: many of these are kept."""
        series = self.scored.series
        series.quartiles.clear()
        series.similar.clear()
        return self._replace(scored=self.scored._replace(trails=()))

    def opinions(self, prior: Prior = NO_PRIOR) -> list[Opinion]:
        """Return the models with a say, the best first."""
        return opinions_of(self.scored, prior.losses)

    def estimate(self, upcoming: Mapping[str, float], level: float, prior: Prior = NO_PRIOR) -> Estimate:
        """Return what is expected of a run to come, with an interval."""
        size = self.size_in(upcoming)
        distance = self.distance_to(size)
        opinions = self.opinions(prior)
        middle = max(-_UTMOST, min(predict(self.scored, opinions, size), _UTMOST))
        if self.prepared.feature:
            logs, reach = self.scored.series.logs, _SLACK + _STEEPEST * distance
            middle = max(min(logs) - reach, min(middle, max(logs) + reach))
        ends = interval(
            self.spread,
            level,
            runs=self.prepared.runs,
            others=prior.variance,
            distance=distance,
        )
        below, above = stretched(ends, prior.width) if prior.width else ends
        expected = exp(middle)
        best = self.scored.models[opinions[0].place]
        return Estimate(
            expected=expected,
            low=expected * exp(max(-_UTMOST, below)),
            high=expected * exp(min(above, _UTMOST)),
            basis=Basis.MEASURED,
            samples=self.prepared.measured,
            model=best.name,
            input=self.prepared.feature if best.sized else "",
        )


def learn(
    samples: Sequence[Sample],
    upcoming: Mapping[str, float] = NO_FEATURES,
    *,
    speeds: Mapping[str, float] | None = None,
    depth: int | None = None,
) -> Learned | None:
    """Return what the samples of a step tell, or None if there is none that makes sense.

    Of several features, models look at the one from which the past was predicted best: at the first, unless
    another one is clearly better.

    Args:
        samples: in order of time.
        upcoming: the features of the run to be predicted, the usual one first.
        speeds: of other hosts, how many times as long the same takes on the machine that is meant.
        depth: so many of the newest are predicted again, which is what takes the time; as many as usual if
            None.
    """
    if len(upcoming) <= 1:
        return _learn(samples, upcoming, speeds, depth)
    best: Learned | None = None
    for name, size in upcoming.items():
        other = _learn(samples, {name: size}, speeds, depth)
        if best is None or (other is not None and _is_clearly_better(other, best)):
            best = other
    return best


def _is_clearly_better(other: Learned, usual: Learned) -> bool:
    """Return whether the past was predicted clearly better; the less past there is, the more clearly."""
    if not other.prepared.feature:
        return False
    (loss, total), (before, _) = least_loss(other.scored), least_loss(usual.scored)
    return total * loss + _PSEUDO * before < _BETTER * (total + _PSEUDO) * before


def _learn(
    samples: Sequence[Sample],
    upcoming: Mapping[str, float],
    speeds: Mapping[str, float] | None,
    depth: int | None,
) -> Learned | None:
    prepared = prepare(samples, upcoming, speeds)
    if not len(prepared.series):
        return None
    scored = score(
        prepared.series, _usual_depth(prepared) if depth is None else depth, beyond=prepared.beyond
    )
    runs = [prepared.series.runs[place] for place, _ in scored.origins]
    return Learned(prepared, scored, losses_of(scored), spread_of(scored.residuals, runs))


def _usual_depth(prepared: Prepared) -> int:
    """Return how many values are predicted again: fewer where many models look at one value a run."""
    if prepared.beyond:
        return DEPTH
    if prepared.runs < len(prepared.series):
        return _REPEATED_DEPTH
    return _SIZED_DEPTH if prepared.feature else DEPTH


class Pool:
    """What the steps of a workflow tell together, and by how much wider their intervals are to be."""

    def __init__(self, width: float = 0.0) -> None:
        self.width = width
        self._losses: dict[str, float] = {}
        self._counts: dict[str, int] = {}
        self._variance = 0.0
        self._steps = 0

    def add(self, learned: Learned, sign: int = 1) -> None:
        """Take a step in, or out again with the sign -1."""
        losses, counts = self._losses, self._counts
        for name, loss in learned.losses.items():
            losses[name] = losses.get(name, 0.0) + sign * loss
            counts[name] = counts.get(name, 0) + sign
        if learned.spread.runs:
            self._variance += sign * log(learned.spread.variance + _LEAST_VARIANCE)
            self._steps += sign

    def prior_for(self, learned: Learned | None = None) -> Prior:
        """Return what the steps but this one, which is in the pool, tell."""
        if learned is None:
            own: Losses = {}
            variance, steps = self._variance, self._steps
        else:
            own = learned.losses
            there = bool(learned.spread.runs)
            variance = self._variance - there * log(learned.spread.variance + _LEAST_VARIANCE)
            steps = self._steps - there
        losses = {
            name: (total - own.get(name, 0.0)) / others
            for name, total in self._losses.items()
            if (others := self._counts[name] - (name in own))
        }
        return Prior(losses, exp(variance / steps) if steps else None, self.width)
