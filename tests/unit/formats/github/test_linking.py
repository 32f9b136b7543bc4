"""Edges from job to job."""

import pytest

from tests.support.github_files import edges, imported
from wfopt.errors import LoadError
from wfopt.formats.github import linking
from wfopt.model.workflow import Origin

TWO = """
on: push
jobs:
  a:
    strategy: {{matrix: {{x: [1, 2]}}}}
    steps: [{{run: a}}, {{run: b, if: '{condition}'}}]
  b:
    needs: [a]
    strategy: {{matrix: {{y: [1, 2]}}}}
    steps: [{{run: c, background: true}}, {{run: d}}]
"""


def test_every_last_step_of_every_cell_goes_before_every_first_step() -> None:
    found = edges(imported(TWO.format(condition="")))
    assert found == {
        "a[x=1]/1 -> a[x=1]/2 order",
        "a[x=2]/1 -> a[x=2]/2 order",
        *(f"a[x={x}]/2 -> b[y={y}]/{n} order" for x in (1, 2) for y in (1, 2) for n in (1, 2)),
    }


@pytest.mark.parametrize(("condition", "origin"), [("", Origin.WRITTEN), ("always()", Origin.LIST)])
def test_a_last_step_with_a_condition_may_be_skipped_alone(condition: str, origin: Origin) -> None:
    found = imported(TWO.format(condition=condition)).workflow.edges
    assert {each.origin for each in found if each.after.startswith("b")} == {origin}


def test_edges_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linking, "MAX_EDGES", 9)
    with pytest.raises(LoadError, match="this workflow has more than 9 edges"):
        imported(TWO.format(condition=""))
    monkeypatch.setattr(linking, "MAX_EDGES", 10)
    assert len(imported(TWO.format(condition="")).workflow.edges) == 10


def test_a_long_circle_is_shown_shortened() -> None:
    jobs = "".join(f"  j{n}: {{needs: j{(n + 1) % 20}, steps: [{{run: a}}]}}\n" for n in range(20))
    with pytest.raises(LoadError, match=r"20 jobs wait for each other: j0 -> j19 .* -> \.\.\. -> .* -> j0"):
        imported(f"on: push\njobs:\n{jobs}")


def test_jobs_come_behind_those_that_they_need() -> None:
    found = imported("on: x\njobs: {b: {needs: a, steps: [{run: b}]}, a: {steps: [{run: a}]}}")
    assert edges(found) == {"a/1 -> b/1 order"}
    assert [step.id for step in found.workflow.steps] == ["b/1", "a/1"]
