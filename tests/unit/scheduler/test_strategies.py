"""Each strategy does what its fixtures say, wins where it should and loses where it must.

A fixture holds `slots`, for `best-fit` `memory`, and `steps` in file order: their true `seconds`, `weight`
(what is expected, if anything is), `needs`, `cpu`, `memory`, `priority` and `matrix`; then the `order` of
starts and what `measure` says: the `wall` time unless told otherwise, the `mean-end`, or the end of a step.
`other` holds the same of another strategy. Less is better.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.builders import step, workflow
from tests.support.pools import Pool
from tests.support.runners import Plan as Script
from tests.support.runs import run
from tests.support.scheduling import facts
from wfopt.model.workflow import MatrixGroup, Step, StepId
from wfopt.resources.pool import Capacity
from wfopt.scheduler.base import Strategy, View, first_fit
from wfopt.scheduler.registry import STRATEGIES, strategy_named
from wfopt.scheduler.simulate import simulate

FIXTURES = Path(__file__).parents[2] / "fixtures" / "strategies"
CASES = sorted(FIXTURES.rglob("*.yml"))


def read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)


def named(name: str) -> Strategy:
    strategy = strategy_named(name)
    assert strategy is not None
    return strategy


def step_of(name: str, each: dict[str, Any]) -> Step:
    matrix = each.get("matrix")
    group = MatrixGroup(definition=matrix, max_parallel=None, fail_fast=False) if matrix else None
    return step(
        name,
        definition=matrix or name,
        group=group,
        cpu_milli=1000 * each.get("cpu", 1),
        memory_bytes=each.get("memory"),
        priority=each.get("priority", 0),
    )


def capacity_of(case: dict[str, Any]) -> Capacity:
    return Capacity(slots=case["slots"], cpu_milli=1000 * case["slots"], memory_bytes=case.get("memory"))


def edges_of(case: dict[str, Any]) -> list[tuple[str, str]]:
    return [(before, after) for after, each in case["steps"].items() for before in each.get("needs", ())]


def played(case: dict[str, Any], name: str) -> tuple[list[str], float]:
    """Return the order of starts and the measure of a case under a strategy."""
    steps: dict[str, dict[str, Any]] = case["steps"]
    known = facts(
        [step_of(each, steps[each]) for each in steps],
        edges_of(case),
        capacity=capacity_of(case),
        seconds={each: steps[each]["weight"] for each in steps if "weight" in steps[each]},
    )
    schedule = simulate(known, named(name), [each["seconds"] for each in steps.values()])
    measure = case.get("measure", "wall")
    ends = dict(zip(steps, schedule.ends, strict=True))
    values = {"wall": schedule.makespan, "mean-end": sum(ends.values()) / len(ends), **ends}
    return [known.ids[node] for node in schedule.order], values[measure]


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_fixture(path: Path) -> None:
    case = read(path)
    other = case["other"]
    assert played(case, path.parent.name) == (case["order"], case["value"])
    assert played(case, other["strategy"]) == (other["order"], other["value"])
    assert (case["value"] < other["value"]) is (path.stem == "wins")
    assert case["value"] != other["value"]


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_run_starts_what_the_simulation_starts(path: Path) -> None:
    case = read(path)
    steps = case["steps"]
    told = run(
        workflow([step_of(name, each) for name, each in steps.items()], edges_of(case)),
        {name: Script(duration_s=each["seconds"]) for name, each in steps.items()},
        strategy=named(path.parent.name),
        durations={StepId(name): float(each["weight"]) for name, each in steps.items() if "weight" in each},
        capacity=capacity_of(case),
    )
    assert told.started == case["order"]


@pytest.mark.parametrize("name", [each.name for each in STRATEGIES])
def test_every_strategy_wins_once_and_loses_once(name: str) -> None:
    assert {path.stem for path in CASES if path.parent.name == name} == {"wins", "loses"}


def test_names() -> None:
    assert [strategy_named(each.name) for each in STRATEGIES] == list(STRATEGIES)
    assert STRATEGIES[0].name == "critical-path"
    assert strategy_named("random") is None


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda each: each.name)
def test_docstring_says_what_why_an_example_and_when_not(strategy: Strategy) -> None:
    text = strategy.__doc__ or ""
    assert "    Example:\n" in text
    assert "When it does not apply: " in text


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda each: each.name)
def test_without_facts_every_strategy_takes_the_first_that_fit(strategy: Strategy) -> None:
    steps = [step("a"), step("b", cpu_milli=2000), step("c"), step("d")]
    view = View([0, 1, 2, 3], Pool(steps, Capacity(slots=4, cpu_milli=2000)))
    assert list(strategy.pick(view)) == [0, 2] == first_fit(View([0, 1, 2, 3], Pool(steps, TIGHT)))


TIGHT = Capacity(slots=4, cpu_milli=2000)
