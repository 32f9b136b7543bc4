"""How long steps usually take, from the history; nothing if it cannot be read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from wfopt.api.recorder import HISTORY
from wfopt.errors import UserError
from wfopt.metrics.quantiles import median
from wfopt.metrics.store import read_history
from wfopt.model.history import Scope
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import StepId

RUNS = 10
"""So many of the newest runs count, fewer where a run has very many steps."""

_ATTEMPTS = 4000


class Usual(NamedTuple):
    """How many seconds a step took at least, usually and at most."""

    low_s: float
    expected_s: float
    high_s: float


def usual_spans(state_folder: str, workflow: str, host: str) -> Mapping[StepId, Usual]:
    """Return the same as `usual_durations`, with the fastest and the slowest of these attempts."""
    walls = _walls(state_folder, workflow, host)
    return {step: Usual(min(found), median(found), max(found)) for step, found in walls.items()}


def usual_durations(state_folder: str, workflow: str, host: str) -> Mapping[StepId, float]:
    """Return the median seconds of the last successful attempts of steps, on one machine.

    Args:
        state_folder: the absolute path of the state folder.
        workflow: the path of the workflow in its workspace.
        host: the name of the machine.
    """
    return {step: median(found) for step, found in _walls(state_folder, workflow, host).items()}


def _walls(state_folder: str, workflow: str, host: str) -> Mapping[StepId, list[float]]:
    path = os.path.join(state_folder, HISTORY)
    if not os.path.exists(path):
        return {}
    walls: dict[StepId, list[float]] = {}
    left = _ATTEMPTS
    try:
        with read_history(path) as history:
            for run in reversed(history.runs(Scope(workflow=workflow, host=host, limit=RUNS))):
                story = history.story(run.run_id)
                for each in story.attempts if story else ():
                    if each.status is StepStatus.SUCCEEDED and each.wall_s is not None:
                        walls.setdefault(each.step, []).append(each.wall_s)
                left -= len(story.shape.steps) if story else 0
                if left <= 0:
                    break
    except UserError:
        return {}
    return walls
