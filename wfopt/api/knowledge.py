"""What is known of the steps of a workflow, from the history; nothing if it cannot be read."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Protocol

from wfopt.api.recorder import HISTORY
from wfopt.dataclass import dataclass, replace
from wfopt.errors import UserError
from wfopt.metrics.store import read_history
from wfopt.model.estimates import Estimate, Knowledge, StepFacts
from wfopt.model.history import PastAttempt, PastRun, Scope
from wfopt.model.outcome import StepStatus
from wfopt.model.quantiles import median
from wfopt.model.workflow import StepId
from wfopt.resources.pool import Capacity

RUNS = 50
"""So many of the newest runs count, fewer where a run has very many steps."""

_ATTEMPTS = 20_000

_FIRST = 5
"""So many runs tell how large one is."""

_RAN = frozenset({StepStatus.SUCCEEDED, StepStatus.FAILED})


@dataclass(frozen=True, slots=True)
class Past:
    """The newest runs of a workflow, the newest last.

    Attributes:
        runs: each run with the attempts of its steps.
    """

    runs: Sequence[tuple[PastRun, Sequence[PastAttempt]]] = ()


class Predicted(Protocol):
    """What is expected of a step."""

    @property
    def wall(self) -> Estimate | None:
        """The seconds of an attempt that runs to its end."""

    @property
    def memory(self) -> Estimate | None:
        """The bytes of its peak."""


def past_of(state_folder: str, workflow: str, host: str | None = None, runs: int = RUNS) -> Past:
    """Return the same as `read_past`; none if the history cannot be read."""
    try:
        return read_past(state_folder, workflow, host, runs)
    except UserError:
        return Past()


def read_past(state_folder: str, workflow: str, host: str | None = None, runs: int = RUNS) -> Past:
    """Return the newest runs of a workflow; none if there is no history.

    Attempts are those that ran and the hits of the cache; those of runs without failures have neither keys
    nor reasons.

    Args:
        state_folder: the absolute path of the state folder.
        workflow: the path of the workflow in its workspace.
        host: runs on the machine with this name only, or None for all machines.
        runs: so many of the newest at most, fewer where a run has very many steps.

    Raises:
        HistoryError: it cannot be read.
    """
    path = os.path.join(state_folder, HISTORY)
    if not os.path.exists(path):
        return Past()
    scope = Scope(workflow=workflow, host=host, limit=min(runs, _FIRST))
    with read_history(path) as history:
        found = history.measured(scope)
        largest = max((len(attempts) for _, attempts in found), default=0)
        wanted = min(runs, max(_FIRST, _ATTEMPTS // max(1, largest)))
        if len(found) == _FIRST and wanted > _FIRST:
            found = history.measured(replace(scope, limit=wanted))
    return Past(tuple(found))


def knowledge_of(state_folder: str, workflow: str, host: str, capacity: Capacity) -> Knowledge:
    """Return what the history tells of the steps of a workflow on one machine.

    Durations and memory are predicted, so that what is derived from them looks ahead.

    Args:
        state_folder: the absolute path of the state folder.
        workflow: the path of the workflow in its workspace.
        host: the name of the machine.
        capacity: the machine that is meant.
    """
    past = past_of(state_folder, workflow, host)
    count = len(past.runs)
    return Knowledge(
        steps=facts_in(past) if count else {},
        runs=count,
        source=f"{count} run{'s' * (count != 1)} on this machine" if count else "",
        cpu_milli=capacity.cpu_milli,
        slots=capacity.slots,
        memory_bytes=capacity.memory_bytes,
    )


def facts_in(past: Past) -> Mapping[StepId, StepFacts]:
    """Return what the past tells of each step."""
    # Most files that are analyzed have no history.
    from wfopt.api.predict_past import attempts_in, widths_in  # noqa: PLC0415 - see above
    from wfopt.predictor.past import past_of as step_past  # noqa: PLC0415 - see above
    from wfopt.predictor.predict import predict_workflow  # noqa: PLC0415 - see above

    attempts = attempts_in(past.runs)
    outlook = predict_workflow(
        {step: step_past(found) for step, found in attempts.items()}, widths=widths_in(past.runs)
    )
    return {
        step: facts_from([each for _, _, each in found], outlook.steps[step])
        for step, found in attempts.items()
    }


def facts_from(attempts: Sequence[PastAttempt], predicted: Predicted) -> StepFacts:
    """Return what is known of one step.

    Args:
        attempts: its past, the newest last.
        predicted: what is expected of it.
    """
    ran = [each for each in attempts if each.status in _RAN and each.wall_s is not None]
    good = [each for each in ran if each.status is StepStatus.SUCCEEDED]
    cpus = [each.cpu_s for each in good if each.cpu_s is not None]
    hits = sum(each.status is StepStatus.CACHED for each in attempts)
    return StepFacts(
        wall=predicted.wall if good else None,
        cpu_s=median(cpus) if cpus else None,
        slowest_s=max((each.wall_s for each in ran if each.wall_s is not None), default=None),
        memory=predicted.memory if good else None,
        attempts=len(ran),
        failures=len(ran) - len(good),
        hit_share=hits / (hits + len(ran)) if hits or ran else None,
    )
