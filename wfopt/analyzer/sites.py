"""Where steps are declared: the cells of a matrix and the copies of a job stand in one place of the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wfopt.analyzer.base import Case
from wfopt.dataclass import dataclass
from wfopt.errors import Label
from wfopt.model.pipeline import Job
from wfopt.model.workflow import Step, StepId
from wfopt.source import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One declaration of a step.

    Attributes:
        name: what the file calls it.
        span: where it stands.
        steps: what it became, in order; at least one.
    """

    name: str
    span: Span
    steps: tuple[Step, ...]

    @property
    def first(self) -> Step:
        """The first of its steps; what the cells have in common can be seen in it."""
        return self.steps[0]

    @property
    def ids(self) -> tuple[StepId, ...]:
        """The ids of its steps."""
        return tuple(step.id for step in self.steps)

    def at(self, *keys: str, text: str = "") -> Label:
        """Return a label at the value of the first of some keys that is there, else at the declaration."""
        places = self.first.places
        return Label(next((places[key] for key in keys if key in places), self.span), text)


def sites_of(case: Case) -> tuple[Site, ...]:
    """Return the declarations of all steps, in file order; those without a place are left out."""
    groups: dict[tuple[str, int, int, str], list[Step]] = {}
    for step in case.workflow.steps:
        if step.span is not None:
            key = (step.span.source.name, step.span.line, step.span.column, step.definition)
            groups.setdefault(key, []).append(step)
    return tuple(
        Site(name=name_of(steps[0]), span=span, steps=tuple(steps))
        for steps in groups.values()
        if (span := steps[0].span) is not None
    )


def name_of(step: Step) -> str:
    """Return what the file calls a step."""
    return step.definition or str(step.id)


def jobs_of(case: Case) -> Mapping[StepId, Job]:
    """Return the job of each step."""
    return {step: job for job in case.jobs for step in job.steps}


def text_at(span: Span) -> str:
    """Return the text of the file in a stretch of it."""
    lines = [span.source.line(number) for number in range(span.line, span.end_line + 1)]
    if not lines:
        return ""
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return "\n".join(lines)


def listed(names: Sequence[str], most: int = 3) -> str:
    """Return names in backticks for a message, the first of them if there are many.

    >>> listed(["a", "b"])
    '`a` and `b`'
    """
    shown = [f"`{name}`" for name in names[:most]]
    if len(names) > most:
        shown.append(f"{len(names) - most} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
