"""A pipeline as text, for comparing with expected files."""

from __future__ import annotations

from collections.abc import Iterator

from wfopt.model.pipeline import Concurrency, Job, Matrix, Pipeline, Trigger


def pipeline_text(pipeline: Pipeline) -> str:
    """Return the triggers and jobs of a pipeline, a line each, with what they say."""
    return "\n".join(_lines(pipeline))


def _lines(pipeline: Pipeline) -> Iterator[str]:
    if pipeline.stages:
        yield f"stages {' '.join(pipeline.stages)}"
    if pipeline.default_timeout_s is not None:
        yield f"default timeout {pipeline.default_timeout_s:g}"
    for trigger in pipeline.triggers:
        yield f"trigger {_trigger(trigger)}"
    if pipeline.concurrency is not None:
        yield f"concurrency {_concurrency(pipeline.concurrency)}"
    for job in pipeline.jobs:
        yield f"job {job.id} @{job.span.line if job.span else '?'}"
        yield from (f"    {line}" for line in _job(job))


def _job(job: Job) -> Iterator[str]:
    shown = {
        "cells": str(len(job.cells)) if len(job.cells) != 1 else "",
        "steps": " ".join(job.cells[0]) if job.cells else "",
        "needs": "not said" if job.needs is None else " ".join(each.job for each in job.needs),
        "stage": job.stage,
        "runner": " ".join(job.runner),
        "timeout": "" if job.timeout_s is None else f"{job.timeout_s:g}",
        "matrix": _matrix(job.matrix) if job.matrix else "",
        "concurrency": _concurrency(job.concurrency) if job.concurrency else "",
        "retries": str(job.retries or ""),
        "deployment": "yes" * job.is_deployment,
        "called": "yes" * job.is_called,
        "interruptible": "" if job.is_interruptible is None else str(job.is_interruptible),
        "container": job.container,
        "services": " ".join(job.services),
        "if": job.condition,
        "mentions": " ".join(sorted(job.references)),
        "places": " ".join(f"{key}:{span.line}" for key, span in sorted(job.places.items())),
    }
    yield from (f"{name} {value}" for name, value in shown.items() if value)


def _trigger(trigger: Trigger) -> str:
    words = [trigger.event]
    words += [] if trigger.branches is None else [f"branches={','.join(trigger.branches)}"]
    words += [] if trigger.tags is None else [f"tags={','.join(trigger.tags)}"]
    words += ["by path"] * trigger.is_filtered_by_path
    return " ".join(words)


def _concurrency(concurrency: Concurrency) -> str:
    return f"{concurrency.group!r} cancels={concurrency.cancels}"


def _matrix(matrix: Matrix) -> str:
    axes = " ".join(f"{name}={','.join(values) or '?'}" for name, values in matrix.axes.items())
    return f"{axes} cells={matrix.cells} fail-fast={matrix.fail_fast} max-parallel={matrix.max_parallel}"
