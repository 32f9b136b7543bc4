"""The rule `memory`."""

from __future__ import annotations

from wfopt.model.quantities import format_size
from wfopt.model.samples import Tick
from wfopt.resources.alerts.base import Context, Reading, Readings, Rule, Sense, Unit, percent


def _readings(tick: Tick, _: Context) -> Readings:
    used, total = tick.machine.memory_used_bytes, tick.machine.memory_total_bytes
    if used is None or not total:
        return {}
    share = used / total
    words = f"memory is {percent(share)} full: {format_size(used)} of {format_size(total)}"
    return {None: Reading(share, words)}


MEMORY = Rule(
    name="memory",
    summary="the memory of the machine, or what a control group leaves of it, is nearly full",
    sense=Sense.ABOVE,
    unit=Unit.SHARE,
    warning=0.90,
    critical=0.97,
    hold_s=5.0,
    clear_s=5.0,
    slack=0.05,
    readings=_readings,
)
