"""What traced runs tell of the steps of a workflow, as far as it still holds."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from wfopt.api.fingerprints import fingerprint_of
from wfopt.api.recorder import HISTORY
from wfopt.errors import UserError
from wfopt.metrics.store import read_history
from wfopt.model.effects import Effects, Sighting, Traced
from wfopt.model.workflow import StepId, Workflow

RUNS = 10
"""So many of the newest traced runs count."""

_AGAIN = "run it again with `wfopt run --trace`"


def sightings_of(
    state_folder: str, place: str, workflow: Workflow, environ: Mapping[str, str], workspace: str
) -> Mapping[StepId, Sighting]:
    """Return what traces tell of each step of a workflow; nothing if the history cannot be read.

    Only traces of the same script, shell, program and variables count, and all of these must be complete: one
    that is not shows what the step may do the next time.

    Args:
        state_folder: the absolute path of the state folder.
        place: the path of the workflow in its workspace.
        workflow: the workflow.
        environ: the environment that steps start from.
        workspace: the absolute path of the workspace.
    """
    traces = _traces(state_folder, place)
    if not traces:
        return {}
    by_step: dict[StepId, list[Traced]] = {}
    for each in traces:
        by_step.setdefault(each.step, []).append(each)
    found = {}
    for step in workflow.steps:
        known = by_step.get(step.id, ())
        fingerprint, why_not = fingerprint_of(step, workflow, environ, workspace)
        if why_not:
            found[step.id] = Sighting(why_not=f"cannot be traced: {why_not}")
        elif known:
            found[step.id] = _sighting(known, fingerprint)
    return found


def _traces(state_folder: str, place: str) -> Sequence[Traced]:
    path = os.path.join(state_folder, HISTORY)
    if not os.path.exists(path):
        return ()
    try:
        with read_history(path) as history:
            return history.traces(place, RUNS)
    except UserError:
        return ()


def _sighting(traces: Iterable[Traced], fingerprint: str) -> Sighting:
    same = [each.effects for each in traces if each.fingerprint == fingerprint]
    if not same:
        return Sighting(why_not="has changed since it was traced", hint=_AGAIN)
    effects = Effects()
    for each in same:
        effects = effects.joined(each)
    if effects.taints:
        listed = ", ".join(sorted(effects.taints))
        return Sighting(why_not=f"was not traced completely: {listed}")
    return Sighting(runs=len(same), effects=effects)
