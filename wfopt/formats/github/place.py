"""Where steps are made, and what is known there."""

from __future__ import annotations

from collections.abc import Mapping

from wfopt.dataclass import dataclass, field
from wfopt.formats.github.declared import Declared
from wfopt.formats.github.environment import Environment
from wfopt.formats.github.jobs import DeclaredJob
from wfopt.formats.github.matrix import Cell
from wfopt.formats.github.scope import Scope
from wfopt.formats.github.shapes import text_of
from wfopt.model.expressions import Expression
from wfopt.model.selectors import cell_id
from wfopt.model.workflow import StepId


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One cell of a job.

    Attributes:
        job: the job.
        cell: the cell.
        ids: the ids of its steps.
        scope: what names mean above the steps.
        env: the variables of workflow and job.
        condition: that of the job, or None.
        defaults: what `defaults.run` says.
        obstacle: why nothing of it can run here, or "".
        actions: commands for actions, by name.
    """

    job: DeclaredJob
    cell: Cell
    ids: tuple[StepId, ...]
    scope: Scope
    env: Environment
    condition: Expression | None
    defaults: Mapping[str, str]
    obstacle: str = ""
    actions: Mapping[str, str] = field(default_factory=dict)

    @property
    def session(self) -> str:
        """What tells the cell from all others; "" where another workflow is called."""
        return "" if self.job.called else cell_id(self.job.prefix, self.cell.labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One step of a cell.

    Attributes:
        place: the cell.
        step: the step.
        scope: what names in it mean.
        env: its variables.
        condition: when it runs, or None.
    """

    place: Place
    step: Declared
    scope: Scope
    env: Environment
    condition: Expression | None


def ids_of(job: DeclaredJob, cell: Cell) -> tuple[StepId, ...]:
    """Return the ids of the steps of a cell."""
    prefix = cell_id(job.prefix, cell.labels)
    return tuple(StepId(f"{prefix}/{step.name}" if step.name else prefix) for step in job.flow.steps)


def may_fail(step: Declared) -> bool:
    """Return whether a job goes on well after a step has failed, or might."""
    return text_of(step.node.get("continue-on-error")) not in ("", "false") and bool(step.name)


def definitions_of(job: DeclaredJob) -> tuple[str, ...]:
    """Return what the ids of the steps of a job are without a cell."""
    return tuple(f"{job.prefix}/{step.name}" if step.name else job.prefix for step in job.flow.steps)
