"""WF204: steps that every cell of a matrix repeats, though they do not depend on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wfopt.analyzer.base import Case, Confidence, Finding, Fix, Gain
from wfopt.analyzer.jobs import (
    first_line,
    is_script,
    jobs_with_places,
    place_of,
    steps_of,
    uses_matrix,
)
from wfopt.analyzer.workloads import Work, words_of, work_of, works_of
from wfopt.codes import Code
from wfopt.errors import Label, Severity
from wfopt.model.pipeline import Job, Matrix
from wfopt.model.scripts import commands_of_step
from wfopt.model.workflow import Step, StepId

_WORTH = frozenset({Work.BUILD, Work.LINT})
_OF_TEXT = frozenset(
    {
        "ruff",
        "black",
        "isort",
        "codespell",
        "typos",
        "yamllint",
        "shellcheck",
        "shfmt",
        "hadolint",
        "prettier",
    }
    | {
        "actionlint",
        "zizmor",
        "markdownlint",
        "markdownlint-cli2",
        "rustfmt",
        "gofmt",
        "clang-format",
        "taplo",
    }
)


class MatrixInvariant:
    """A build or lint in a matrix job that is the same in every cell.

    Its result does not depend on the cell, so that all cells but one do it in vain. It can stand in a job of
    its own, whose result the cells share.

    Before:

        test:
          strategy:
            matrix: { shard: [1, 2, 3, 4] }
          steps:
            - run: npm run build
            - run: npm test -- --shard ${{ matrix.shard }}

    After:

        build:
          steps:
            - run: npm run build
        test:
          needs: [build]
          strategy:
            matrix: { shard: [1, 2, 3, 4] }
          steps:
            - run: npm test -- --shard ${{ matrix.shard }}

    Does not apply to steps that use the matrix, nor to those behind a step that does: a toolchain that the
    matrix chose may change what they do; but linters that only read text are found there too. Cells on
    different machines count as different.
    """

    code = Code("WF204", "matrix-invariant-step", "every cell repeats a step that is the same in all")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield up to two findings a matrix: steps in front of those that use it, and linters of text."""
        for job, _ in jobs_with_places(case):
            if len(job.cells) > 1 and job.matrix is not None:
                yield from _of_job(case, job, job.matrix)
        if case.format == "native":
            yield from _of_native(case)


def _of_job(case: Case, job: Job, matrix: Matrix) -> Iterable[Finding]:
    steps = steps_of(case, job)
    first = next((at for at, step in enumerate(steps) if _uses(step, matrix)), len(steps))
    machines = _machines(case, job, matrix)
    if machines < len(job.cells):
        worth = [at for at in range(first) if is_script(steps[at]) and works_of(steps[at]) & _WORTH]
        yield from _findings(case, job.id, worth, job.cells, machines)
    late = [
        at
        for at, step in enumerate(steps)
        if at >= first and not _uses(step, matrix) and _only_reads_text(step)
    ]
    yield from _findings(case, job.id, late, job.cells, 1, Confidence.LOW)


def _uses(step: Step, matrix: Matrix) -> bool:
    return uses_matrix(step) or not matrix.axes.keys().isdisjoint(step.env)


def _only_reads_text(step: Step) -> bool:
    """Return whether a step only runs linters that see the same whatever toolchain stands around them."""
    commands = [each for each in commands_of_step(step) if work_of(each) is not Work.IDLE]
    return is_script(step) and bool(commands) and all(words_of(each)[0] in _OF_TEXT for each in commands)


def _machines(case: Case, job: Job, matrix: Matrix) -> int:
    """Return on how many kinds of machines the cells run; as many as cells if nobody can tell."""
    text = " ".join((*job.runner, job.container, *job.services))
    axes = [name for name in matrix.axes if f"matrix.{name}" in text]
    if text.count("matrix") > len(axes):
        return len(job.cells)
    kinds = {
        tuple(value for name, value in case.step(cell[0]).cell if name in axes) for cell in job.cells if cell
    }
    return len(kinds)


def _findings(
    case: Case,
    name: str,
    found: Sequence[int],
    cells: Sequence[Sequence[StepId]],
    kinds: int,
    confidence: Confidence = Confidence.MEDIUM,
) -> Iterable[Finding]:
    places = [place_of(case.step(cells[0][at])) for at in found]
    shown = [first_line(place) for place in places if place is not None]
    if not shown:
        return
    steps = tuple(cell[at] for cell in cells for at in found if at < len(cell))
    whole = sum(map(case.seconds, steps))
    spared = whole * (len(cells) - kinds) / len(cells)
    what = "a step that does" if len(found) == 1 else f"{len(found)} steps that do"
    yield Finding(
        code=MatrixInvariant.code,
        message=f"{len(cells)} cells of `{name}` repeat {what} not depend on the matrix",
        severity=Severity.WARNING,
        confidence=confidence if kinds == 1 else Confidence.LOW,
        primary=Label(shown[0], "the same in every cell" if kinds == 1 else f"the same on {kinds} machines"),
        related=tuple(Label(place, "and this") for place in shown[1:4]),
        steps=steps,
        saving=case.saving(Gain.WORK, spared, low=0.0),
        fix=Fix.NONE,
        causes=("no value of the matrix reaches it",),
        hints=("move it into a job that the matrix needs, and hand the result over",),
        identity=name if confidence is Confidence.MEDIUM else f"{name} text",
    )


def _of_native(case: Case) -> Iterable[Finding]:
    groups: dict[str, list[Step]] = {}
    for step in case.workflow.steps:
        if step.cell and not step.effects:
            groups.setdefault(step.definition, []).append(step)
    for name, cells in groups.items():
        first = cells[0]
        same = all(
            (each.run, each.env, each.outputs) == (first.run, first.env, first.outputs) for each in cells
        )
        if len(cells) > 1 and same and not uses_matrix(first):
            yield from _findings(case, name, [0], [(each.id,) for each in cells], 1)
