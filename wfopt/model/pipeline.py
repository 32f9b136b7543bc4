"""What formats of CI services say beside the graph: when a pipeline runs, on what, and in which jobs.

Steps, edges and times stand in the `Workflow`. A native file has no pipeline.
"""

from __future__ import annotations

from collections.abc import Mapping

from wfopt.dataclass import dataclass, field
from wfopt.model.workflow import StepId
from wfopt.source import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """One event that starts a pipeline.

    Attributes:
        event: its name in the format, such as `pull_request`.
        branches: the branch filter, or None if any branch starts it.
        tags: the tag filter, or None if it has none.
        is_filtered_by_path: whether files decide, such as by `paths` or `changes`.
        span: where it stands.
    """

    event: str
    branches: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    is_filtered_by_path: bool = False
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Concurrency:
    """What keeps runs from overlapping.

    Attributes:
        group: its name, as written.
        cancels: whether a newer run cancels an older one; None if an expression decides.
        span: where it stands.
    """

    group: str
    cancels: bool | None = False
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """The matrix of a job.

    Attributes:
        axes: the axes and their values, as written; an axis that an expression makes has none.
        cells: how many cells it has; None if only the run knows.
        fail_fast: whether a failed cell cancels the others.
        max_parallel: how many cells may run at once, or None.
        span: where it stands.
        places: where the values of its keys stand, such as `fail-fast`.
    """

    axes: Mapping[str, tuple[str, ...]]
    cells: int | None
    fail_fast: bool = True
    max_parallel: int | None = None
    span: Span | None = field(default=None, compare=False, repr=False)
    places: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One entry of a job's `needs`, as written."""

    job: str
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Steps that run one after another on one machine.

    Attributes:
        id: its name in the file.
        cells: the steps of each of its copies, in order: one tuple a matrix cell, else a single one.
        needs: the jobs that it names; None if the key is absent (a stage decides then).
        stage: its stage, or "".
        runner: the labels of the machine that it asks for, as written; empty if the file does not say.
        timeout_s: seconds that it may take, or None if the file does not say.
        matrix: its matrix, or None.
        concurrency: what keeps it from overlapping, or None.
        retries: how often a failed job is tried again as a whole.
        is_deployment: whether it changes something outside: an environment, a release, a page.
        is_called: whether another workflow is called in its place.
        is_interruptible: whether the file says that a newer run may cancel it; None if it does not say.
        container: the image that it runs in, or "".
        services: the names of containers that run beside it.
        condition: its condition as written, or "".
        references: what its expressions mention, such as `needs.build` or `secrets.TOKEN`.
        span: where its name stands.
        places: where the values of its keys stand, and `key:NAME` where the keys do.
    """

    id: str
    cells: tuple[tuple[StepId, ...], ...]
    needs: tuple[Need, ...] | None = ()
    stage: str = ""
    runner: tuple[str, ...] = ()
    timeout_s: float | None = None
    matrix: Matrix | None = None
    concurrency: Concurrency | None = None
    retries: int = 0
    is_deployment: bool = False
    is_called: bool = False
    is_interruptible: bool | None = None
    container: str = ""
    services: tuple[str, ...] = ()
    condition: str = ""
    references: frozenset[str] = frozenset()
    span: Span | None = field(default=None, compare=False, repr=False)
    places: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)

    @property
    def steps(self) -> tuple[StepId, ...]:
        """The steps of all its copies."""
        return tuple(step for cell in self.cells for step in cell)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """A pipeline of a CI service.

    Attributes:
        jobs: in file order.
        triggers: what starts it; empty if the file does not say.
        concurrency: what keeps its runs from overlapping, or None.
        stages: the names of its stages, in order.
        default_timeout_s: seconds after which the service ends a job that names none, or None.
    """

    jobs: tuple[Job, ...]
    triggers: tuple[Trigger, ...] = ()
    concurrency: Concurrency | None = None
    stages: tuple[str, ...] = ()
    default_timeout_s: float | None = None
