"""The rule `disk`."""

from __future__ import annotations

from wfopt.model.quantities import format_size
from wfopt.model.samples import Tick
from wfopt.resources.alerts.base import Context, Reading, Readings, Rule, Sense, Unit


def _readings(tick: Tick, _: Context) -> Readings:
    free = tick.machine.disk_free_bytes
    if free is None:
        return {}
    return {None: Reading(free, f"the disk of the workspace has {format_size(free)} left")}


DISK = Rule(
    name="disk",
    summary="the disk of the workspace is nearly full",
    sense=Sense.BELOW,
    unit=Unit.SIZE,
    warning=1 << 30,
    critical=100 << 20,
    hold_s=0.0,
    clear_s=5.0,
    slack=0.25,
    readings=_readings,
)
