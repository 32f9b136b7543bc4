"""WF306: matrices that go on after a cell has failed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wfopt.analyzer.base import Case, Confidence, Edit, Finding, Fix, Gain, Saving
from wfopt.analyzer.jobs import UNATTENDED, events, first_line, is_script, jobs_with_places
from wfopt.analyzer.odds import CELL_FAILS
from wfopt.codes import Code
from wfopt.errors import Label, Severity
from wfopt.model.workflow import Step, StepId
from wfopt.source import Span

FEW = 4
"""From so many cells on, those that go on are worth a word."""


class NoFailFast:
    """A matrix with `fail-fast: false`.

    All cells run to their end, though one has failed already and the result is known. While a fault is hunted
    that is wanted; for each push to a pull request it mostly is not.

    Before:

        strategy:
          fail-fast: false
          matrix: {...}

    After:

        strategy:
          matrix: {...}

    Does not apply to workflows that only a schedule, a release or a person starts, where the whole picture is
    the point, nor to a matrix of actions alone, or of fewer than four cells of which none has failed before.
    To know which cells fail may be worth the price, so that confidence is low.
    """

    code = Code("WF306", "no-fail-fast", "a matrix goes on after a cell has failed")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield a finding a matrix."""
        if case.pipeline is None:
            yield from _of_steps(case)
            return
        started_by = events(case.pipeline)
        if started_by and started_by <= UNATTENDED:
            return
        for job, place in jobs_with_places(case):
            matrix = job.matrix
            if matrix is None or matrix.fail_fast or len(job.cells) < _least(case, job.steps):
                continue
            said = matrix.places.get("fail-fast")
            if said is not None and any(is_script(case.step(each)) for each in job.cells[0]):
                yield _finding(case, job.id, said or place, job.cells)


def _least(case: Case, steps: Sequence[StepId]) -> int:
    """Return from how many cells on a matrix counts: few are no great loss, unless some failed before."""
    failed = any(case.knowledge.of(step).failures for step in steps)
    return 2 if failed else FEW


def _of_steps(case: Case) -> Iterable[Finding]:
    groups: dict[str, list[Step]] = {}
    for step in case.workflow.steps:
        if step.group is not None and not step.group.fail_fast:
            groups.setdefault(step.group.definition, []).append(step)
    for name, cells in groups.items():
        said = cells[0].places.get("fail-fast")
        if said is not None and len(cells) >= _least(case, [cell.id for cell in cells]):
            yield _finding(case, name, said, [(cell.id,) for cell in cells])


def _finding(case: Case, name: str, said: Span, cells: Sequence[Sequence[StepId]]) -> Finding:
    edits = _edits(said)
    return Finding(
        code=NoFailFast.code,
        message=f"{len(cells)} cells of `{name}` go on when one has failed",
        severity=Severity.NOTE,
        confidence=Confidence.LOW,
        primary=Label(first_line(said), "all run to their end"),
        steps=tuple(step for cell in cells for step in cell),
        saving=_saving(case, cells),
        fix=Fix.UNSAFE if edits else Fix.NONE,
        edits=edits,
        causes=("the first failure decides the result, and the other cells are still paid for",),
        hints=("leave `fail-fast` out, and set it to `false` while you look for a fault",),
        identity=name,
    )


def _saving(case: Case, cells: Sequence[Sequence[StepId]]) -> Saving | None:
    """Return how likely a cell fails, times half of the others' work: they run side by side."""
    whole = sum(case.seconds(step) for cell in cells for step in cell)
    rest = whole * (len(cells) - 1) / len(cells) / 2
    seen = [case.knowledge.steps[step] for cell in cells for step in cell if step in case.knowledge.steps]
    if any(facts.attempts for facts in seen):
        good = 1.0
        for facts in seen:
            good *= 1.0 - facts.failure_probability
        return case.saving(Gain.WORK, (1.0 - good) * rest)
    low, expected, high = CELL_FAILS.of(rest)
    return case.saving(Gain.WORK, expected, low=low, high=high)


def _edits(said: Span) -> tuple[Edit, ...]:
    """Return the edit that turns the value round; none where it is no plain `false`."""
    written = said.source.line(said.line)[said.column - 1 : said.end_column - 1]
    return (Edit(span=said, text="true"),) if written == "false" else ()
