"""The rule `step-memory`."""

from __future__ import annotations

from wfopt.model.quantities import format_size
from wfopt.model.samples import Tick
from wfopt.model.workflow import StepId
from wfopt.resources.alerts.base import Context, Reading, Readings, Rule, Sense, Unit, percent


def _readings(tick: Tick, context: Context) -> Readings:
    return {
        step: _reading(step, sample.memory_bytes, context.memory_bytes[step])
        for step, sample in tick.steps.items()
        if context.memory_bytes.get(step)
    }


def _reading(step: StepId, held: int, asked: int) -> Reading:
    share = held / asked
    words = f"step `{step}` holds {format_size(held)} of memory, {percent(share)} of its {format_size(asked)}"
    return Reading(share, words)


STEP_MEMORY = Rule(
    name="step-memory",
    summary="a step holds nearly as much memory as it asked for",
    sense=Sense.ABOVE,
    unit=Unit.SHARE,
    warning=0.95,
    hold_s=0.0,
    clear_s=5.0,
    slack=0.05,
    readings=_readings,
)
