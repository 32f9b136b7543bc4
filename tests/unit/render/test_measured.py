"""What was measured, and alerts, in JSON."""

from __future__ import annotations

from wfopt.events import AlertChanged, Sampled
from wfopt.model.history import Alert
from wfopt.model.samples import Cleared, MachineSample, Pressure, Raised, StepSample, Tick
from wfopt.model.workflow import StepId
from wfopt.render.measured import alert_fields, measured_fields

A = StepId("a")
ALERT = Alert(at=1.23456789, rule="step-memory", severity="critical", message="full", step=A)


def test_a_sample_has_all_that_was_measured() -> None:
    machine = MachineSample(
        cpus_busy=1.23456789,
        cpus=2.5,
        memory_used_bytes=3,
        memory_total_bytes=4,
        load=0.5,
        pressure=Pressure(cpu=0.1, memory=0.2, io=0.3),
        disk_free_bytes=5,
    )
    sample = StepSample(
        cpus_busy=0.98765432,
        cpu_s=9.87654321,
        memory_bytes=6,
        memory_estimated=True,
        read_bytes=7,
        written_bytes=8,
        processes=9,
    )
    event = Sampled(at=1.0, tick=Tick(at=1.0, machine=machine, steps={A: sample}))
    name, fields = measured_fields(event)
    assert name == "sampled"
    assert fields == {
        "machine": {
            "cpus_busy": 1.234568,
            "cpus": 2.5,
            "memory_used_bytes": 3,
            "memory_total_bytes": 4,
            "load": 0.5,
            "pressure": {"cpu": 0.1, "memory": 0.2, "io": 0.3},
            "disk_free_bytes": 5,
        },
        "steps": [
            {
                "id": "a",
                "cpus_busy": 0.987654,
                "cpu_s": 9.876543,
                "memory_bytes": 6,
                "memory_estimated": True,
                "read_bytes": 7,
                "written_bytes": 8,
                "processes": 9,
            }
        ],
    }


def test_what_is_not_known_is_null() -> None:
    event = Sampled(at=1.0, tick=Tick(at=1.0, machine=MachineSample(cpus_busy=0.0, cpus=1.0), steps={}))
    _, fields = measured_fields(event)
    assert fields == {
        "machine": {
            "cpus_busy": 0.0,
            "cpus": 1.0,
            "memory_used_bytes": None,
            "memory_total_bytes": None,
            "load": None,
            "pressure": {"cpu": None, "memory": None, "io": None},
            "disk_free_bytes": None,
        },
        "steps": [],
    }


def test_an_alert() -> None:
    expected = {
        "rule": "step-memory",
        "severity": "critical",
        "message": "full",
        "step": "a",
        "raised_s": 1.234568,
    }
    assert alert_fields(ALERT) == expected
    assert measured_fields(AlertChanged(at=2.0, change=Raised(ALERT))) == ("alert-raised", expected)


def test_an_alert_that_is_over() -> None:
    of_a_step = AlertChanged(at=2.0, change=Cleared(at=2.0, rule="memory", step=A))
    assert measured_fields(of_a_step) == ("alert-cleared", {"rule": "memory", "step": "a"})
    of_the_machine = AlertChanged(at=2.0, change=Cleared(at=2.0, rule="memory"))
    assert measured_fields(of_the_machine) == ("alert-cleared", {"rule": "memory", "step": None})
