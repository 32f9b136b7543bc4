"""A workflow that did not come from a file has no places to show: checks then say nothing, and never fail."""

from __future__ import annotations

from itertools import product

import pytest

from wfopt.analyzer.base import Case, Check
from wfopt.analyzer.case import case_of
from wfopt.analyzer.registry import CHECKS
from wfopt.model.estimates import Estimate, Knowledge, StepFacts
from wfopt.model.expressions import Template
from wfopt.model.pipeline import Concurrency, Job, Matrix, Pipeline, Trigger
from wfopt.model.workflow import (
    CacheExtra,
    CacheRule,
    MatrixGroup,
    Opaque,
    Request,
    Retries,
    Script,
    Shell,
    Step,
    StepId,
    Workflow,
)

BASH = Shell("bash", ("bash", "-c"))
FORMATS = ("native", "github", "gitlab", "taskfile", "dvc", "wfformat")


def script(name: str, text: str) -> Step:
    return Step(id=StepId(name), definition=name, run=Script(Template.plain(text), BASH))


def steps() -> tuple[Step, ...]:
    """Return steps at which each check would have something to say."""
    group = MatrixGroup(definition="cell", max_parallel=None, fail_fast=False)
    off = CacheRule(enabled=False)
    dated = CacheRule(extras=((CacheExtra.COMMAND, Template.plain("date")),))
    clone = Opaque(what="actions/checkout@v4", why="an action", options={"fetch-depth": "0"})
    return (
        script("install", "npm ci"),
        script("build", "go build ./..."),
        script("again", "go build ./..."),
        *(
            Step(
                id=StepId(f"cell{number}"),
                definition="cell",
                cell=(("n", str(number)),),
                group=group,
                run=Script(Template.plain("tsc"), BASH),
            )
            for number in (1, 2)
        ),
        Step(id=StepId("off"), run=Script(Template.plain("tsc"), BASH), inputs=(), outputs=(), cache=off),
        Step(id=StepId("half"), run=Script(Template.plain("tsc"), BASH), inputs=()),
        Step(id=StepId("dated"), run=Script(Template.plain("tsc"), BASH), cache=dated),
        Step(id=StepId("retried"), run=Script(Template.plain("tsc"), BASH), retries=Retries(max=3)),
        Step(
            id=StepId("greedy"),
            run=Script(Template.plain("tsc"), BASH),
            request=Request(memory_bytes=1 << 40),
        ),
        Step(id=StepId("clone"), run=clone),
    )


def case(name: str, *, jobs: bool) -> Case:
    """Return a case of steps and jobs without places."""
    made = steps()
    ids = tuple(step.id for step in made)
    facts = StepFacts(wall=Estimate(expected=1, low=1, high=1, samples=9), slowest_s=900.0, attempts=9)
    memory = Estimate(expected=1, low=1, high=1, samples=9)
    knowledge = Knowledge(steps={ids[0]: facts, StepId("greedy"): StepFacts(memory=memory)}, runs=9)
    matrix = Matrix(axes={"a": ("1",) * 5, "b": ("1",) * 5}, cells=25, fail_fast=False)
    listed = (
        Job(id="one", cells=(ids, ids), matrix=matrix, runner=("macos-latest",), retries=2),
        Job(id="two", cells=(ids,)),
        Job(id="none", cells=()),
    )
    triggers = (Trigger(event="push"), Trigger(event="pull_request"))
    pipeline = Pipeline(jobs=listed, triggers=triggers, concurrency=Concurrency(group="g"))
    return case_of(name, Workflow(name="w", steps=made), pipeline if jobs else None, knowledge, {})


MINE = tuple(check for check in CHECKS if check.code.number[2] in "23")


@pytest.mark.parametrize("check", MINE, ids=lambda check: check.code.number)
def test_nothing_is_shown_without_places(check: Check) -> None:
    for name, jobs in product(FORMATS, (True, False)):
        assert list(check.run(case(name, jobs=jobs))) == []
