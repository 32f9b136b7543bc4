"""The rule `slow-step`."""

from __future__ import annotations

from wfopt.model.quantities import format_duration
from wfopt.model.samples import Tick
from wfopt.model.workflow import StepId
from wfopt.resources.alerts.base import Context, Reading, Readings, Rule, Sense, Unit

_LEAST_S = 5.0
"""Nobody wants to hear of a step that took three times its usual tenth of a second."""


def _readings(tick: Tick, context: Context) -> Readings:
    return {
        step: _reading(step, tick.at - started, context.usual_s[step])
        for step, started in context.started_at.items()
        if tick.at - started >= _LEAST_S and context.usual_s.get(step, 0.0) > 0
    }


def _reading(step: StepId, taken_s: float, usual_s: float) -> Reading:
    factor = taken_s / usual_s
    taken, usual = format_duration(taken_s), format_duration(usual_s)
    return Reading(factor, f"step `{step}` has run for {taken}, {factor:.1f} times its usual {usual}")


SLOW_STEP = Rule(
    name="slow-step",
    summary="a step takes much longer than usual",
    sense=Sense.ABOVE,
    unit=Unit.FACTOR,
    warning=3.0,
    hold_s=0.0,
    clear_s=0.0,
    slack=0.0,
    readings=_readings,
)
