"""How long a workflow takes on one machine before and after a rewrite."""

import pytest

from wfopt.api.optimize_played import Makespans
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.native.loader import load
from wfopt.model.estimates import Estimate, Knowledge, StepFacts
from wfopt.model.following import HAND_OVER_S
from wfopt.model.workflow import StepId
from wfopt.resources.pool import Capacity
from wfopt.scheduler.crowding import CROWDING
from wfopt.scheduler.registry import strategy_named
from wfopt.source import SourceFile

MACHINE = Capacity(slots=2, cpu_milli=2000, memory_bytes=1 << 20)


def test_a_step_larger_than_the_machine_is_played_all_the_same() -> None:
    text = (
        "wfopt: 1\nsteps:\n  a: { run: echo, resources: { memory: 1GiB } }\n  b: { run: echo, needs: [a] }\n"
    )
    workflow, _ = load(SourceFile("wfopt.yml", text), LoadOptions(workspace="/nowhere"))
    strategy = strategy_named("fifo")
    assert strategy is not None
    makespans = Makespans({workflow.steps[0].id: 3.0, workflow.steps[1].id: 4.0}, MACHINE, strategy)
    assert makespans(workflow) == makespans(workflow) == 7.0


def played(text: str, weight: float, knowledge: Knowledge | None) -> float:
    workflow, _ = load(SourceFile("wfopt.yml", text), LoadOptions(workspace="/nowhere"))
    strategy = strategy_named("fifo")
    assert strategy is not None
    return Makespans({step.id: weight for step in workflow.steps}, MACHINE, strategy, knowledge)(workflow)


def test_a_step_that_starts_right_after_another_one_saves_a_turn() -> None:
    text = "wfopt: 1\nsteps:\n  a: { run: echo }\n  b: { run: echo, needs: [a], right-after: a }\n"
    assert played(text, 0.002, Knowledge()) == pytest.approx(0.004 - HAND_OVER_S)
    assert played(text, HAND_OVER_S / 2, Knowledge()) == pytest.approx(HAND_OVER_S / 2)
    assert played(text, 0.002, None) == pytest.approx(0.004)


def test_steps_that_keep_all_cpus_busy_together_take_longer() -> None:
    text = "wfopt: 1\nsteps:\n  a: { run: echo }\n  b: { run: echo }\n"
    idle = StepFacts(wall=Estimate(expected=2.0, low=2.0, high=2.0), cpu_s=0.1)
    assert played(text, 2.0, Knowledge()) == pytest.approx(2.0 * (1 + CROWDING))
    assert played(text, 2.0, Knowledge(steps={StepId("a"): idle})) == pytest.approx(2.0)
    assert played(text, 2.0, None) == pytest.approx(2.0)
