"""The folders of runs, with logs and what was in the way: which of them are kept."""

from __future__ import annotations

import os
import time

from wfopt.engine.locking import is_in_use

MOST_RUNS = 1000
"""So many of the newest runs keep their folder, whatever their age allows."""

MOST_AT_ONCE = 100
"""So many folders are removed at the start of a run, so that it does not wait for thousands."""

_DAY_S = 86_400.0


def run_name(now: float, chance: str) -> str:
    """Return a name for a run that starts now, seconds since the epoch; names sort by time."""
    return f"{_stamp(now)}-{chance}"


def forget_old_runs(state: str, own: str, days: float | None, now: float) -> None:
    """Remove the folders of runs that are older than the history keeps, or more than too many.

    If a clock was set back, some stay longer than that. The runs around a nested one, and those of other
    workspaces with the same state folder, may go on still.

    Args:
        state: the absolute path of the state folder.
        own: the name of the run that starts.
        days: how old a run may be; None for any age.
        now: seconds since the epoch.
    """
    oldest = "" if days is None else _stamp(max(0.0, now - days * _DAY_S))
    for kind in ("runs", "trash"):
        folder = os.path.join(state, kind)
        if os.path.isdir(folder):
            others = sorted(name for name in os.listdir(folder) if name != own)
            spare = max(0, len(others) - (MOST_RUNS - 1))
            old = [name for place, name in enumerate(others) if place < spare or name < oldest]
            for name in old[:MOST_AT_ONCE]:
                if not is_in_use(os.path.join(state, "runs", name)):
                    _remove(os.path.join(folder, name))


def _stamp(moment: float) -> str:
    return time.strftime("%Y%m%d-%H%M%S", time.localtime(moment))


def _remove(folder: str) -> None:
    try:
        os.rmdir(folder)
    except OSError:
        import shutil  # noqa: PLC0415 - its import costs more than the folders of many runs

        shutil.rmtree(folder, ignore_errors=True)
