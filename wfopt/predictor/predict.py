"""Predicts the steps of a workflow from their past: the way in for everybody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, isfinite, log, sqrt

from wfopt.dataclass import dataclass
from wfopt.model.estimates import Basis, Estimate
from wfopt.model.workflow import StepId
from wfopt.predictor.confidence import NO_CONFIDENCE, Confidence, confidence_in
from wfopt.predictor.failures import failure_probability
from wfopt.predictor.interval import NO_SPREAD, interval
from wfopt.predictor.learned import DEPTH, Learned, Pool, Prior, learn
from wfopt.predictor.memory import allocation
from wfopt.predictor.past import StepPast
from wfopt.predictor.speeds import speeds_for
from wfopt.predictor.students import t_half_width
from wfopt.predictor.widths import AS_THEY_ARE, LEVEL, Widths

_BUDGET = 8_000
"""So many predictions of the past, in all steps together, are made before each step gets fewer of them."""

_SHALLOW = 8
"""Each step gets so many of them at least."""

_DEEP = 64
"""Each step's memory gets so many at most: rare peaks matter, and few were seen lately."""

_LEAST_RANGE = log(3.0)
"""A range that is borrowed from other steps goes at least so far up and down: a factor of 3."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What is expected of one step in the next run.

    Attributes:
        step: which.
        wall: the seconds of an attempt that runs to its end; None is not known.
        memory: the bytes of its peak; None is not known.
        allocation: the bytes to give it, so that little is wasted and few attempts are killed.
        failure: how likely an attempt fails.
        confidence: how far `wall` can be trusted.
        ignored: how many values of its past made no sense, such as negative ones.
    """

    step: StepId
    wall: Estimate | None = None
    memory: Estimate | None = None
    allocation: int | None = None
    failure: float = 0.5
    confidence: Confidence = NO_CONFIDENCE
    ignored: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is expected of the steps of a workflow.

    Attributes:
        steps: by id, in the order of the pasts.
        unknown: the steps of which neither the past nor the file tells how long they take.
        borrowed: an order of magnitude for these, from the other steps; None if no step is known.
    """

    steps: Mapping[StepId, Prediction]
    unknown: tuple[StepId, ...] = ()
    borrowed: Estimate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Both:
    """What was learned of one step."""

    past: StepPast
    wall: Learned | None
    memory: Learned | None


def check_level(level: float) -> None:
    """Refuse a level that no interval can have.

    Raises:
        ValueError: it is not between 0 and 1, both excluded.
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"level `{level:g}` is not between 0 and 1")


def predict_step(step: StepId, past: StepPast, *, level: float = 0.8, host: str = "") -> Prediction:
    """Return what is expected of a step that is looked at alone; see `predict_workflow`.

    Raises:
        ValueError: the level is not between 0 and 1, both excluded.
    """
    return predict_workflow({step: past}, level=level, host=host).steps[step]


def predict_workflow(
    pasts: Mapping[StepId, StepPast],
    *,
    level: float = LEVEL,
    host: str = "",
    newest_run: int | None = None,
    widths: Widths = AS_THEY_ARE,
) -> Outlook:
    """Return what is expected of all steps of a workflow; each learns from the others which models are good.

    Args:
        pasts: of each step, in file order.
        level: how often a value is to be inside its interval, between 0 and 1, both excluded.
        host: the machine that is meant, as in the samples.
        newest_run: the number of the workflow's newest run; the newest in the samples if None.
        widths: by how much wider intervals are to be than the past of each step says.

    Raises:
        ValueError: the level is not between 0 and 1, both excluded.
    """
    check_level(level)
    speeds = speeds_for(host, [past.walls for past in pasts.values()])
    share = _BUDGET // max(1, len(pasts))
    depth = None if share >= DEPTH else _SHALLOW
    deep = max(_SHALLOW, min(_DEEP, share))
    walls, peaks = Pool(widths.wall), Pool(widths.memory)
    found: dict[StepId, _Both] = {}
    for step, past in pasts.items():
        wall = learn(past.walls, past.upcoming, speeds=speeds, depth=depth)
        memory = learn(past.peaks, past.upcoming, depth=deep)
        if wall is not None:
            wall = wall.lighter()
            walls.add(wall)
        if memory is not None:
            peaks.add(memory)
        found[step] = _Both(past=past, wall=wall, memory=memory)
    newest = _newest_run(pasts) if newest_run is None else newest_run
    steps = {
        step: _prediction(
            step, both, level, (walls.prior_for(both.wall), peaks.prior_for(both.memory)), newest
        )
        for step, both in found.items()
    }
    return Outlook(
        steps=steps,
        unknown=tuple(step for step, each in steps.items() if each.wall is None),
        borrowed=_borrowed([each.wall.expected for each in steps.values() if each.wall], level),
    )


def hinted(seconds: float, level: float) -> Estimate | None:
    """Return what a hint in the file is worth: one value of unknown spread; None if it makes no sense."""
    if not (isfinite(seconds) and seconds >= 0):
        return None
    low, high = interval(NO_SPREAD, level, runs=1, others=None)
    return Estimate(
        expected=seconds, low=seconds * exp(low), high=seconds * exp(high), basis=Basis.HINT, model="hint"
    )


def _prediction(
    step: StepId, both: _Both, level: float, priors: tuple[Prior, Prior], newest: int
) -> Prediction:
    past, wall, peak = both.past, None, None
    given = None
    if both.wall is not None:
        wall = both.wall.estimate(past.upcoming, level, priors[0])
    elif past.hint_s is not None:
        wall = hinted(past.hint_s, level)
    if both.memory is not None:
        peak = both.memory.estimate(past.upcoming, level, priors[1])
        given = allocation(both.memory, past.upcoming, peak.high)
    ago = max(0, newest - past.walls[-1].run) if both.wall is not None else 0
    return Prediction(
        step=step,
        wall=wall,
        memory=peak,
        allocation=given,
        failure=failure_probability(past.attempts, past.failures),
        confidence=confidence_in(wall, ago),
        ignored=sum(
            each.prepared.ignored if each is not None else len(samples)
            for each, samples in ((both.wall, past.walls), (both.memory, past.peaks))
        ),
    )


def _borrowed(walls: Sequence[float], level: float) -> Estimate | None:
    """Return an order of magnitude from the expected seconds of other steps."""
    logs = [log(each) for each in walls if each > 0]
    if not logs:
        return None
    count = len(logs)
    middle = sum(logs) / count
    variance = sum([(each - middle) ** 2 for each in logs]) / max(1, count - 1)
    half = t_half_width(level, max(1, count - 1)) * sqrt(variance * (1 + 1 / count))
    factor = exp(min(max(half, _LEAST_RANGE), log(1e6)))
    expected = exp(middle)
    return Estimate(
        expected=expected,
        low=expected / factor,
        high=expected * factor,
        basis=Basis.BORROWED,
        samples=count,
        model="other-steps",
    )


def _newest_run(pasts: Mapping[StepId, StepPast]) -> int:
    return max((past.walls[-1].run for past in pasts.values() if past.walls), default=0)
