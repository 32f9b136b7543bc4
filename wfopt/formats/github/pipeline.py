"""What the service knows beside the steps: jobs, triggers, concurrency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wfopt.formats.github.deployment import is_deployment
from wfopt.formats.github.jobs import DeclaredJob, image_of, places_of_job, services_of
from wfopt.formats.github.shapes import text_of
from wfopt.formats.github.triggers import concurrency_of, triggers_of
from wfopt.formats.positions import MappingNode
from wfopt.model.pipeline import Concurrency, Job, Pipeline
from wfopt.model.workflow import StepId

DEFAULT_TIMEOUT_S = 360 * 60.0
"""Seconds after which GitHub ends a job."""


def pipeline_of(
    root: MappingNode, jobs: Mapping[str, DeclaredJob], cells: Mapping[str, Sequence[tuple[StepId, ...]]]
) -> Pipeline:
    """Return what a file says beside its steps.

    Args:
        root: the whole file.
        jobs: its jobs by name.
        cells: the ids of the steps of each job's cells.
    """
    return Pipeline(
        jobs=tuple(_job(job, tuple(cells[job.id])) for job in jobs.values()),
        triggers=triggers_of(root.get("on")),
        concurrency=_concurrency(root),
        default_timeout_s=DEFAULT_TIMEOUT_S,
    )


def _job(job: DeclaredJob, cells: tuple[tuple[StepId, ...], ...]) -> Job:
    return Job(
        id=job.id,
        cells=cells,
        needs=job.needs,
        runner=job.runner,
        timeout_s=job.timeout_s,
        matrix=job.expansion.matrix,
        concurrency=_concurrency(job.node),
        is_deployment=is_deployment(job),
        is_called=job.called,
        container=image_of(job),
        services=services_of(job),
        condition=text_of(job.node.get("if")),
        references=job.mentions,
        span=job.key.span,
        places=places_of_job(job.node),
    )


def _concurrency(node: MappingNode) -> Concurrency | None:
    key = next((key.span for key, _ in node.pairs if key.text == "concurrency"), None)
    return concurrency_of(key, node.get("concurrency"))
