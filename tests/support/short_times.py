"""What a history would tell of the steps of made-up workflows: most are short."""

from __future__ import annotations

from random import Random

from wfopt.model.estimates import Estimate, Knowledge, StepFacts
from wfopt.model.workflow import Workflow

_USUAL_S = (0.001, 0.003, 0.003, 0.005, 0.02)


def times_of(workflow: Workflow, rnd: Random) -> Knowledge:
    """Return how long each step usually took, how often it ran, and how often it failed."""
    return Knowledge(steps={step.id: _facts(rnd) for step in workflow.steps}, runs=9)


def _facts(rnd: Random) -> StepFacts:
    usual = rnd.choice(_USUAL_S)
    attempts = rnd.choice([0, 2, 9, 9, 9, 9, 9])
    return StepFacts(
        wall=Estimate(expected=usual, low=usual / 2, high=usual * 2) if attempts else None,
        slowest_s=usual * 3,
        attempts=attempts,
        failures=rnd.choice([0, 0, 0, attempts]),
    )
