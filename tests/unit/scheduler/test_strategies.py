"""Each strategy does what its fixtures say, wins where it should and loses where it must.

A fixture holds `slots`, `steps` in file order with `seconds`, `weight` (what is expected, 1 unless known)
and `needs`, then the `order` of starts, the `wall` time, and the same of another strategy in `other`.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.builders import step, workflow
from tests.support.runners import Plan as Script
from tests.support.runs import run
from wfopt.resources.pool import Capacity, Pool
from wfopt.scheduler.base import View, first_fit
from wfopt.scheduler.registry import STRATEGIES, strategy_named

FIXTURES = Path(__file__).parents[2] / "fixtures" / "strategies"
CASES = sorted(FIXTURES.rglob("*.yml"))


def played(case: dict[str, Any], name: str) -> tuple[list[str], float]:
    """Return the order of starts and the wall time of a case under a strategy."""
    steps: dict[str, dict[str, Any]] = case["steps"]
    edges = [(before, after) for after, each in steps.items() for before in each.get("needs", ())]
    told = run(
        workflow(steps, edges),
        {each: Script(duration_s=steps[each]["seconds"]) for each in steps},
        strategy=strategy_named(name),
        weights=tuple(float(each.get("weight", 1)) for each in steps.values()),
        capacity=Capacity(slots=case["slots"], cpu_milli=1000 * case["slots"]),
    )
    return told.started, told.end.at


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_fixture(path: Path) -> None:
    case = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    other = case["other"]
    assert played(case, path.parent.name) == (case["order"], case["wall"])
    assert played(case, other["strategy"]) == (other["order"], other["wall"])
    assert (case["wall"] < other["wall"]) is (path.stem == "wins")


@pytest.mark.parametrize("name", [each.name for each in STRATEGIES])
def test_every_strategy_wins_once_and_loses_once(name: str) -> None:
    assert {path.stem for path in CASES if path.parent.name == name} == {"wins", "loses"}


def test_names() -> None:
    assert [strategy_named(each.name) for each in STRATEGIES] == list(STRATEGIES)
    assert STRATEGIES[0].name == "critical-path"
    assert strategy_named("random") is None


def test_first_fit_lets_small_ones_pass_and_stops_when_full() -> None:
    steps = [step("a"), step("b", cpu_milli=2000), step("c"), step("d")]
    view = View([0, 1, 2, 3], Pool(steps, Capacity(slots=4, cpu_milli=2000)))
    assert first_fit(view) == [0, 2]
