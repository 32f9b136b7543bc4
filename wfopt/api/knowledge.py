"""What is known of the steps of a workflow, from the history; nothing if it cannot be read."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from wfopt.api.recorder import HISTORY
from wfopt.dataclass import dataclass
from wfopt.errors import UserError
from wfopt.metrics.quantiles import median, quantile
from wfopt.metrics.store import read_history
from wfopt.model.estimates import Estimate, Knowledge, StepFacts
from wfopt.model.history import PastAttempt, PastRun, Scope
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import StepId
from wfopt.resources.pool import Capacity

RUNS = 50
"""So many of the newest runs count, fewer where a run has very many steps."""

_ATTEMPTS = 60_000

_RAN = frozenset({StepStatus.SUCCEEDED, StepStatus.FAILED})


@dataclass(frozen=True, slots=True)
class Past:
    """The newest runs of a workflow, the newest last.

    Attributes:
        runs: each run with the attempts of its steps.
    """

    runs: Sequence[tuple[PastRun, Sequence[PastAttempt]]] = ()

    def by_step(self) -> Mapping[StepId, list[tuple[PastRun, PastAttempt]]]:
        """Return the attempts of each step with their runs, the newest last."""
        found: dict[StepId, list[tuple[PastRun, PastAttempt]]] = {}
        for run, attempts in self.runs:
            for each in attempts:
                found.setdefault(each.step, []).append((run, each))
        return found


def past_of(state_folder: str, workflow: str, host: str | None = None) -> Past:
    """Return the newest runs of a workflow; none if there is no history that can be read.

    Args:
        state_folder: the absolute path of the state folder.
        workflow: the path of the workflow in its workspace.
        host: runs on the machine with this name only, or None for all machines.
    """
    path = os.path.join(state_folder, HISTORY)
    if not os.path.exists(path):
        return Past()
    found: list[tuple[PastRun, Sequence[PastAttempt]]] = []
    left = _ATTEMPTS
    try:
        with read_history(path) as history:
            for run in reversed(history.runs(Scope(workflow=workflow, host=host, limit=RUNS))):
                story = history.story(run.run_id)
                if story is not None:
                    found.append((run, story.attempts))
                    left -= len(story.attempts)
                if left <= 0:
                    break
    except UserError:
        return Past()
    return Past(tuple(reversed(found)))


def knowledge_of(state_folder: str, workflow: str, host: str, capacity: Capacity) -> Knowledge:
    """Return what the history tells of the steps of a workflow on one machine.

    Args:
        state_folder: the absolute path of the state folder.
        workflow: the path of the workflow in its workspace.
        host: the name of the machine.
        capacity: the machine that is meant.
    """
    past = past_of(state_folder, workflow, host)
    count = len(past.runs)
    return Knowledge(
        steps={step: facts_from([each for _, each in found]) for step, found in past.by_step().items()},
        runs=count,
        source=f"{count} run{'s' * (count != 1)} on this machine" if count else "",
        cpu_milli=capacity.cpu_milli,
        slots=capacity.slots,
        memory_bytes=capacity.memory_bytes,
    )


def facts_from(attempts: Sequence[PastAttempt]) -> StepFacts:
    """Return what the past attempts of one step tell, the newest last."""
    ran = [each for each in attempts if each.status in _RAN and each.wall_s is not None]
    good = [each for each in ran if each.status is StepStatus.SUCCEEDED]
    walls = [each.wall_s for each in good if each.wall_s is not None]
    cpus = [each.cpu_s for each in good if each.cpu_s is not None]
    peaks = [float(each.peak_memory_bytes) for each in good if each.peak_memory_bytes is not None]
    hits = sum(each.status is StepStatus.CACHED for each in attempts)
    return StepFacts(
        wall=_estimate(walls),
        cpu_s=median(cpus) if cpus else None,
        slowest_s=max((each.wall_s for each in ran if each.wall_s is not None), default=None),
        memory=_estimate(peaks),
        attempts=len(ran),
        failures=len(ran) - len(good),
        hit_share=hits / (hits + len(ran)) if hits or ran else None,
    )


def _estimate(values: Sequence[float]) -> Estimate | None:
    """Return the median, and what eight of ten values lie between."""
    if not values:
        return None
    return Estimate(
        expected=median(values),
        low=quantile(values, 0.1),
        high=quantile(values, 0.9),
        samples=len(values),
        model="median",
    )
