"""WF302: pipelines of proposed changes that go on when a newer push has replaced the commit."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wfopt.analyzer.base import Case, Confidence, Edit, Finding, Fix, Gain
from wfopt.analyzer.jobs import PULL_REQUESTS, events, has_script, jobs_with_places
from wfopt.analyzer.odds import SUPERSEDED
from wfopt.analyzer.yaml_blocks import below, siblings
from wfopt.analyzer.yaml_edits import key_before
from wfopt.codes import Code
from wfopt.errors import Label, Severity
from wfopt.model.pipeline import Concurrency, Pipeline
from wfopt.source import SourceFile, Span

_KEY = "cancel-in-progress"
_JOBS = re.compile(r"^jobs[ ]*:", re.MULTILINE)

# Runs that belong to no pull request get a group of their own each, so that nothing changes for them.
GROUP = "${{ github.workflow }}-${{ github.event.pull_request.number || github.run_id }}"
CANCEL = "${{ startsWith(github.event_name, 'pull_request') }}"


class NoCancel:
    """Runs for outdated commits of a pull request go on.

    Who pushes twice to a pull request waits for the second run; the first only takes machines away from it.
    A `concurrency` group with `cancel-in-progress` ends it.

    Before:

        on: [push, pull_request]
        jobs: {...}

    After:

        on: [push, pull_request]
        concurrency:
          group: ${{ github.workflow }}-${{ github.event.pull_request.number || github.run_id }}
          cancel-in-progress: ${{ startsWith(github.event_name, 'pull_request') }}
        jobs: {...}

    Does not apply to workflows that no pull request starts, that deploy or release something, that only run
    actions on the pull request itself (labels, greetings), or whose `cancel-in-progress` says `false`.
    In GitLab it asks for `interruptible`, once a file, where no job says anything about it; confidence is low
    there, as the default may stand in another file.
    """

    code = Code("WF302", "no-cancel-superseded", "runs for outdated commits go on")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield at most one finding a file."""
        if case.pipeline is None or any(job.is_deployment for job in case.jobs):
            return
        if case.format == "github":
            yield from _of_github(case, case.pipeline)
        elif case.format == "gitlab":
            yield from _of_gitlab(case)


def _of_github(case: Case, pipeline: Pipeline) -> Iterable[Finding]:
    trigger = next((each for each in pipeline.triggers if each.event in PULL_REQUESTS), None)
    if trigger is None or trigger.span is None or not _is_worth_it(case):
        return
    if _has_cancel(pipeline.concurrency):
        return
    if pipeline.jobs and all(_has_cancel(job.concurrency) for job in pipeline.jobs):
        return
    low, expected, high = SUPERSEDED.of(case.timing.work)
    edits = _edits(pipeline, case.workflow.source)
    yield Finding(
        code=NoCancel.code,
        message="a newer push to a pull request does not cancel the runs that it replaces",
        severity=Severity.WARNING,
        confidence=Confidence.HIGH if events(pipeline) <= PULL_REQUESTS else Confidence.MEDIUM,
        primary=Label(trigger.span, "starts a run a push"),
        related=_related(pipeline.concurrency),
        saving=case.saving(Gain.WORK, expected, low=low, high=high),
        fix=Fix.SAFE if edits else Fix.NONE,
        edits=edits,
        causes=("the result of a replaced commit is looked at by nobody, and its jobs keep others waiting",),
        hints=(f"set `concurrency` with `group: {GROUP}` and `cancel-in-progress: {CANCEL}`",),
        identity="pull-request",
    )


def _is_worth_it(case: Case) -> bool:
    return any(job.is_called or has_script(case, job) for job in case.jobs)


def _has_cancel(concurrency: Concurrency | None) -> bool:
    """Return whether newer runs cancel older ones, or somebody has decided that they do not."""
    if concurrency is None:
        return False
    return concurrency.cancels is not False or _says_no(concurrency.span)


def _says_no(span: Span | None) -> bool:
    """Return whether the key is there, with `false`: somebody has decided then."""
    own = next((each for each in siblings(span) if each.key == "concurrency"), None) if span else None
    if own is None:
        return False
    return _KEY in own.value or any(each.key == _KEY for each in below(own))


def _related(concurrency: Concurrency | None) -> tuple[Label, ...]:
    if concurrency is None or concurrency.span is None:
        return ()
    return (Label(concurrency.span, "this only keeps runs from overlapping"),)


def _edits(pipeline: Pipeline, source: SourceFile | None) -> tuple[Edit, ...]:
    """Return the edit that adds the group; none where a group exists, or where a caller has one."""
    if source is None or pipeline.concurrency is not None or "workflow_call" in events(pipeline):
        return ()
    found = _JOBS.search(source.text)
    if found is None:
        return ()
    line = source.text.count("\n", 0, found.start()) + 1
    text = f"concurrency:\n  group: {GROUP}\n  cancel-in-progress: {CANCEL}"
    edit = key_before(Span(source, line, 1, line, 5), text)
    return (edit,) if edit is not None else ()


def _of_gitlab(case: Case) -> Iterable[Finding]:
    jobs = list(jobs_with_places(case))
    if len(jobs) < 2 or any(job.is_interruptible is not None for job, _ in jobs):
        return
    low, expected, high = SUPERSEDED.of(case.timing.work)
    yield Finding(
        code=NoCancel.code,
        message="a newer push does not cancel jobs that have started: none is `interruptible`",
        severity=Severity.NOTE,
        confidence=Confidence.LOW,
        primary=Label(jobs[0][1], "the first job"),
        saving=case.saving(Gain.WORK, expected, low=low, high=high),
        causes=(
            "GitLab only cancels a replaced pipeline as long as no job has started that is not interruptible",
        ),
        hints=("set `interruptible: true` under `default`, and `false` in jobs that must not be cut off",),
        identity="interruptible",
    )
