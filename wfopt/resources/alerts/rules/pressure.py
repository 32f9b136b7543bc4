"""The rule `pressure`."""

from __future__ import annotations

from wfopt.model.samples import Tick
from wfopt.resources.alerts.base import Context, Reading, Readings, Rule, Sense, Unit, percent


def _readings(tick: Tick, _: Context) -> Readings:
    share = tick.machine.pressure.memory
    if share is None:
        return {}
    return {None: Reading(share, f"programs waited for memory in {percent(share)} of the last 10 s")}


PRESSURE = Rule(
    name="pressure",
    summary="programs wait for memory: they hold more than fits, and the machine swaps or drops files",
    sense=Sense.ABOVE,
    unit=Unit.SHARE,
    warning=0.20,
    hold_s=5.0,
    clear_s=5.0,
    slack=0.25,
    readings=_readings,
)
