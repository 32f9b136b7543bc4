"""Scores are made of their parts, and move in one direction."""

from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.analyses import DUPLICATE_STEP, NO_TIMEOUT, TEXT, analyzed, finding, saving
from wfopt.analyzer import scores
from wfopt.analyzer.base import Case, Confidence, Finding, Gain
from wfopt.analyzer.case import case_of
from wfopt.analyzer.checks.no_cancel import NoCancel
from wfopt.analyzer.checks.no_path_filter import NoPathFilter
from wfopt.analyzer.checks.untrusted_text import UntrustedText
from wfopt.analyzer.report import Graph, Machine, Part, Score
from wfopt.analyzer.scores import complexity_score, optimization_score
from wfopt.dataclass import replace
from wfopt.model.estimates import Knowledge
from wfopt.model.workflow import StepId, Workflow
from wfopt.source import SourceFile

SOURCE = SourceFile("wfopt.yml", TEXT)
MACHINE = Machine(cpus=2, bound=180, makespan=200, ceiling=1.1, speedup=1.05, meant=True)


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.chdir(tmp_path)
    workflow = analyzed(tmp_path).files[0].workflow
    durations = {step.id: step.expected_s for step in workflow.steps if step.expected_s is not None}
    return case_of("native", workflow, None, Knowledge(), durations)


def parts(case: Case, *findings: Finding) -> dict[str, Part]:
    return {part.name: part for part in optimization_score(case, findings, MACHINE).parts}


def test_nothing_found(case: Case) -> None:
    found = parts(case)
    assert {name: round(part.value, 3) for name, part in found.items()} == {
        "time": 1,
        "work": 1,
        "schedule": 0.9,
        "reuse": 1,
        "thrift": 1,
        # No step has a time limit, but no finding is against any either.
        "safety": 0.5,
    }
    assert sum(part.weight for part in found.values()) == 100
    assert optimization_score(case, (), MACHINE).value == round(100 - 0.5 - 5)


def test_savings_multiply_and_count_by_confidence(case: Case) -> None:
    time = finding(SOURCE, saving=saving(0.5))
    unsure = finding(SOURCE, saving=saving(0.5), confidence=Confidence.LOW)
    work = finding(SOURCE, saving=saving(0.2, Gain.WORK))
    found = parts(case, time, unsure, work, finding(SOURCE))
    assert found["time"].value == pytest.approx(0.5 * 0.85)
    assert found["work"].value == pytest.approx(0.8)
    assert (found["time"].why, found["work"].why) == (
        "2 findings shorten the critical path",
        "1 finding saves work",
    )


def test_steps_in_findings_about_caching_count_by_their_time(case: Case) -> None:
    about = finding(SOURCE, code=DUPLICATE_STEP, steps=(StepId("test"), StepId("gone")))
    assert parts(case, about)["reuse"].value == pytest.approx(1 - 120 / 210)


def test_each_kind_of_needless_run_counts_once(case: Case) -> None:
    codes = (NO_TIMEOUT, NoCancel.code, NoCancel.code, NoPathFilter.code)
    found = [finding(SOURCE, code=code) for code in codes]
    assert [round(parts(case, *found[:count])["thrift"].value, 3) for count in range(5)] == [
        1,
        1,
        0.5,
        0.5,
        0.333,
    ]


def test_safety_is_time_limits_and_findings_about_correctness(case: Case) -> None:
    steps = [replace(step, timeout_s=60.0) for step in case.workflow.steps]
    limited = replace(case, workflow=replace(case.workflow, steps=tuple(steps)))
    assert parts(limited)["safety"].value == 1
    about = finding(SOURCE, code=UntrustedText.code, steps=(StepId("test"),))
    assert parts(limited, about)["safety"].value == pytest.approx((1 + 2 / 3) / 2)


def test_a_finding_more_never_raises_the_score(case: Case) -> None:
    more = [
        finding(SOURCE, saving=saving(0.3)),
        finding(SOURCE, saving=saving(0.3, Gain.WORK), steps=(StepId("build"),), code=DUPLICATE_STEP),
        finding(SOURCE, code=UntrustedText.code, steps=(StepId("lint"),)),
        finding(SOURCE, saving=saving(1.0)),
    ]
    values = [optimization_score(case, more[:count], MACHINE).value for count in range(5)]
    assert all(later < earlier for earlier, later in pairwise(values))


def test_a_workflow_of_nothing_scores_full() -> None:
    empty = Machine(cpus=1, bound=0, makespan=0, ceiling=1, speedup=1, meant=True)
    workflow = case_of("native", _empty(), None, Knowledge(), {})
    assert optimization_score(workflow, (), empty).value == 100
    assert Score(parts=()).value == 100


def test_complexity_grows_with_everything_and_stays_below_100(case: Case) -> None:
    small = _graph(edges=1, depth=2)
    values = {
        (edges, depth): complexity_score(case, _graph(edges=edges, depth=depth)).value
        for edges in (1, 50, 10**6)
        for depth in (2, 20, 10**4)
    }
    assert values[1, 2] < values[50, 2] < values[10**6, 2]
    assert values[1, 2] < values[1, 20] < values[1, 10**4] < values[10**6, 10**4] <= 100
    whys = [part.why for part in complexity_score(case, small).parts]
    assert whys == [
        "3 steps",
        "1 edge",
        "a chain of 2 steps",
        "0 matrix cells",
        "0 steps without a command",
    ]


def test_the_documented_weights_are_those_that_count(case: Case) -> None:
    table = scores.__doc__ or ""
    for score in (optimization_score(case, (), MACHINE), complexity_score(case, _graph(edges=1, depth=1))):
        for part in score.parts:
            assert f"| {part.name} | {part.weight} |" in table


def _graph(*, edges: int, depth: int) -> Graph:
    return Graph(
        steps=3,
        edges=edges,
        depth=depth,
        width=1,
        work=1,
        critical=1,
        path=(),
        timed=False,
        basis="",
        slacks={},
        profile=(),
    )


def _empty() -> Workflow:
    return Workflow(name="none", steps=())
