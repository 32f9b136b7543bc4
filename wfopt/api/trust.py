"""How far the promises of passes came true, from the history; nothing if it cannot be read."""

from __future__ import annotations

import os
from collections.abc import Mapping

from wfopt.api.recorder import HISTORY
from wfopt.errors import UserError
from wfopt.metrics.savings import savings_of
from wfopt.metrics.store import read_history
from wfopt.model.history import Scope

RUNS = 200
"""So many of the newest runs count."""


def trust_of(state_folder: str, workflow: str, host: str) -> Mapping[str, float]:
    """Return, by pass, what share of the savings that it promises is to be expected, from 0 to 1.

    `wfopt.metrics.savings.records_of` says how; a pass without a record is not in it.

    Args:
        state_folder: the absolute path of the state folder.
        workflow: the path of the workflow in its workspace.
        host: the name of the machine.
    """
    path = os.path.join(state_folder, HISTORY)
    if not os.path.exists(path):
        return {}
    try:
        with read_history(path) as history:
            rewrites = history.rewrites(workflow)
            if not rewrites:
                return {}
            runs = history.runs(Scope(workflow=workflow, host=host, limit=RUNS))
    except UserError:
        return {}
    return {each.name: each.trust for each in savings_of(rewrites, runs).passes}
