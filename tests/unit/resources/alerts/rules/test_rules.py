"""What each rule for alerts reads off a tick, and says of it."""

from __future__ import annotations

import math

import pytest

from tests.support.ticks import GIB, tick
from wfopt.model.samples import Tick
from wfopt.model.workflow import StepId
from wfopt.resources.alerts.base import Context, Rule
from wfopt.resources.alerts.rules.disk import DISK
from wfopt.resources.alerts.rules.idle_cpu import IDLE_CPU
from wfopt.resources.alerts.rules.memory import MEMORY
from wfopt.resources.alerts.rules.pressure import PRESSURE
from wfopt.resources.alerts.rules.slow_step import SLOW_STEP
from wfopt.resources.alerts.rules.step_memory import STEP_MEMORY

A, B = StepId("a"), StepId("b")
PLAIN = Context(cpus=2.0)


def context(
    *,
    waiting: int = 0,
    cpus: float = 2.0,
    memory: dict[StepId, int] | None = None,
    usual: dict[StepId, float] | None = None,
    longest: dict[StepId, float] | None = None,
    started: dict[StepId, float] | None = None,
) -> Context:
    return Context(
        cpus=cpus,
        waiting=waiting,
        memory_bytes=memory or {},
        usual_s=usual or {},
        longest_s=longest or {},
        started_at=started or {},
    )


@pytest.mark.parametrize(
    ("rule", "seen", "known", "subject", "value", "words"),
    [
        (MEMORY, tick(memory=(9 * GIB, 10 * GIB)), PLAIN, None, 0.9, "memory is 90 % full: 9 GiB of 10 GiB"),
        (
            STEP_MEMORY,
            tick(steps={"a": GIB, "b": GIB}),
            context(memory={A: 2 * GIB}),
            A,
            0.5,
            "step `a` holds 1 GiB of memory, 50 % of its 2 GiB",
        ),
        (DISK, tick(disk=GIB), PLAIN, None, GIB, "the disk of the workspace has 1 GiB left"),
        (
            SLOW_STEP,
            tick(100.0),
            context(usual={A: 10.0}, started={A: 60.0, B: 0.0}),
            A,
            4.0,
            "step `a` has run for 40.0 s, 4.0 times its usual 10.0 s",
        ),
        (
            IDLE_CPU,
            tick(cpus_busy=0.25),
            context(waiting=3),
            None,
            0.125,
            "only 12 % of the cpus are busy while 3 steps wait for other room",
        ),
        (
            IDLE_CPU,
            tick(cpus_busy=0.0),
            context(waiting=1, cpus=0.5),
            None,
            0.0,
            "only 0 % of the cpus are busy while 1 step waits for other room",
        ),
        (
            PRESSURE,
            tick(waited=0.25),
            PLAIN,
            None,
            0.25,
            "programs waited for memory in 25 % of the last 10 s",
        ),
    ],
)
def test_readings(
    rule: Rule, seen: Tick, known: Context, subject: StepId | None, value: float, words: str
) -> None:
    readings = rule.readings(seen, known)
    assert list(readings) == [subject]
    assert math.isclose(readings[subject].value, value)
    assert readings[subject].words == words


@pytest.mark.parametrize(
    ("rule", "seen", "known"),
    [
        (MEMORY, tick(memory=None), PLAIN),
        (MEMORY, tick(memory=(0, 0)), PLAIN),
        (STEP_MEMORY, tick(steps={"a": GIB}), context(memory={A: 0, B: GIB})),
        (DISK, tick(disk=None), PLAIN),
        # Too short to care, never seen before, and one that usually takes no time.
        (SLOW_STEP, tick(4.0), context(usual={A: 0.1}, started={A: 0.0})),
        (SLOW_STEP, tick(100.0), context(started={A: 0.0})),
        (SLOW_STEP, tick(100.0), context(usual={A: 0.0}, started={A: 0.0})),
        (IDLE_CPU, tick(cpus_busy=0.0), context(waiting=1, cpus=0.0)),
        (PRESSURE, tick(waited=None), PLAIN),
    ],
)
def test_nothing_known_is_nothing_read(rule: Rule, seen: Tick, known: Context) -> None:
    assert rule.readings(seen, known) == {}


def test_idle_cpus_are_fine_while_no_step_waits() -> None:
    assert IDLE_CPU.readings(tick(cpus_busy=0.0), PLAIN)[None].value == math.inf


@pytest.mark.parametrize(
    ("longest", "at", "value"),
    [
        # From the upper end of the interval on it is slow, whatever the factor.
        (15.0, 15.0, 3.0),
        (15.0, 10.0, 2.0),
        (60.0, 30.0, 1.5),
        # A narrow interval does not make a small delay alarming.
        (10.1, 11.0, 2.2),
        (10.1, 15.0, 3.0),
    ],
)
def test_a_step_is_slow_beyond_its_interval(longest: float, at: float, value: float) -> None:
    told = context(usual={A: 10.0}, longest={A: longest}, started={A: 0.0})
    (reading,) = SLOW_STEP.readings(tick(at), told).values()
    assert reading.value == pytest.approx(value)
    assert "that were to be expected at most" in reading.words
