"""Steps of cells."""

import pytest

from tests.support.github_files import imported, job_of, steps_by_id
from tests.support.model_text import expression_text
from wfopt.model.expressions import evaluate
from wfopt.model.workflow import MatrixGroup


@pytest.mark.parametrize(
    ("job", "step", "expected"),
    [
        ("", "", None),
        ("10", "", 600),
        ("", "2", 120),
        ("10", "2", 120),
        ("1", "2", 60),
        ("${{ x }}", "0.5", 30),
    ],
)
def test_the_shorter_time_counts(job: str, step: str, expected: float | None) -> None:
    found = job_of(f"- {{run: a, timeout-minutes: '{step}'}}", job=f"timeout-minutes: '{job}'")
    assert found.workflow.steps[0].timeout_s == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("true", "True"),
        ("false", "False"),
        ("${{ matrix.x == 1 }}", "True"),
        ("${{ github.ref == 'a' }}", "ref"),
        ("${{ github.event.x }}", "False"),
        ("x ${{ env.Y }}", "False"),
    ],
)
def test_failures_that_are_allowed(written: str, expected: str) -> None:
    found = job_of(f'- {{run: a, continue-on-error: "{written}"}}', job="strategy: {matrix: {x: [1]}}")
    allowed = found.workflow.steps[0].allow_failure
    shown = str(allowed) if isinstance(allowed, bool) else "ref"
    assert shown == expected


def test_a_cell_tells_what_it_shares() -> None:
    step = job_of("- {run: a, name: b}", job="strategy: {fail-fast: false, matrix: {x: [1]}}").workflow.steps[
        0
    ]
    assert step.group == MatrixGroup(definition="a/1", max_parallel=None, fail_fast=False)
    assert (step.id, step.definition, step.cell, step.description) == ("a[x=1]/1", "a/1", (("x", "1"),), "b")


def test_places() -> None:
    step = job_of("- uses: o/n@v1\n  with:\n    one: 1\n  env: {A: b}\n  if: true").workflow.steps[0]
    assert {name: span.line for name, span in step.places.items()} == {
        "uses": 7,
        "with": 9,
        "with.one": 9,
        "env": 10,
        "if": 11,
    }
    assert step.span is not None
    assert (step.span.line, step.span.column) == (7, 9)


def test_a_service_is_a_step_that_is_cancelled() -> None:
    found = steps_by_id(job_of("- {run: a, id: s, background: true}\n- run: b\n- cancel: s"))
    assert found["a/s"].effects == {"service"}
    assert found["a/2"].effects is None


def test_secret_variables_are_known() -> None:
    step = job_of(
        "- {run: a, env: {P: '${{ secrets.P }}', Q: q}}", job="env: {Q: '${{ secrets.Q }}'}"
    ).workflow.steps[0]
    assert step.secrets == ("P",)


def test_references_are_in_the_words_of_the_file() -> None:
    text = """
    - run: a ${{ secrets.T }}
      if: success()
      name: ${{ matrix.name }}
      with: {a: "${{ github.event.x }}"}
    """
    found = job_of(text, job="env: {A: '${{ matrix.os }}'}")
    assert found.workflow.steps[0].references == {"secrets.T", "success()", "github.event", "matrix.os"}


@pytest.mark.parametrize(
    ("job", "step", "expected"),
    [
        ("", "", "None"),
        ("", "env.A", "env['A']"),
        ("env.A", "", "env['A']"),
        ("env.A", "env.B", "(env['A'] && env['B'])"),
        ("env.A", "always()", "(env['A'] && always())"),
        ("always()", "", "always()"),
        ("always()", "env.B", "(always() && env['B'])"),
    ],
)
def test_the_condition_of_the_job_is_that_of_its_first_step_too(job: str, step: str, expected: str) -> None:
    found = job_of(f"- {{run: a, if: '{step}'}}", job=f"if: '{job}'").workflow.steps[0].condition
    assert ("None" if found is None else expression_text(found)) == expected


RESCUE = """
on: push
jobs:
  a: {steps: [{run: a}]}
  b:
    needs: a
    if: always()
    steps:
      - {run: one}
      - {run: shaky, continue-on-error: true}
      - {run: two}
      - {run: broken, if: failure()}
"""


@pytest.mark.parametrize(
    ("one", "shaky", "goes_on", "rescues"),
    [
        ("succeeded", "succeeded", True, False),
        ("succeeded", "failed", True, False),
        ("failed", "skipped", False, True),
    ],
)
def test_a_job_that_runs_after_failures_looks_at_its_own_steps(
    one: str, shaky: str, goes_on: bool, rescues: bool
) -> None:
    steps = steps_by_id(imported(RESCUE))
    words = {"a/1": "failed", "b/1": one, "b/2": shaky, "b/3": "succeeded" if goes_on else "skipped"}
    contexts = {"needs": {name: {"status": word} for name, word in words.items()}}
    status = {"always": True, "failure": True, "success": False, "cancelled": False}
    two, broken = steps["b/3"].condition, steps["b/4"].condition
    assert two is not None
    assert broken is not None
    assert evaluate(two, contexts, status) is goes_on
    assert evaluate(broken, contexts, status) is rescues


def test_only_steps_that_have_ended_are_asked() -> None:
    found = steps_by_id(
        job_of("- {run: a, background: true}\n- parallel: [{run: b}, {run: c}]\n- run: d", job="if: always()")
    )
    shown = {name: expression_text(step.condition) for name, step in found.items() if step.condition}
    assert shown["a/2.2"] == "always()"
    assert shown["a/3"] == (
        "(always() && ((needs['a/2.1']['status'] != 'failed') && (needs['a/2.2']['status'] != 'failed')))"
    )
