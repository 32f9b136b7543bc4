"""All rules for alerts."""

from __future__ import annotations

import re

from tests.support.ticks import tick
from wfopt.resources.alerts.base import Context
from wfopt.resources.alerts.registry import RULES


def test_names_are_unique_and_kebab_case() -> None:
    names = [rule.name for rule in RULES]
    assert names == ["memory", "step-memory", "disk", "slow-step", "idle-cpu", "pressure"]
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in names)


def test_what_is_critical_is_worse_than_a_warning() -> None:
    rules = [rule for rule in RULES if rule.critical is not None]
    assert rules
    for rule in rules:
        assert not rule.beyond(rule.warning, rule.critical or 0.0)


def test_an_idle_machine_alarms_nobody() -> None:
    calm = tick(100.0, cpus_busy=0.0, steps={"a": 1 << 20})
    for rule in RULES:
        readings = rule.readings(calm, Context(cpus=2.0))
        assert not any(rule.beyond(each.value, rule.warning) for each in readings.values())
