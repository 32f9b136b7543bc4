"""Puts together what checks look at."""

from __future__ import annotations

from collections.abc import Mapping

from wfopt.analyzer.base import Case
from wfopt.graph.order import dag_of
from wfopt.graph.timing import Timing
from wfopt.model.estimates import Knowledge
from wfopt.model.pipeline import Pipeline
from wfopt.model.quantiles import median
from wfopt.model.workflow import StepId, Workflow

UNIT_BASIS = "every step taken to last equally long"
"""The basis where nothing is known of any step."""

FILE_BASIS = "durations in the file"
"""The basis where the file itself says how long steps take."""


def case_of(
    name: str,
    workflow: Workflow,
    pipeline: Pipeline | None,
    knowledge: Knowledge,
    durations: Mapping[StepId, float],
) -> Case:
    """Return all that checks may look at.

    A step's weight is what the history expects, else what the file says; if others have one, the median of
    theirs; if none has, 1.

    Args:
        name: the format's name.
        workflow: the steps and edges.
        pipeline: jobs and triggers, or None.
        knowledge: what the history tells.
        durations: the seconds that the file tells.
    """
    index = {step.id: place for place, step in enumerate(workflow.steps)}
    measured = {each: facts.wall.expected for each, facts in knowledge.steps.items() if facts.wall}
    known = {**durations, **measured}
    found = [known.get(step.id) for step in workflow.steps]
    timed = [seconds for seconds in found if seconds is not None]
    usual = median(timed) if timed else 1.0
    weights = [usual if seconds is None else seconds for seconds in found]
    pairs = [(index[edge.before], index[edge.after]) for edge in workflow.edges]
    basis = UNIT_BASIS
    if timed:
        basis = knowledge.source if any(step in measured for step in index) else FILE_BASIS
    return Case(
        format=name,
        workflow=workflow,
        pipeline=pipeline,
        timing=Timing(dag_of(len(weights), pairs), weights),
        timed=bool(timed),
        basis=basis,
        knowledge=knowledge,
        index=index,
    )
