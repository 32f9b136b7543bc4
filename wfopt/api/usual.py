"""How long steps usually take, from the history; nothing if it cannot be read."""

from __future__ import annotations

import os
from collections.abc import Mapping

from wfopt.api.recorder import HISTORY
from wfopt.errors import UserError
from wfopt.metrics.store import read_history
from wfopt.model.history import PastAttempt, PastRun, Scope
from wfopt.model.outcome import StepStatus
from wfopt.model.quantiles import median
from wfopt.model.workflow import StepId

RUNS = 10
"""So many of the newest runs count, fewer where a run has very many steps."""

_ATTEMPTS = 4000


def usual_durations(state_folder: str, workflow: str, host: str) -> Mapping[StepId, float]:
    """Return the median seconds of the last successful attempts of steps, on one machine.

    Args:
        state_folder: the absolute path of the state folder.
        workflow: the path of the workflow in its workspace.
        host: the name of the machine.
    """
    return {step: median(found) for step, found in _walls(state_folder, workflow, host).items()}


def usual_peaks(state_folder: str, workflow: str, host: str, step: StepId) -> tuple[int, ...]:
    """Return the most bytes that a step held in each of its last attempts that had enough memory.

    Args:
        state_folder: the absolute path of the state folder.
        workflow: the path of the workflow in its workspace.
        host: the name of the machine.
        step: which step.
    """
    scope = Scope(workflow=workflow, host=host, limit=RUNS)
    try:
        with read_history(os.path.join(state_folder, HISTORY)) as history:
            found = [attempt for _, attempt in history.attempts_of(scope, step)]
    except UserError:
        return ()
    return tuple(
        each.peak_memory_bytes
        for each in found
        if each.status is StepStatus.SUCCEEDED and each.wall_s is not None and each.peak_memory_bytes
    )


def recent_attempts(
    state_folder: str, workflow: str, host: str
) -> dict[StepId, list[tuple[PastRun, PastAttempt]]]:
    """Return the last attempts of steps on one machine with their runs, the newest last.

    Args:
        state_folder: the absolute path of the state folder.
        workflow: the path of the workflow in its workspace.
        host: the name of the machine.
    """
    attempts: dict[StepId, list[tuple[PastRun, PastAttempt]]] = {}
    for run, found in reversed(_newest(state_folder, workflow, host)):
        for each in found:
            attempts.setdefault(each.step, []).append((run, each))
    return attempts


def _walls(state_folder: str, workflow: str, host: str) -> Mapping[StepId, list[float]]:
    path = os.path.join(state_folder, HISTORY)
    walls: dict[StepId, list[float]] = {}
    if not os.path.exists(path):
        return walls
    try:
        with read_history(path) as history:
            newest = history.measured(Scope(workflow=workflow, host=host, limit=1))
            largest = max((len(attempts) for _, attempts in newest), default=0)
            count = -(-_ATTEMPTS // max(1, largest))
            runs = history.measured(Scope(workflow=workflow, host=host, limit=min(RUNS, count)))
    except UserError:
        return {}
    for _, attempts in runs:
        for each in attempts:
            if each.status is StepStatus.SUCCEEDED and each.wall_s is not None:
                walls.setdefault(each.step, []).append(each.wall_s)
    return walls


def _newest(state_folder: str, workflow: str, host: str) -> list[tuple[PastRun, tuple[PastAttempt, ...]]]:
    """Return the newest runs with the attempts of their steps, the newest first; none if there are none."""
    path = os.path.join(state_folder, HISTORY)
    if not os.path.exists(path):
        return []
    found: list[tuple[PastRun, tuple[PastAttempt, ...]]] = []
    left = _ATTEMPTS
    try:
        with read_history(path) as history:
            for run in reversed(history.runs(Scope(workflow=workflow, host=host, limit=RUNS))):
                story = history.story(run.run_id)
                if story is not None:
                    found.append((run, story.attempts))
                    left -= len(story.shape.steps)
                if left <= 0:
                    break
    except UserError:
        return []
    return found
