"""What a run is expected to take, for whoever looks at it while it goes on and for its score afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from wfopt.api.caching import workflow_name
from wfopt.api.knowledge import Past, past_of
from wfopt.api.predict_case import Case
from wfopt.api.predict_errors import errors_of
from wfopt.api.predict_past import attempts_in, measured_now, pasts_of, widths_after, widths_in
from wfopt.api.predict_whole import Known, whole_of
from wfopt.api.prepare import Prepared, RunOptions
from wfopt.api.recording import host_name, host_of
from wfopt.errors import WfoptError
from wfopt.model.estimates import Estimate
from wfopt.model.history import Foreseen, PastAttempt
from wfopt.model.workflow import Step, StepId, Workflow
from wfopt.predictor.base import NO_FEATURES
from wfopt.predictor.drift import drift_of
from wfopt.predictor.past import features_of
from wfopt.predictor.predict import Outlook, predict_workflow
from wfopt.predictor.widths import LEVEL

FEWEST_RUNS = 3
"""A run is predicted if so many went before it."""

_RUNS = 20

_WIDE = 0.98
"""The level of an interval above which one value in a hundred lies."""

_FEWEST_SAMPLES = 5

_TROUBLE = (ArithmeticError, LookupError, TypeError, ValueError, WfoptError)
"""What may come of a past that nobody has thought of; it must not change what becomes of a run."""


def expected_walls(prepared: Prepared, options: RunOptions, level: float = LEVEL) -> dict[StepId, Estimate]:
    """Return how long steps are expected to take, those of which the history tells something.

    Args:
        prepared: what is run.
        options: as for the run.
        level: of the intervals, between 0 and 1, both excluded.
    """
    past = past_of(options.state_folder, workflow_name(options), host_name(options), runs=_RUNS)
    if not past.runs:
        return {}
    try:
        outlook = _outlook(prepared.workflow, past, options, measured_now(options.workspace), level)
    except _TROUBLE:
        return {}
    return {step: each.wall for step, each in outlook.steps.items() if each.wall is not None}


def longest_walls(prepared: Prepared, options: RunOptions) -> dict[StepId, float]:
    """Return how many seconds steps take at most, 99 times in 100; of steps with a few past values only."""
    expected = expected_walls(prepared, options, _WIDE)
    return {step: each.high for step, each in expected.items() if each.samples >= _FEWEST_SAMPLES}


def foreseen(
    prepared: Prepared, options: RunOptions, run_id: str, attempts: Sequence[PastAttempt]
) -> Foreseen | None:
    """Return what the runs before a run would have told of it; None if they are too few.

    Which steps had to run, and how large their inputs were, is taken from the run; nothing else of it is.

    Args:
        prepared: what was run.
        options: as for the run.
        run_id: its name; what was written of it already does not count.
        attempts: its attempts.
    """
    name = workflow_name(options)
    past = past_of(options.state_folder, name, host_name(options), runs=_RUNS)
    past = Past(tuple(each for each in past.runs if each[0].run_id != run_id))
    if len(past.runs) < FEWEST_RUNS:
        return None
    try:
        return _foreseen(prepared, options, past, attempts)
    except _TROUBLE:
        return None


def _foreseen(
    prepared: Prepared, options: RunOptions, past: Past, attempts: Sequence[PastAttempt]
) -> Foreseen | None:
    workflow = prepared.workflow
    ran = {
        each.step: features_of(each.input_bytes, each.sizes) for each in attempts if each.wall_s is not None
    }
    steps = (*workflow.steps, *workflow.finally_steps)
    outlook = _outlook(workflow, past, options, lambda step: ran.get(step.id, NO_FEATURES), LEVEL)
    drawn = {step: each.wall or outlook.borrowed for step, each in outlook.steps.items()}
    case = Case(workflow=workflow, capacity=prepared.capacity, strategy=options.strategy)
    believed = {step: each.expected for step, each in drawn.items() if each is not None}
    errors = errors_of(case, past, believed)
    known = Known(
        steps=steps,
        drawn=drawn,
        cpus={},
        peaks=dict.fromkeys(drawn, 0),
        errors=errors,
        hits=frozenset(step.id for step in steps if step.id not in ran),
    )
    found = whole_of(case, known, LEVEL)[0].makespan
    if found is None or found.expected <= 0:
        return None
    widths = widths_after(widths_in(past.runs), outlook, attempts)
    return Foreseen(
        expected_s=found.expected,
        low_s=found.low,
        high_s=found.high,
        drift=drift_of(errors.drifts),
        wall_width=widths.wall,
        memory_width=widths.memory,
    )


def _outlook(
    workflow: Workflow,
    past: Past,
    options: RunOptions,
    measure: Callable[[Step], Mapping[str, float]],
    level: float,
) -> Outlook:
    pasts = pasts_of((*workflow.steps, *workflow.hooks), attempts_in(past.runs), measure)
    return predict_workflow(pasts, level=level, host=machine_of(options), widths=widths_in(past.runs))


def machine_of(options: RunOptions) -> str:
    """Return the machine that is meant as samples name it."""
    host = host_of(options)
    return f"{host.name}/{min(options.capacity.cpu_milli / 1000, host.cpus):g}"


def seconds_of(expected: Mapping[StepId, Estimate]) -> dict[StepId, float]:
    """Return the expected seconds alone."""
    return {step: each.expected for step, each in expected.items()}
