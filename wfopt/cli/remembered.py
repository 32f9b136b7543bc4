"""What the history knows of the names that the options of `wfopt stats` take."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from wfopt.cli.stats_options import target_of
from wfopt.cli.stats_showing import DATABASE
from wfopt.errors import UserError
from wfopt.metrics.base import History
from wfopt.metrics.store import read_history
from wfopt.model.history import PastRun, Scope
from wfopt.render.harmless import harmless

_NEWEST = 200
_LISTED = 20


def names(kind: str, given: Mapping[str, Any]) -> list[str]:
    """Return the names of a kind; none if the history cannot be read.

    Args:
        kind: `step`, `branch`, `host` or `run`.
        given: the options that the command line has so far.
    """
    try:
        target = target_of(given.get("file"), given.get("workspace"), given.get("state_dir"))
        with read_history(os.path.join(target.state_folder, DATABASE)) as history:
            found = list(dict.fromkeys(_names(kind, history, target.workflow)))
    except UserError:
        return []
    return [each for each in found if each and harmless(each) == each]


def _names(kind: str, history: History, workflow: str | None) -> Iterable[str]:
    if kind == "step":
        return history.steps(workflow)
    newest = list(reversed(history.runs(Scope(workflow=workflow, limit=_NEWEST))))
    if kind == "branch":
        return (run.revision.branch for run in newest)
    return (run.host.name for run in newest) if kind == "host" else _sides(newest)


def _sides(newest: Sequence[PastRun]) -> Iterator[str]:
    """Yield what can be compared."""
    yield from ("last", "last~1")
    yield from (run.revision.branch for run in newest)
    yield from (run.run_id for run in newest[:_LISTED])
