"""What is measured, as values."""

from __future__ import annotations

import pytest

from wfopt.model.history import Alert
from wfopt.model.samples import Cleared, MachineSample, Pressure, Raised, StepSample, Tick


def test_values_cannot_be_changed_and_compare_by_content() -> None:
    machine = MachineSample(cpus_busy=0.5, cpus=2.0)
    tick = Tick(at=1.0, machine=machine)
    assert tick == Tick(at=1.0, machine=MachineSample(cpus_busy=0.5, cpus=2.0))
    assert (tick.steps, machine.pressure) == ({}, Pressure())
    with pytest.raises(AttributeError):
        tick.at = 2.0


def test_what_is_not_known_is_none() -> None:
    machine = MachineSample(cpus_busy=0.5, cpus=2.0)
    known = (machine.memory_used_bytes, machine.memory_total_bytes, machine.load, machine.disk_free_bytes)
    assert known == (None, None, None, None)
    assert StepSample(cpus_busy=0.0, cpu_s=0.0, memory_bytes=1).open_files is None


def test_changes_of_alerts_differ() -> None:
    alert = Alert(at=1.0, rule="disk", severity="warning", message="m")
    assert Raised(alert) != Cleared(at=1.0, rule="disk")
    assert Cleared(at=1.0, rule="disk").step is None
