"""The use case behind `wfopt stats --import`: a file of past runs in, the history grows."""

from __future__ import annotations

import os
from collections.abc import Callable

from wfopt.api.recorder import HISTORY
from wfopt.api.state import make_state_folder
from wfopt.dataclass import dataclass, replace
from wfopt.engine.clock import Clock
from wfopt.errors import Diagnostic, Severity, UserError
from wfopt.formats.history.reading import read_history as read_file
from wfopt.metrics.base import History
from wfopt.metrics.keep import Keep
from wfopt.metrics.store import open_history, read_history

EVERYTHING = Keep(days=None, rows=None)
"""Imported runs are old: they go when the next run tidies up, if what is kept says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came of a file.

    Attributes:
        file: its path.
        origin: the name of its format.
        runs: how many runs are in it.
        added: how many of these are new to the history.
        steps: how many attempts of steps are in the new ones.
        workflows: the workflows that they are filed under.
    """

    file: str
    origin: str
    runs: int
    added: int
    steps: int
    workflows: tuple[str, ...]


def import_history(
    file: str,
    state_folder: str,
    workflow: str | None,
    clock: Clock,
    warn: Callable[[Diagnostic], None],
) -> Imported:
    """Add the runs of a file to the history; those that are in it already stay as they are.

    Args:
        file: the path of the file.
        state_folder: the absolute path of the state folder, which is made if need be.
        workflow: what to file the runs under, or None for what the file says.
        clock: tells the time.
        warn: is told of damage that was put right.

    Raises:
        UserError: the file cannot be understood, the state folder not be made, or the history not be written.
        HistoryError: the history cannot be read.
    """
    stories = read_file(file)
    if workflow is not None:
        stories = tuple(replace(each, run=replace(each.run, workflow=workflow)) for each in stories)
    make_state_folder(state_folder)
    database = os.path.join(state_folder, HISTORY)
    with read_history(database) as history:
        new = [each for each in stories if not _is_known(history, each.run.run_id)]
    troubles: list[Diagnostic] = []
    writer = open_history(
        database, wall=clock.wall, monotonic=clock.now, warn=troubles.append, keep=EVERYTHING
    )
    with writer:
        added = [each for each in new if writer.write(each)]
    if len(added) < len(new):
        # Nothing else was asked for: what is a warning about a run is an error here.
        raise UserError(tuple(replace(each, severity=Severity.ERROR, hints=()) for each in troubles))
    for each in troubles:
        warn(each)
    return Imported(
        file=file,
        origin=stories[0].run.origin if stories else "",
        runs=len(stories),
        added=len(added),
        steps=sum(len(each.attempts) for each in added),
        workflows=tuple(dict.fromkeys(each.run.workflow for each in stories)),
    )


def _is_known(history: History, run_id: str) -> bool:
    # It is found by the start of its name, too.
    found = history.find(run_id, None)
    return found is not None and found.run_id == run_id
