"""WF301: jobs and steps that nothing ends if they hang."""

from __future__ import annotations

import math
from collections.abc import Iterable

from wfopt.analyzer.base import Case, Confidence, Edit, Finding, Fix, Gain, Saving
from wfopt.analyzer.jobs import first_line, jobs_with_places, place_of
from wfopt.analyzer.odds import HANGS
from wfopt.analyzer.workloads import Work, works_of
from wfopt.analyzer.yaml_blocks import siblings
from wfopt.analyzer.yaml_edits import key_after, key_before
from wfopt.codes import Code
from wfopt.errors import Label, Severity
from wfopt.model.pipeline import Job
from wfopt.model.workflow import Step, StepId

USUAL_MINUTES = 30
"""What is suggested where nothing was measured; most jobs of tests and builds are done in less."""

LEAST_MINUTES = 5
SPREAD = 3.0
"""How many times the slowest run that was seen a job may take."""

STALLED = 5.0
"""A step that once took so many times what it usually takes, and a minute at least, may hang at times."""


class NoTimeout:
    """A job or step without a timeout.

    A job that hangs holds its machine until the service ends it: after six hours on GitHub. A timeout of some
    times what the job usually takes costs nothing and ends that early. The number comes from the history if
    there is some (three times the slowest run); else it is a suggestion that somebody must look at.

    Before:

        jobs:
          test:
            runs-on: ubuntu-latest
            steps: [...]

    After:

        jobs:
          test:
            runs-on: ubuntu-latest
            timeout-minutes: 30
            steps: [...]

    Does not apply to jobs whose every step has a timeout, to jobs that call a workflow (GitHub takes no
    `timeout-minutes` there), nor to Taskfiles and dvc.yaml, which have no such key. In GitLab, whose default
    is an hour, and in native files there is one note a file; a native step is named in it if it
    uses the network or once took far longer than usual.
    """

    code = Code("WF301", "no-timeout", "a step or job that hangs is not ended")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield a finding a job for GitHub, one a file for GitLab and native files."""
        if case.format == "github":
            return _of_github(case)
        if case.format == "gitlab":
            return _of_gitlab(case)
        return _of_native(case) if case.format == "native" else ()


def _of_github(case: Case) -> Iterable[Finding]:
    limit = case.pipeline.default_timeout_s if case.pipeline is not None else None
    for job, place in jobs_with_places(case):
        if not _is_open(case, job):
            continue
        minutes = _measured_minutes(case, job)
        edit = _edit(job, minutes or USUAL_MINUTES)
        yield Finding(
            code=NoTimeout.code,
            message=f"job `{job.id}` has no timeout",
            severity=Severity.WARNING,
            confidence=Confidence.HIGH,
            primary=Label(place, f"may run for {_spoken(limit)}" if limit else "may run without end"),
            steps=job.steps,
            saving=_saving(case, job, limit),
            fix=_fix(edit, minutes),
            edits=(edit,) if edit is not None else (),
            causes=("a job that hangs holds its machine until the service ends it",),
            hints=(_github_hint(minutes),),
            identity=job.id,
        )


def _fix(edit: Edit | None, minutes: int | None) -> Fix:
    """Return how sure the edit is: a number out of the air may end a job that is only slow."""
    if edit is None:
        return Fix.NONE
    return Fix.SAFE if minutes else Fix.UNSAFE


def _github_hint(minutes: int | None) -> str:
    if minutes:
        return f"set `timeout-minutes: {minutes}`, three times the slowest run that was seen"
    return f"set `timeout-minutes`, such as {USUAL_MINUTES}: a suggestion, as nothing is known of its runs"


def _is_open(case: Case, job: Job) -> bool:
    """Return whether nothing ends a job; an expression that only the service evaluates may."""
    if job.timeout_s is not None or "timeout-minutes" in job.places:
        return False
    steps = map(case.step, job.steps)
    return any(step.timeout_s is None and "timeout-minutes" not in step.places for step in steps)


def _measured_minutes(case: Case, job: Job) -> int | None:
    """Return a timeout by the slowest copy of a job, or None without a history of all its steps."""
    slowest = 0.0
    for cell in job.cells:
        seconds = [_slowest(case, step) for step in cell]
        known = [each for each in seconds if each is not None]
        if len(known) < len(seconds) or not known:
            return None
        slowest = max(slowest, sum(known))
    return max(LEAST_MINUTES, math.ceil(SPREAD * slowest / 60))


def _slowest(case: Case, step: StepId) -> float | None:
    facts = case.knowledge.of(step)
    if facts.slowest_s is not None:
        return facts.slowest_s
    return facts.wall.high if facts.wall is not None else None


def _saving(case: Case, job: Job, limit: float | None) -> Saving | None:
    """Return what a hang costs, times how likely it is; unknown where seconds are."""
    if not case.timed or limit is None:
        return None
    lost = [limit - sum(map(case.seconds, cell)) for cell in job.cells]
    low, expected, high = HANGS.of(sum(max(0.0, each) for each in lost))
    return case.saving(Gain.WORK, expected, low=low, high=high)


def _edit(job: Job, minutes: int) -> Edit | None:
    place = job.places.get("key:runs-on")
    if place is None:
        return None
    text = f"timeout-minutes: {minutes}"
    own = next((each for each in siblings(place) if each.key == "runs-on"), None)
    return (key_after(own, text) if own is not None else None) or key_before(place, text)


def _spoken(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"


def _of_gitlab(case: Case) -> Iterable[Finding]:
    found = [(job, place) for job, place in jobs_with_places(case) if job.timeout_s is None]
    if found:
        count = len(found)
        jobs = f"job `{found[0][0].id}` has" if count == 1 else f"{count} jobs have"
        yield Finding(
            code=NoTimeout.code,
            message=f"{jobs} no `timeout`",
            severity=Severity.NOTE,
            confidence=Confidence.LOW,
            primary=Label(found[0][1], "the first of them" if count > 1 else ""),
            steps=tuple(step for job, _ in found for step in job.steps),
            causes=("the project's own timeout holds then, an hour unless somebody changed it",),
            hints=("set `timeout`, such as `30m`, in the job or for all jobs under `default`",),
            identity="jobs",
        )


def _of_native(case: Case) -> Iterable[Finding]:
    found: list[Step] = []
    seen: set[str] = set()
    for step in case.workflow.steps:
        if step.timeout_s is None and step.definition not in seen and _may_hang(case, step):
            seen.add(step.definition)
            found.append(step)
    place = place_of(found[0]) if found else None
    if place is not None:
        names = ", ".join(f"`{step.definition}`" for step in found[:3])
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        yield Finding(
            code=NoTimeout.code,
            message=f"{names}{more} may hang and {'has' if len(found) == 1 else 'have'} no `timeout`",
            severity=Severity.NOTE,
            confidence=Confidence.MEDIUM,
            primary=Label(first_line(place), "may wait without end"),
            steps=tuple(step.id for step in found),
            causes=(
                "a step that waits for the network, or has stalled before, may hold up the run for ever",
            ),
            hints=("set `timeout`, such as `10m`, in the step or for all steps under `defaults`",),
            identity="steps",
        )


def _may_hang(case: Case, step: Step) -> bool:
    facts = case.knowledge.of(step.id)
    if facts.wall is not None and facts.slowest_s is not None:
        return facts.slowest_s >= max(60.0, STALLED * facts.wall.expected)
    if step.effects is not None:
        return "network" in step.effects
    return bool(works_of(step) & {Work.INSTALL, Work.NETWORK})
