"""The rule `idle-cpu`."""

from __future__ import annotations

import math

from wfopt.model.samples import Tick
from wfopt.resources.alerts.base import Context, Reading, Readings, Rule, Sense, Unit, percent

_NEEDED = Reading(math.inf, "no step waits for anything but a cpu")
"""Idle cpus are fine as long as no step could use them."""


def _readings(tick: Tick, context: Context) -> Readings:
    if context.cpus <= 0:
        return {}
    if not context.waiting:
        return {None: _NEEDED}
    share = tick.machine.cpus_busy / context.cpus
    steps = "step waits" if context.waiting == 1 else "steps wait"
    words = f"only {percent(share)} of the cpus are busy while {context.waiting} {steps} for other room"
    return {None: Reading(share, words)}


IDLE_CPU = Rule(
    name="idle-cpu",
    summary="the cpus are idle while steps wait for something else, such as memory that others asked for",
    sense=Sense.BELOW,
    unit=Unit.SHARE,
    warning=0.20,
    hold_s=10.0,
    clear_s=5.0,
    slack=0.5,
    readings=_readings,
)
