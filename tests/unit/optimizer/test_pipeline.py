"""The pass manager: it trusts no pass, repeats them while that brings anything, and tells refusals once."""

import pytest

from tests.support.builders import workflow
from wfopt.dataclass import replace
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.native.loader import load
from wfopt.model.workflow import Workflow
from wfopt.optimizer.base import Change, Facts, Level, Pass, PassResult, Refusal
from wfopt.optimizer.pipeline import MOST_ROUNDS, BrokenPassError, optimize
from wfopt.optimizer.registry import PASSES
from wfopt.source import SourceFile

TANGLED = """\
wfopt: 1
targets: [reads]
steps:
  writes:
    matrix: {x: [10, 5]}
    run: ./writes ${{ matrix.x }}
    inputs: ["m/${{ matrix.x }}"]
    outputs: ["n/${{ matrix.x }}"]
    effects: []
  reads:
    matrix: {x: [10, 1]}
    run: ./reads ${{ matrix.x }}
    inputs: ["n/${{ matrix.x }}0"]
    outputs: ["m/${{ matrix.x }}"]
    effects: []
  one: {run: ./lint, inputs: [a], outputs: [], effects: []}
  two: {run: ./lint, inputs: [a], outputs: [], effects: []}
  dead: {run: ./dead, inputs: [a], outputs: [b], effects: []}
  late: {run: ./late, needs: [one, dead], inputs: [c], outputs: [], effects: []}
  once: {run: ./once, matrix: {x: [1, 2]}, inputs: [a], outputs: [], effects: []}
  last: {run: ./last, needs: [one, late], inputs: [c], outputs: [], effects: []}
"""


class _Reordering:
    """Drops an order between steps of which nothing is known."""

    name = "reordering"
    summary = ""
    level = Level.DECLARED

    def rewrite(self, workflow: Workflow, facts: Facts) -> PassResult:
        return PassResult(replace(workflow, edges=()))


class _Growing:
    """Raises all priorities, without end."""

    name = "growing"
    summary = ""
    level = Level.DECLARED

    def rewrite(self, workflow: Workflow, facts: Facts) -> PassResult:
        steps = tuple(replace(step, priority=step.priority + 1) for step in workflow.steps)
        change = Change(made_by=self.name, steps=(), what="one more", why="")
        refusal = Refusal(made_by=self.name, steps=(), what="two more", why="")
        return PassResult(replace(workflow, steps=steps), (change,), (refusal,))


def test_a_pass_that_is_wrong_is_named() -> None:
    with pytest.raises(BrokenPassError, match=r"the pass `reordering` is wrong: .*`a`"):
        optimize(workflow(["a", "b"], [("a", "b")]), (_Reordering(),), Facts(), lambda: 0.0)


def test_rounds_end_and_refusals_are_told_once() -> None:
    made = optimize(workflow(["a"]), (_Growing(),), Facts(), iter(range(100)).__next__)
    assert [each.round for each in made.passed] == list(range(1, MOST_ROUNDS + 1))
    assert made.after.steps[0].priority == len(made.changes) == MOST_ROUNDS
    assert [each.what for each in made.refusals] == ["two more"]
    assert made.seconds == {"growing": float(MOST_ROUNDS)}


@pytest.mark.parametrize(
    "one", [each for each in PASSES if each.level is Level.DECLARED], ids=lambda one: one.name
)
def test_matrices_that_wait_for_each_other_stay_as_they_are(one: Pass) -> None:
    tangled, _ = load(SourceFile("w.yml", TANGLED), LoadOptions(workspace="/work"))
    made = optimize(tangled, (one,), Facts(), lambda: 0.0)
    assert made.after is tangled
    if one.name == "drop-order-only-needs":
        (refusal,) = made.refusals
        assert refusal.why == "cells of different matrices wait for each other in both directions"
