"""WF307: retries that repeat what will fail again, or that repeat more than they need."""

from __future__ import annotations

from collections.abc import Iterable

from wfopt.analyzer.base import Case, Confidence, Finding, Gain, Saving
from wfopt.analyzer.jobs import action_of, first_line, jobs_with_places, place_of, steps_of, weight_of
from wfopt.analyzer.odds import RETRY_IN_VAIN
from wfopt.analyzer.workloads import Work, works_in, works_of
from wfopt.codes import Code
from wfopt.errors import Label, Severity
from wfopt.model.pipeline import Job
from wfopt.model.scripts import commands_of
from wfopt.model.workflow import Opaque, Step, StepId
from wfopt.source import Span

_RETRY_ACTIONS = frozenset({"nick-fields/retry", "nick-invision/retry", "wandalen/wretry.action"})
_SURE = frozenset({Work.BUILD, Work.LINT})


class RetryHidesCost:
    """Retries that only multiply what a failure costs.

    A compiler or linter that fails fails again: the second attempt tells nothing new. And a whole job
    that is retried for any reason repeats its checkout, its installs and all tests that passed, and nobody
    sees how often that happens.

    Before:

        compile:
          script: [make -C src, gcc -o app main.c]
          retry: 2

    After:

        compile:
          script: [make -C src, gcc -o app main.c]
          retry:
            max: 2
            when: [runner_system_failure, stuck_or_timeout_failure]

    Does not apply to retries that say for which failures (`when`), nor to steps that use the network or run
    tests, which fail by chance at times; for a whole job without `when` there is one note a file.
    """

    code = Code("WF307", "retry-hides-cost", "retries repeat work that will fail again")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield a finding for each step or job whose retries are in vain, and one for jobs without `when`."""
        yield from _of_jobs(case) if case.format == "gitlab" else _of_steps(case)


def _of_steps(case: Case) -> Iterable[Finding]:
    seen: set[str] = set()
    for step in case.workflow.steps:
        attempts = _attempts_in_vain(step)
        place = step.places.get("retries") or place_of(step)
        if not attempts or place is None or step.definition in seen:
            continue
        seen.add(step.definition)
        yield _in_vain(case, step.definition, place, (step.id,), attempts)


def _attempts_in_vain(step: Step) -> int:
    """Return how many attempts follow the first of a step that fails for good; 0 if that is not sure."""
    if isinstance(step.run, Opaque) and action_of(step) in _RETRY_ACTIONS:
        works = works_in(commands_of(step.run.options.get("command", "")))
        return 2 if works and works <= _SURE else 0
    if not step.retries.max or "any" not in step.retries.when:
        return 0
    works = works_of(step)
    return step.retries.max if works and works <= _SURE else 0


def _of_jobs(case: Case) -> Iterable[Finding]:
    plain: list[tuple[Job, Span]] = []
    seen: set[Span] = set()
    for job, _ in jobs_with_places(case):
        said = job.places.get("retry")
        if not job.retries or said is None or said in seen or not _is_number(said):
            continue
        seen.add(said)
        works = frozenset[Work]().union(*map(works_of, steps_of(case, job)))
        if works and works <= _SURE:
            yield _in_vain(case, job.id, said, job.steps, job.retries)
        else:
            plain.append((job, said))
    if plain:
        yield _without_reason(case, plain)


def _is_number(said: Span) -> bool:
    return said.source.line(said.line)[said.column - 1 : said.end_column - 1].strip().isdigit()


def _in_vain(case: Case, name: str, place: Span, steps: tuple[StepId, ...], attempts: int) -> Finding:
    return Finding(
        code=RetryHidesCost.code,
        message=f"`{name}` is tried again up to {attempts} times, but a build or lint that fails fails again",
        severity=Severity.WARNING,
        confidence=Confidence.MEDIUM,
        primary=Label(first_line(place), "for any failure"),
        steps=steps,
        saving=_saving(case, steps, attempts),
        causes=("the further attempts cost as much as the first and end in the same way",),
        hints=("drop the retries, or say by `when` for which failures they are",),
        identity=name,
    )


def _without_reason(case: Case, jobs: list[tuple[Job, Span]]) -> Finding:
    first, place = jobs[0]
    steps = tuple(step for job, _ in jobs for step in job.steps)
    named = f"job `{first.id}` is" if len(jobs) == 1 else f"{len(jobs)} jobs are"
    return Finding(
        code=RetryHidesCost.code,
        message=f"{named} tried again as a whole, whatever the reason of the failure",
        severity=Severity.NOTE,
        confidence=Confidence.MEDIUM,
        primary=Label(first_line(place), "no `when`"),
        related=tuple(Label(first_line(each), f"`{job.id}`") for job, each in jobs[1:4]),
        steps=steps,
        saving=_saving(case, steps, max(job.retries for job, _ in jobs)),
        causes=("a failed test or build is repeated too, and a fault that comes and goes stays unseen",),
        hints=("write `retry` with `max` and `when`, such as `when: [runner_system_failure]`",),
        identity="retry",
    )


def _saving(case: Case, steps: Iterable[StepId], attempts: int) -> Saving | None:
    low, expected, high = RETRY_IN_VAIN.of(attempts * weight_of(case, steps))
    return case.saving(Gain.WORK, expected, low=low, high=high)
