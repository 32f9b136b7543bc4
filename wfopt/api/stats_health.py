"""What the health of a history's surroundings is: its database, the cache, the disk, the workspace's lock."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from wfopt.api.cache_place import cache_at
from wfopt.cache.leftovers import put_aside
from wfopt.dataclass import dataclass
from wfopt.engine.locking import OWNER_FILE, Owner, WorkspaceLock
from wfopt.errors import UserError
from wfopt.metrics.health import Check, Condition, Health, disk_check
from wfopt.model.quantities import format_size


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where a history lives.

    Attributes:
        workspace: the absolute path of the workspace.
        state_folder: the absolute path of the folder for state.
        cache_folder: the absolute path of the cache folder.
        wall: tells the seconds since the epoch.
    """

    workspace: str
    state_folder: str
    cache_folder: str
    wall: Callable[[], float]

    def owner(self) -> Owner | None:
        """Return the run that has the workspace, as far as is known; nothing is locked."""
        return WorkspaceLock(self.workspace, self.state_folder).owner()


def unreadable_health(around: Surroundings, error: UserError) -> Health:
    """Return the health where the history cannot be read; nothing is changed."""
    causes = "; ".join(cause for each in error.diagnostics for cause in each.causes)
    evidence = f"cannot be read: {causes}"
    history = Check(name="history", condition=Condition.UNHEALTHY, evidence=evidence)
    return Health((history, *_outer_checks(around)))


def surrounding_checks(around: Surroundings, database: str, remembered: int) -> Iterator[Check]:
    """Look at what is around a history that could be read; nothing is changed.

    Args:
        around: where it lives.
        database: the path of its file.
        remembered: how many runs it holds.
    """
    yield _history_check(database, remembered)
    yield from _outer_checks(around)


def _outer_checks(around: Surroundings) -> Iterator[Check]:
    yield _cache_check(around)
    yield from _disk_checks(around.state_folder)
    yield _lock_check(around)


def _history_check(database: str, remembered: int) -> Check:
    try:
        size = f", {format_size(os.stat(database).st_size)}"
    except OSError:
        size = ""
    runs = "1 run" if remembered == 1 else f"{remembered:,} runs"
    evidence = f"readable, {runs}{size}" if remembered else "empty"
    return Check(name="history", condition=Condition.HEALTHY, evidence=evidence)


def _cache_check(around: Surroundings) -> Check:
    try:
        with cache_at(around.cache_folder, wall=around.wall, read_only=True) as store:
            if store is None:
                return Check(name="cache", condition=Condition.HEALTHY, evidence="empty")
            count = sum(1 for _ in store.records.keys())  # noqa: SIM118 - it is no mapping
            aside = put_aside(store.folder)
    except UserError as error:
        causes = [cause for each in error.diagnostics for cause in each.causes]
        evidence = f"cannot be read: {'; '.join(causes)}"
        return Check(name="cache", condition=Condition.UNHEALTHY, evidence=evidence)
    results = "1 result" if count == 1 else f"{count:,} results"
    if not aside:
        return Check(name="cache", condition=Condition.HEALTHY, evidence=f"readable, {results}")
    things = "1 damaged thing" if len(aside) == 1 else f"{len(aside)} damaged things"
    evidence = f"{results}; {things} set aside lately: `wfopt cache verify` looks for more"
    return Check(name="cache", condition=Condition.DEGRADED, evidence=evidence)


def _disk_checks(folder: str) -> Iterator[Check]:
    while not os.path.isdir(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    try:
        found = os.statvfs(folder)
    except OSError:
        return
    yield disk_check(found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize)


def _lock_check(around: Surroundings) -> Check:
    owner = around.owner()
    if owner is not None:
        evidence = f"run `{owner.run_id}` has the workspace (pid {owner.pid} on {owner.host})"
    elif os.path.exists(os.path.join(around.state_folder, OWNER_FILE)):
        evidence = "free; a killed run has left its description, which the next run removes"
    else:
        evidence = "free"
    # The kernel drops a lock with its process, so none is ever in the way of the next run.
    return Check(name="lock", condition=Condition.HEALTHY, evidence=evidence)
