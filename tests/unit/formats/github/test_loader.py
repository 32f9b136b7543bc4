"""Whole files."""

import pytest

from tests.support.github_files import imported
from wfopt.errors import LoadError
from wfopt.formats.github import loader


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a", "a workflow of GitHub Actions is a mapping with `on` and `jobs`"),
        ("on: push", "there are no jobs"),
        ("on: push\njobs: []", "there are no jobs"),
        ("on: push\njobs: {}", "there are no jobs"),
        ("on: push\njobs: {a: }", "job `a` must be a mapping"),
        ("on: push\njobs: {a: {}}", "no job has a step that could run"),
        ("on: push\njobs: {a: {steps: {run: x}}}", "`steps` of job `a` must be a list"),
        ("on: push\njobs: {a: {steps: [{run: x}], needs: b}}", "job `a` needs `b`, which does not exist"),
        ("on: push\njobs: {a: {steps: [{run: x}], needs: a}}", "job `a` needs itself"),
    ],
)
def test_what_is_no_workflow_is_refused(text: str, message: str) -> None:
    with pytest.raises(LoadError) as caught:
        imported(text)
    errors = [each for each in caught.value.diagnostics if each.severity.value == "error"]
    assert [each.message for each in errors] == [message]
    assert errors[0].primary is not None


def test_steps_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "on: push\njobs: {a: {strategy: {matrix: {x: [1, 2]}}, steps: [{run: a}, {run: b}]}}"
    monkeypatch.setattr(loader, "MAX_STEPS", 4)
    assert len(imported(text).workflow.steps) == 4
    monkeypatch.setattr(loader, "MAX_STEPS", 3)
    with pytest.raises(LoadError, match="the jobs have 4 steps in all cells"):
        imported(text)


def test_a_workflow_has_the_name_of_the_file_if_it_has_none() -> None:
    assert imported("on: push\njobs: {a: {steps: [{run: a}]}}").workflow.name == "ci.yml"
    assert imported("name: N\non: push\njobs: {a: {steps: [{run: a}]}}").workflow.name == "N"


def test_remarks_come_in_the_order_of_the_file() -> None:
    text = """\
    on: push
    odd: 1
    jobs:
      a:
        steps:
          - uses: o/n@v1
      b:
        stepz: 1
        uses: ./w.yml
    """
    found = [(each.code.number, each.primary.span.line) for each in imported(text).remarks if each.primary]
    assert found == [("WF909", 2), ("WF901", 6), ("WF909", 8), ("WF910", 9)]
