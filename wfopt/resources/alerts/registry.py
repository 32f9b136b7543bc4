"""The rules for alerts, in the order in which they are listed."""

from __future__ import annotations

from wfopt.resources.alerts.base import Rule
from wfopt.resources.alerts.rules.disk import DISK
from wfopt.resources.alerts.rules.idle_cpu import IDLE_CPU
from wfopt.resources.alerts.rules.memory import MEMORY
from wfopt.resources.alerts.rules.pressure import PRESSURE
from wfopt.resources.alerts.rules.slow_step import SLOW_STEP
from wfopt.resources.alerts.rules.step_memory import STEP_MEMORY

RULES: tuple[Rule, ...] = (MEMORY, STEP_MEMORY, DISK, SLOW_STEP, IDLE_CPU, PRESSURE)
