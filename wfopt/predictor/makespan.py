"""How long a whole run takes, from how long its steps take and from how far off earlier answers were."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp, isfinite, log
from random import Random

from wfopt.model.estimates import Basis, Estimate
from wfopt.predictor.interval import interval, spread_of

Simulate = Callable[[Sequence[float]], float]
"""Returns the seconds of a run whose steps take these seconds."""

Chain = Callable[[Sequence[float]], Sequence[int]]
"""Returns the steps on the longest chain of a run whose steps take these seconds."""

_DRAWS = 32
_SEED = 20110
_NORMAL_80 = 1.2815515655446004
"""Of a normal variable, eight of ten values are within so many standard deviations."""


def makespan(
    steps: Sequence[Estimate],
    simulate: Simulate,
    *,
    level: float,
    errors: Sequence[float] = (),
    correction: float = 0.0,
    draws: int = _DRAWS,
) -> Estimate:
    """Return how long the run takes.

    The expected value is the one schedule of the expected durations, corrected by what is known of how far
    off it is: the mean of drawn ones would be too long, as whoever is last of many noisy steps is late. The
    interval is the one of how far off earlier answers were, whole runs being the unit; the draws only say how
    wide it is while there are few of them.

    Args:
        steps: what is expected of each step, 8 of 10 values being between the ends; 0 for one that is
            expected to come from the cache.
        simulate: schedules them with the slots, the resources and the strategy that are meant.
        level: how often the real value is to be inside, between 0 and 1, both excluded.
        errors: of earlier runs, the logarithm of the real over the expected seconds.
        correction: the logarithm of the factor by which the schedule is known to be too short.
        draws: how often durations are drawn.
    """
    planned = simulate([each.expected for each in steps])
    if planned <= 0:
        return Estimate(expected=0.0, low=0.0, high=0.0, samples=len(errors), model="schedule")
    drawn = [log(max(simulate(seconds), 1e-9) / planned) for seconds in _drawn(steps, draws)]
    usable = [each for each in errors if isfinite(each)]
    low, high = interval(
        spread_of(usable, range(len(usable))),
        level,
        runs=max(1, len(usable)),
        others=sum([each * each for each in drawn]) / len(drawn) if drawn else None,
    )
    expected = planned * exp(correction)
    return Estimate(
        expected=expected,
        low=expected * exp(low),
        high=expected * exp(high),
        basis=_basis(steps),
        samples=len(usable),
        model="schedule",
    )


def criticality(steps: Sequence[Estimate], chain: Chain, *, draws: int = _DRAWS) -> list[float]:
    """Return, for each step, the probability that it is on the longest chain of the run.

    Args:
        steps: as for `makespan`.
        chain: finds the chain.
        draws: how often durations are drawn, at least once.
    """
    counts = [0] * len(steps)
    for seconds in _drawn(steps, draws):
        for place in chain(seconds):
            counts[place] += 1
    return [count / draws for count in counts]


def _drawn(steps: Sequence[Estimate], draws: int) -> list[list[float]]:
    """Return durations drawn at random, always the same ones: log-normal, either side with its own width."""
    rnd = Random(_SEED)  # noqa: S311 - not for secrets
    gauss = rnd.gauss
    shapes = [_shape(each) for each in steps]
    found = []
    for _ in range(draws):
        noise = [gauss(0.0, 1.0) for _ in shapes]
        found.append(
            [
                expected * exp(each * (above if each > 0 else below))
                for (expected, below, above), each in zip(shapes, noise, strict=True)
            ]
        )
    return found


def _shape(step: Estimate) -> tuple[float, float, float]:
    """Return the expected value, and the standard deviations of the logarithm below and above it."""
    if step.expected <= 0:
        return 0.0, 0.0, 0.0
    below = log(step.expected / max(step.low, step.expected * 1e-3))
    above = log(min(max(step.high, step.expected), step.expected * 1e3) / step.expected)
    return step.expected, max(0.0, below) / _NORMAL_80, above / _NORMAL_80


def _basis(steps: Sequence[Estimate]) -> Basis:
    """Return the weakest basis of the steps."""
    order = list(Basis)
    return max((each.basis for each in steps), key=order.index, default=Basis.UNKNOWN)
