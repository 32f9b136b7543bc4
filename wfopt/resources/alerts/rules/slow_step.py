"""The rule `slow-step`."""

from __future__ import annotations

from wfopt.model.quantities import format_duration
from wfopt.model.samples import Tick
from wfopt.model.workflow import StepId
from wfopt.resources.alerts.base import Context, Reading, Readings, Rule, Sense, Unit

LEAST_S = 5.0
"""Nobody wants to hear of a step that took three times its usual tenth of a second."""

_FACTOR = 3.0
_LEAST_FACTOR = 1.5
"""A step that takes less than so many times its usual seconds is not slow, however narrow its interval."""


def _readings(tick: Tick, context: Context) -> Readings:
    return {
        step: _reading(step, tick.at - started, context)
        for step, started in context.started_at.items()
        if tick.at - started >= LEAST_S and context.usual_s.get(step, 0.0) > 0
    }


def _reading(step: StepId, taken_s: float, context: Context) -> Reading:
    """Return the factor over the usual; where the interval is known, its upper end counts as the usual 3."""
    usual_s, longest_s = context.usual_s[step], context.longest_s.get(step)
    taken, usual, factor = format_duration(taken_s), format_duration(usual_s), taken_s / usual_s
    words = f"step `{step}` has run for {taken}, {factor:.1f} times its usual {usual}"
    if longest_s is None:
        return Reading(factor, words)
    limit_s = max(longest_s, _LEAST_FACTOR * usual_s)
    words += f", and more than the {format_duration(limit_s)} that were to be expected at most"
    return Reading(_FACTOR * taken_s / limit_s, words)


SLOW_STEP = Rule(
    name="slow-step",
    summary="a step takes much longer than usual",
    sense=Sense.ABOVE,
    unit=Unit.FACTOR,
    warning=_FACTOR,
    hold_s=0.0,
    clear_s=0.0,
    slack=0.0,
    readings=_readings,
)
