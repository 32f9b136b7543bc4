"""Reads a workflow of GitHub Actions: from its text to steps, edges and jobs."""

from __future__ import annotations

from typing import cast

from wfopt.codes import MATRIX_TOO_LARGE, NO_STEPS, WRONG_TYPE
from wfopt.errors import Severity, by_place
from wfopt.formats.github.inputs import inputs_of
from wfopt.formats.github.jobs import DeclaredJob, read_jobs
from wfopt.formats.github.linking import check_needs, edges_of
from wfopt.formats.github.noting import note_job, note_workflow
from wfopt.formats.github.pipeline import pipeline_of
from wfopt.formats.github.places import Places
from wfopt.formats.github.remarks import Remarks
from wfopt.formats.github.shapes import text_of
from wfopt.formats.github.steps import steps_of
from wfopt.formats.imported import Imported
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.positions import MappingNode, parse_yaml
from wfopt.formats.problems import Problems
from wfopt.model.workflow import Step, StepId, Workflow
from wfopt.source import SourceFile

MAX_STEPS = 50_000
"""How many steps a workflow may have, cells included."""


def load(source: SourceFile, options: LoadOptions) -> Imported:
    """Return what a file says; nothing is run, fetched or guessed.

    Raises:
        LoadError: it is no workflow; with every problem that was found.
    """
    root, remarks = _root(source)
    jobs = _sound_jobs(root, remarks)
    problems = remarks.problems
    inputs = inputs_of(root.get("on"), options.params, source)
    places = Places(root, jobs, inputs.values, remarks, options.actions)
    steps: list[Step] = []
    cells: dict[str, list[tuple[StepId, ...]]] = {}
    for job in jobs.values():
        note_job(job, remarks)
        cells[job.id] = []
        for place in places.of(job):
            cells[job.id].append(place.ids)
            steps += steps_of(place, remarks)
    edges = edges_of(jobs, cells, problems)
    remarks.flush()
    problems.stop_on_errors()
    workflow = Workflow(
        name=text_of(root.get("name")) or source.name,
        steps=tuple(steps),
        edges=edges,
        params=inputs.texts,
        param_descriptions=inputs.descriptions,
        source=source,
    )
    pipeline = pipeline_of(root, jobs, cells)
    return Imported(
        format="github",
        workflow=workflow,
        pipeline=pipeline,
        remarks=tuple(sorted(problems.found, key=by_place)),
    )


def _root(source: SourceFile) -> tuple[MappingNode, Remarks]:
    """Return the whole file, and where notes about it go."""
    root, found = parse_yaml(source, duplicate_keys=Severity.WARNING)
    problems = Problems()
    problems.add(found)
    if not isinstance(root, MappingNode):
        problems.error(WRONG_TYPE, "a workflow of GitHub Actions is a mapping with `on` and `jobs`", root)
        problems.stop_on_errors()
    return cast("MappingNode", root), Remarks(problems)


def _sound_jobs(root: MappingNode, remarks: Remarks) -> dict[str, DeclaredJob]:
    """Return the jobs of a file, with needs that exist.

    Raises:
        LoadError: there are none, or they are wrong.
    """
    problems = remarks.problems
    node = root.get("jobs")
    note_workflow(root, remarks)
    if not isinstance(node, MappingNode) or not node.pairs:
        hint = "a workflow of GitHub Actions has `jobs`, a mapping from names to jobs"
        where = root if node is None else node
        problems.error(NO_STEPS, "there are no jobs", where, hints=(hint,))
        problems.stop_on_errors()
    jobs = read_jobs(cast("MappingNode", node), remarks)
    check_needs(jobs, problems)
    problems.stop_on_errors()
    size = sum(len(job.flow.steps) * len(job.expansion.cells) for job in jobs.values())
    if not size:
        problems.error(NO_STEPS, "no job has a step that could run", cast("MappingNode", node))
    if size > MAX_STEPS:
        message = f"the jobs have {size:,} steps in all cells of their matrices"
        problems.error(
            MATRIX_TOO_LARGE, message, cast("MappingNode", node), f"at most {MAX_STEPS:,} are allowed"
        )
    problems.stop_on_errors()
    return jobs
