"""WF107: a step that often fails runs after dear ones that it does not need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wfopt.analyzer.base import Case, Confidence, Finding, Fix, Gain
from wfopt.analyzer.rows import rows_of
from wfopt.analyzer.sites import listed
from wfopt.analyzer.tools import NEUTRAL, verdict_of
from wfopt.codes import Code
from wfopt.errors import Label, Severity
from wfopt.model.scripts import commands_of_step
from wfopt.model.workflow import Step

FEWEST_ATTEMPTS = 5
"""Attempts from which on failures say something."""

FEWEST_FAILURES = 2
"""Failures from which on a step is taken to fail again."""

CLEARLY = 2.0
"""By what factor a step must fail more often for its time than those before it."""


class FailLate:
    """A quick check that often fails stands behind long ones that it does not need.

    A run that fails is over at the first failure, so what stands before it was for nothing. The least is lost
    if checks are sorted by how often they fail for the time that they take.

    Before:

        steps:
          - run: pytest         # 300 s, fails once in 50 runs
          - run: ruff check     # 2 s, fails once in 10 runs

    After:

        steps:
          - run: ruff check
          - run: pytest

    Does not apply without a history with failures, nor where the step needs what stands before it.
    """

    code = Code("WF107", "fail-late", "a step that often fails runs after dear ones that it does not need")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield a finding for each such step."""
        for row in rows_of(case):
            for place, step in enumerate(row):
                passed = _dear_ones(case, row[:place], step)
                if passed and step.span is not None:
                    yield _finding(case, step, passed, Label(step.span, "could stand first"))


def _dear_ones(case: Case, above: Sequence[Step], step: Step) -> list[Step]:
    """Return the steps right above one that had better stand behind it; in file order."""
    facts = case.knowledge.of(step.id)
    if facts.failures < FEWEST_FAILURES or facts.attempts < FEWEST_ATTEMPTS or not _only_checks(step):
        return []
    passed: list[Step] = []
    for before in reversed(above):
        if not _only_checks(before) or _rate(case, step) < CLEARLY * _rate(case, before):
            break
        passed.append(before)
    return passed[::-1]


def _rate(case: Case, step: Step) -> float:
    """Return how often a step fails, for each second that it takes."""
    return case.knowledge.of(step.id).failure_probability / max(1e-3, case.seconds(step.id))


def _only_checks(step: Step) -> bool:
    commands = [each for each in commands_of_step(step) if each.program not in NEUTRAL]
    return bool(commands) and all(verdict_of(each) is not None and not each.writes for each in commands)


def _finding(case: Case, step: Step, passed: Sequence[Step], at: Label) -> Finding:
    facts = case.knowledge.of(step.id)
    fails = facts.failure_probability
    lost = sum(case.seconds(each.id) for each in passed)
    kept = sum(case.knowledge.of(each.id).failure_probability for each in passed) * case.seconds(step.id)
    return Finding(
        code=FailLate.code,
        message=f"`{step.id}` fails often and runs behind {listed([each.id for each in passed])}",
        severity=Severity.NOTE,
        confidence=Confidence.MEDIUM,
        primary=at,
        related=tuple(
            Label(each.span, "for nothing if it fails") for each in passed if each.span is not None
        ),
        steps=(step.id,),
        saving=case.saving(Gain.WORK, max(0.0, fails * lost - kept)),
        fix=Fix.UNSAFE,
        causes=(
            f"it failed in {facts.failures} of {facts.attempts} attempts, and none of them needs the other",
        ),
        hints=(f"move it above `{passed[0].id}`",),
        identity=str(step.id),
    )
