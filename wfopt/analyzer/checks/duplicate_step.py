"""WF203: the same costly step in several jobs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from wfopt.analyzer.actions import CHECKOUT, SETUP
from wfopt.analyzer.base import Case, Confidence, Finding, Gain
from wfopt.analyzer.installs import install_of
from wfopt.analyzer.jobs import (
    action_of,
    first_line,
    is_script,
    jobs_with_places,
    option,
    place_of,
    steps_of,
    uses_matrix,
)
from wfopt.analyzer.odds import DUPLICATE_AVOIDED
from wfopt.analyzer.workloads import Work, works_of
from wfopt.codes import Code
from wfopt.dataclass import dataclass
from wfopt.errors import Label, Severity
from wfopt.model.expressions import Template
from wfopt.model.pipeline import Job
from wfopt.model.scripts import commands_of_step, script_of
from wfopt.model.workflow import Opaque, Step, StepId

_COSTLY = frozenset({Work.BUILD, Work.INSTALL})
_SHOWN = 3

MANY = 10
"""In so many jobs, even the install of a tool is worth a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copy:
    """A step in one job, or in one definition of a native file.

    Attributes:
        home: the name of the job or definition.
        step: the step in the first copy of the job.
        steps: the same step in all of its copies.
    """

    home: str
    step: Step
    steps: tuple[StepId, ...]


class DuplicateStep:
    """The same build or install, in the same surroundings, in two or more jobs.

    Each job does the work again. One job can do it once and hand the result over: as an artifact, through a
    cache, or in an image.

    Before:

        jobs:
          test:
            steps:
              - run: npm ci
              - run: npm run build
              - run: npm test
          e2e:
            steps:
              - run: npm ci
              - run: npm run build
              - run: npm run e2e

    After:

        jobs:
          build:
            steps:
              - run: npm ci
              - run: npm run build
              - uses: actions/upload-artifact@v4
          test:
            needs: [build]
          e2e:
            needs: [build]

    Does not apply to steps that only prepare a job (checkout, setup, in fewer than ten jobs a tool or two),
    that use the matrix, or whose environment, folder, machine, checkout or toolchain differs. Steps that the
    same jobs have in common make one finding.
    """

    code = Code("WF203", "duplicate-step", "the same step runs in several places")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield a finding for each set of jobs that have such steps in common."""
        copies: dict[object, list[_Copy]] = {}
        for surroundings, copy in _candidates(case):
            copies.setdefault((*surroundings, _identity(copy.step)), []).append(copy)
        shared: dict[tuple[str, ...], list[list[_Copy]]] = {}
        for same in copies.values():
            homes = tuple(dict.fromkeys(copy.home for copy in same))
            if len(homes) >= (MANY if _is_tool(same[0].step) else 2):
                shared.setdefault(homes, []).append(same)
        for homes, groups in shared.items():
            finding = _finding(case, homes, groups)
            if finding is not None:
                yield finding


def _candidates(case: Case) -> Iterator[tuple[tuple[object, ...], _Copy]]:
    """Yield what builds or installs, with what else its result depends on."""
    for job, _ in jobs_with_places(case):
        yield from _in_job(job, steps_of(case, job))
    if case.format == "native":
        for step in case.workflow.steps:
            if not step.cell and not step.effects and _is_costly(step):
                surroundings = (step.inputs, step.outputs, step.run)
                yield surroundings, _Copy(home=step.definition, step=step, steps=(step.id,))


def _in_job(job: Job, steps: Sequence[Step]) -> Iterator[tuple[tuple[object, ...], _Copy]]:
    surroundings: tuple[object, ...] = (job.runner, job.container)
    if any("matrix." in label for label in (*job.runner, job.container)):
        return
    for at, step in enumerate(steps):
        name = action_of(step)
        if isinstance(step.run, Opaque) and name in SETUP:
            surroundings = (*surroundings, step.run.what, tuple(sorted(step.run.options.items())))
        elif name == CHECKOUT:
            surroundings = (*surroundings, *(option(step, key) for key in ("repository", "ref", "path")))
        elif is_script(step) and _is_costly(step) and not uses_matrix(step):
            yield surroundings, _Copy(home=job.id, step=step, steps=_at(job, at))


def _at(job: Job, at: int) -> tuple[StepId, ...]:
    return tuple(cell[at] for cell in job.cells if at < len(cell))


def _is_costly(step: Step) -> bool:
    return bool(works_of(step) & _COSTLY)


def _is_tool(step: Step) -> bool:
    """Return whether a step only installs a tool or two, and not what the project needs."""
    return Work.BUILD not in works_of(step) and not any(map(install_of, commands_of_step(step)))


def _identity(step: Step) -> tuple[object, ...]:
    """Return what two steps must have in common to be the same work."""
    env = tuple(sorted((name, _text(value)) for name, value in step.env.items()))
    return script_of(step), step.references, step.cwd, env


def _text(value: Template | None) -> str:
    return "" if value is None else repr(value.parts)


def _finding(case: Case, homes: Sequence[str], groups: Sequence[Sequence[_Copy]]) -> Finding | None:
    first = groups[0][0]
    place = place_of(first.step)
    if place is None:
        return None
    steps = [step for same in groups for copy in same for step in copy.steps]
    spared = sum(
        case.seconds(step) for same in groups for copy in same if copy.home != homes[0] for step in copy.steps
    )
    low, expected, high = DUPLICATE_AVOIDED.of(spared)
    builds = any(Work.BUILD in works_of(same[0].step) for same in groups)
    what = "the same step" if len(groups) == 1 else f"{len(groups)} steps are the same and"
    names = ", ".join(f"`{home}`" for home in homes[:_SHOWN])
    more = f" and {len(homes) - _SHOWN} more" if len(homes) > _SHOWN else ""
    verb = "runs" if len(groups) == 1 else "run"
    return Finding(
        code=DuplicateStep.code,
        message=f"{what} {verb} in {len(homes)} {_kind(case)}: {names}{more}",
        severity=Severity.WARNING if builds else Severity.NOTE,
        confidence=Confidence.MEDIUM if builds else Confidence.LOW,
        primary=Label(first_line(place), "done here first"),
        related=_related(groups[0][1:]),
        steps=tuple(sorted(steps, key=case.index.__getitem__)),
        saving=case.saving(Gain.WORK, expected, low=low, high=high),
        causes=("each of them does the same work again",),
        hints=(_hint(case),),
        identity=" ".join((first.step.id, *homes[1 : _SHOWN + 1])),
    )


def _kind(case: Case) -> str:
    return "places" if case.pipeline is None else "jobs"


def _related(copies: Sequence[_Copy]) -> tuple[Label, ...]:
    places = ((copy.home, place_of(copy.step)) for copy in copies[:_SHOWN])
    return tuple(
        Label(first_line(place), f"again in `{home}`") for home, place in places if place is not None
    )


def _hint(case: Case) -> str:
    if case.pipeline is None:
        return "keep one of them, and let the others need it"
    return "do it in one job that the others need, and hand the result over as an artifact or through a cache"
