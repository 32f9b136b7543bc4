"""What a run looks with, put together."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.builders import step, workflow
from tests.support.history import past_attempt, past_run, story
from tests.support.runners import FakeClock, FakeRunner
from tests.support.runners import Plan as Script
from tests.support.stages import Stage
from tests.support.ticks import tick
from wfopt.api import watching
from wfopt.api.watching import Eyes, open_eyes
from wfopt.engine.clock import SystemClock
from wfopt.engine.observing import Standing
from wfopt.engine.runner import Alive
from wfopt.events import AlertChanged, Sampled
from wfopt.metrics.store import open_history
from wfopt.model.samples import Change, Raised, Tick
from wfopt.model.workflow import StepId
from wfopt.resources.alerts.base import Context, Reading, Readings, Rule, Sense, Unit
from wfopt.resources.alerts.registry import RULES

A, B = StepId("a"), StepId("b")


def looking(*seen: Context) -> tuple[Rule, list[Context]]:
    """Return a rule that notes what it is told and never warns."""
    contexts = list(seen)

    def readings(_tick: Tick, context: Context) -> Readings:
        contexts.append(context)
        return {None: Reading(0.0, "")}

    rule = Rule(
        name="notes",
        summary="",
        sense=Sense.ABOVE,
        unit=Unit.SHARE,
        warning=1.0,
        hold_s=0.0,
        clear_s=0.0,
        slack=0.0,
        readings=readings,
    )
    return rule, contexts


def standing(leaders: Mapping[StepId, int] | None = None, waiting: int = 0) -> Standing:
    alive = Alive(leaders or {})
    return Standing(alive=alive, started_at=dict.fromkeys(alive.leaders, 1.5), waiting=waiting)


def test_the_machine_and_the_steps_are_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Others write to the same disk meanwhile.
    disks = {str(tmp_path): os.statvfs(tmp_path)}
    monkeypatch.setattr(os, "statvfs", disks.__getitem__)
    eyes = open_eyes(str(tmp_path), SystemClock(), [step("a")], 2.0, {}, RULES)
    at = time.monotonic()
    first, _ = eyes.look(at, standing({A: os.getpid()}))
    assert set(first.steps) == {A}
    assert first.steps[A].memory_bytes > 1 << 20
    assert first.machine.memory_total_bytes is not None
    disk = disks[str(tmp_path)]
    assert first.machine.disk_free_bytes == disk.f_bavail * disk.f_frsize
    second, _ = eyes.look(at + 1.0, standing())
    assert (second.at, second.steps) == (at + 1.0, {})


def test_rules_are_told_how_the_run_stands(tmp_path: Path) -> None:
    rule, contexts = looking()
    steps = [step("a", memory_bytes=100), step("b"), step("c", memory_bytes=0)]
    eyes = open_eyes(str(tmp_path), FakeClock(), steps, 2.5, {B: 3.0}, [rule])
    eyes.look(7.0, standing({A: os.getpid()}, waiting=4))
    assert contexts == [
        Context(cpus=2.5, waiting=4, memory_bytes={A: 100}, usual_s={B: 3.0}, started_at={A: 1.5})
    ]


def test_alerts_come_from_what_is_measured_and_one_look_remembers_the_last() -> None:
    class Monitor:
        def tick(self, now: float, _leaders: Mapping[StepId, int], _spawner: int | None) -> Tick:
            return tick(now, memory=(95, 100))

    (memory,) = (rule for rule in RULES if rule.name == "memory")
    eyes = Eyes(Monitor(), watching.Watch([memory]), 2.0, {}, {})  # type: ignore[arg-type]
    found: list[Change] = []
    for at in range(8):
        found += eyes.look(float(at), standing())[1]
    (change,) = found
    assert isinstance(change, Raised)
    assert (change.alert.at, change.alert.rule, change.alert.severity) == (memory.hold_s, "memory", "warning")


def test_the_longest_times_are_asked_for_once_a_step_has_run_for_a_while() -> None:
    class Monitor:
        def tick(self, now: float, _leaders: Mapping[StepId, int], _spawner: int | None) -> Tick:
            return tick(now)

    rule, contexts = looking()
    asked: list[int] = []

    def longest() -> Mapping[StepId, float]:
        asked.append(1)
        return {A: 9.0}

    eyes = Eyes(Monitor(), watching.Watch([rule]), 2.0, {}, {}, longest)  # type: ignore[arg-type]
    for at in (2.0, 6.0, 7.0, 8.0):
        eyes.look(at, standing({A: 1}))
    assert [each.longest_s for each in contexts] == [{}, {}, {A: 9.0}, {A: 9.0}]
    assert len(asked) == 1


class Pretender(FakeRunner):
    """A fake runner whose steps have a process that is there: this one stands for all of them."""

    def alive(self) -> Alive:
        return Alive(dict.fromkeys(self.running, os.getpid()))


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A workspace whose history knows that `a` and a hook take two seconds on `north`."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    made = Stage(tmp_path, runner=Pretender(FakeClock(now=50.0)))
    path = str(made.state / "history.db")
    attempts = [past_attempt("a", 2.0), past_attempt("finally:x", 2.0)]
    with open_history(path, wall=lambda: 0.0, monotonic=lambda: 0.0, warn=lambda _: None) as writer:
        writer.write(story(past_run("r", workflow="w.yml"), attempts))
    return made


SLOW = Script(duration_s=8.0)


def test_a_run_warns_of_a_step_that_takes_longer_than_usual(stage: Stage) -> None:
    flow = workflow([step("a", memory_bytes=1), "b"], finally_steps=[step("finally:x", memory_bytes=1)])
    report = stage.run(flow, dict.fromkeys(("a", "b", "finally:x"), SLOW), host="north")
    raised = [each.change for each in stage.events if isinstance(each, AlertChanged)]
    alerts = [each.alert for each in raised if isinstance(each, Raised)]
    assert report.alerts == stage.stories[0].run.alerts == tuple(alerts)
    # What hooks take and hold is known as well.
    for rule in ("slow-step", "step-memory"):
        assert [each.step for each in alerts if each.rule == rule] == ["a", "finally:x"]
    slow = next(each for each in alerts if each.rule == "slow-step")
    assert slow.message.startswith("step `a` has run for 6.00 s, 3.0 times its usual 2.00 s")
    assert slow.at == 6.0
    assert [each.at for each in stage.events if isinstance(each, Sampled)][:3] == [0.5, 1.0, 1.5]
    assert len(stage.stories[0].samples) == 47


def test_settings_say_what_is_warned_of(stage: Stage) -> None:
    off = {rule.name: False for rule in RULES}
    report = stage.run(workflow("a"), {"a": SLOW}, alerts=off, host="north")
    assert report.alerts == ()
    assert any(isinstance(each, Sampled) for each in stage.events)


def test_what_other_machines_took_is_not_usual_here(stage: Stage) -> None:
    report = stage.run(workflow("a"), {"a": SLOW}, host="south")
    assert [each for each in report.alerts if each.rule == "slow-step"] == []


def test_a_short_run_opens_no_eyes(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "open_eyes", None)
    report = stage.run(workflow("ab"), {"a": Script(duration_s=0.2), "b": Script(duration_s=0.2)})
    assert report.exit_code == 0
