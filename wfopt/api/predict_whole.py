"""What to expect of a run as a whole, from what is expected of its steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, isnan, nan
from typing import NamedTuple

from wfopt.api.predict_case import Case, Change
from wfopt.api.predict_errors import Errors
from wfopt.api.predict_play import Play, most_at_once
from wfopt.api.predict_sweep import sweep_of
from wfopt.api.prepare import dag_of_workflow
from wfopt.dataclass import replace
from wfopt.model.estimates import Basis, Estimate
from wfopt.model.prediction import Sweep, Trust, Whole
from wfopt.model.workflow import Step, StepId
from wfopt.predictor.confidence import Confidence, confidence_in
from wfopt.predictor.makespan import criticality, makespan
from wfopt.predictor.students import t_half_width

_DRAWS = 32
_FEWEST_DRAWS = 5
_DRAWN_STEPS = 5000
"""So many durations, in all draws together, are drawn at most."""

_DRAWN_LEVEL = 0.8
"""The level of the intervals that steps come with."""

_UNSURE = 3
"""The degrees of freedom of intervals that rest on next to nothing."""

_NOTHING = Estimate(expected=0.0, low=0.0, high=0.0)
"""What a step takes whose result is in the cache."""

_SAID = Estimate(expected=0.0, low=0.0, high=0.0, basis=Basis.HINT, model="what-if")
"""What a step takes of which only the question tells something."""


class Known(NamedTuple):
    """What was found out of the steps, and of those that always run at the end.

    Attributes:
        steps: the steps; what runs at the end stands behind them.
        drawn: what is expected of each, with intervals to draw from; None where nothing is known at all.
        cpus: how many cpus each keeps busy.
        peaks: how many bytes each holds, 0 if that is not known.
        errors: how far off answers about whole runs were.
        hits: the steps whose results are in the cache.
    """

    steps: Sequence[Step]
    drawn: Mapping[StepId, Estimate | None]
    cpus: Mapping[StepId, float]
    peaks: Mapping[StepId, int]
    errors: Errors
    hits: frozenset[StepId]


def in_case(case: Case, known: Known) -> list[Estimate] | None:
    """Return what is expected of each step in a case, or None if nothing is known."""
    found: list[Estimate] = []
    for step in known.steps:
        if step.id in known.hits and not case.uncached:
            found.append(_NOTHING)
            continue
        changed = _changed(known.drawn[step.id], case.changes.get(step.id))
        if changed is None:
            return None
        found.append(changed)
    return found


def _changed(usual: Estimate | None, change: Change | None) -> Estimate | None:
    if change is None:
        return usual
    if usual is None:
        said = change(nan)
        return None if isnan(said) else _with(_SAID, said)
    return _with(usual, change(usual.expected))


def _with(usual: Estimate, expected: float) -> Estimate:
    """Return the same estimate around another value; its interval is as wide as a share of it."""
    if usual.expected <= 0:
        return replace(usual, expected=expected, low=expected, high=expected)
    factor = expected / usual.expected
    return Estimate(
        expected=expected,
        low=usual.low * factor,
        high=usual.high * factor,
        basis=usual.basis,
        samples=usual.samples,
        model=usual.model,
    )


def _play(case: Case, known: Known, expected: Sequence[Estimate]) -> Play:
    believed = {step.id: each.expected for step, each in zip(known.steps, expected, strict=True)}
    return Play(case.workflow.steps, dag_of_workflow(case.workflow), case.capacity, case.strategy, believed)


def _makespan(play: Play, expected: Sequence[Estimate], errors: Errors, level: float, draws: int) -> Estimate:
    """Return how long the run takes.

    Past runs tell how far off answers are that rest on measured steps. Where some rest on less, the interval
    goes at least from the schedule in which all steps are as quick as they may be to the one in which all are
    as slow: what is wrong with one hint, or with what is borrowed, is mostly wrong with all.
    """
    found = makespan(
        expected,
        play.makespan,
        level=level,
        errors=errors.errors,
        correction=errors.correction,
        draws=draws,
    )
    if found.basis is Basis.MEASURED:
        return found
    overhead = exp(errors.correction)
    wider = t_half_width(level, _UNSURE) / t_half_width(_DRAWN_LEVEL, _UNSURE)
    quick, slow = (
        play.makespan([each.expected * _ratio(end, each.expected) ** wider for end, each in ends]) * overhead
        for ends in (
            [(each.low, each) for each in expected],
            [(each.high, each) for each in expected],
        )
    )
    return replace(found, low=min(found.low, quick), high=max(found.high, slow))


def _ratio(end: float, expected: float) -> float:
    """Return the end of an interval over the middle of it."""
    return end / expected if expected > 0 else 1.0


def whole_of(
    case: Case, known: Known, level: float, *, paths: bool = False
) -> tuple[Whole, Mapping[StepId, float]]:
    """Return what is expected of a run, and how likely each step is on its longest chain.

    Args:
        case: what is played through.
        known: what is known of its steps.
        level: of the interval, between 0 and 1, both excluded.
        paths: whether the probabilities are wanted; without, there are none.
    """
    ids = [step.id for step in known.steps]
    expected = in_case(case, known)
    found, on_path, path, memory, cpu = None, dict[StepId, float](), tuple[StepId, ...](), 0, None
    if expected is not None:
        play = _play(case, known, expected)
        draws = max(_FEWEST_DRAWS, min(_DRAWS, _DRAWN_STEPS // max(1, len(ids))))
        found = _makespan(play, expected, known.errors, level, draws)
        seconds = [each.expected for each in expected]
        path = tuple(ids[place] for place in play.chain(seconds))
        if paths:
            on_path = dict(zip(ids, criticality(expected, play.chain, draws=draws), strict=True))
        held = [known.peaks[step] for step in ids[: len(case.workflow.steps)]]
        memory = most_at_once(play.schedule(seconds), held)
        cpu = sum(each * known.cpus.get(step, 0.0) for step, each in zip(ids, seconds, strict=True))
    capacity = case.capacity
    whole = Whole(
        makespan=found,
        trust=trust_of(confidence_in(found)),
        cpu_s=cpu if known.cpus else None,
        memory_bytes=memory or None,
        path=path,
        slots=capacity.slots,
        cpu_milli=capacity.cpu_milli,
        memory_capacity=capacity.memory_bytes,
        strategy=case.strategy.name,
    )
    return whole, on_path


def sweep_in(case: Case, known: Known) -> Sweep | None:
    """Return how long a run takes with few and with many cpus, or None if nothing is known."""
    expected = in_case(case, known)
    if expected is None:
        return None
    seconds = [each.expected for each in expected]
    overhead = exp(known.errors.correction)

    def on(cpus: int) -> float:
        capacity = replace(case.capacity, slots=cpus, cpu_milli=cpus * 1000)
        return _play(replace(case, capacity=capacity), known, expected).makespan(seconds) * overhead

    return sweep_of(on, case.capacity.slots)


def trust_of(confidence: Confidence) -> Trust:
    """Return the same for a report."""
    return Trust(
        word=confidence.trust.value,
        samples=confidence.samples,
        runs_ago=confidence.runs_ago,
        spread=confidence.spread,
    )
