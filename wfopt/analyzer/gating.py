"""Jobs and steps that wait for others on purpose: to deploy what passed, or to sum up what happened."""

from __future__ import annotations

import re

from wfopt.analyzer.base import Case
from wfopt.analyzer.outward import may_change_outside
from wfopt.analyzer.tools import NEUTRAL
from wfopt.model.expressions import STATUS_FUNCTIONS, references
from wfopt.model.pipeline import Job
from wfopt.model.scripts import commands_of_step
from wfopt.model.workflow import Opaque, Step

_STATUS = re.compile(rf"\b(?:{'|'.join(sorted(STATUS_FUNCTIONS - {'success'}))})[ ]*\(")
_GATED = re.compile(
    r"(?:^|[^a-z])(?:deploy|ship|release|publish|push|upload|promote|notify|report|summary|rollout|sign|merge|tag"
    r"|dispatch|announce|comment|slack|all|done|finish|complete|success|gate|required|status|cleanup|teardown)",
    re.IGNORECASE,
)


def has_status_condition(job: Job) -> bool:
    """Return whether a job decides for itself what a failure before it means."""
    return _STATUS.search(job.condition) is not None


def is_strict(step: Step) -> bool:
    """Return whether a step never runs after a failure before it, nor hides one of its own."""
    if step.allow_failure is not False:
        return False
    mentioned = references(step.condition) if step.condition is not None else frozenset[str]()
    return not any(f"{name}()" in mentioned for name in STATUS_FUNCTIONS - {"success"})


def is_gated(case: Case, job: Job) -> bool:
    """Return whether a job waits on purpose: it deploys, publishes or tells, or only sums up."""
    if (
        job.is_deployment
        or job.is_called
        or has_status_condition(job)
        or _GATED.search(f"{job.id} {job.stage}")
    ):
        return True
    steps = [case.step(step) for step in (job.cells[0] if job.cells else ())]
    return any(map(may_change_outside, steps)) or all(map(does_nothing, steps))


def does_nothing(step: Step) -> bool:
    """Return whether a step only prints or decides."""
    if isinstance(step.run, Opaque) and step.run.stand_in is None:
        return False
    commands = commands_of_step(step)
    return bool(commands) and all(command.program in NEUTRAL or not command.words for command in commands)
