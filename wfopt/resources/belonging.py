"""Which process belongs to which step, from one look at the process table after another.

Below the first process of a step, everything belongs to the step. What loses its parent becomes a child of
the spawner; what was seen in a step before stays in it, and of the rest the process group, the session and
the environment tell. A child of the spawner that tells nothing belongs to the only step, if there is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from wfopt.model.workflow import StepId
from wfopt.resources.procfs import Row, read_step_id


class Belonging:
    """Remembers which processes were seen in which step.

    Args:
        proc: where the process file system is mounted.
    """

    def __init__(self, proc: str = "/proc") -> None:
        self._proc = proc
        self._known: dict[tuple[int, int], StepId] = {}
        self._shared: set[int] = set()

    def members(
        self, rows: Mapping[int, Row], leaders: Mapping[StepId, int], spawner: int | None
    ) -> dict[StepId, list[Row]]:
        """Return the processes of each step, in the order of the table.

        Args:
            rows: the process table.
            leaders: the first process of each running step, whether it still runs or not.
            spawner: the process to which orphans of steps come, or None if there is none.
        """
        self._shared |= _inherited(rows, leaders.values(), spawner)
        search = _Search(self._proc, rows, leaders, spawner, self._known, self._shared)
        found: dict[StepId, list[Row]] = {step: [] for step in leaders}
        for row in rows.values():
            step = search.owner(row)
            if step is not None:
                found[step].append(row)
        self._known = search.learned(found)
        return found


def _inherited(rows: Mapping[int, Row], leaders: Iterable[int], spawner: int | None) -> set[int]:
    """Return the groups and sessions that steps have from outside, such as the session of the terminal."""
    groups = set()
    for pid in leaders:
        row = rows.get(pid)
        if row is not None:
            groups |= {row.group, row.session} - {pid}
    row = None if spawner is None else rows.get(spawner)
    return groups if row is None else groups | {row.group, row.session}


class _Search:
    """Looks through one process table."""

    def __init__(
        self,
        proc: str,
        rows: Mapping[int, Row],
        leaders: Mapping[StepId, int],
        spawner: int | None,
        known: Mapping[tuple[int, int], StepId],
        shared: AbstractSet[int],
    ) -> None:
        self._proc = proc
        self._rows = rows
        self._leaders = leaders
        self._spawner = spawner
        self._of_leader = {pid: step for step, pid in leaders.items()}
        # What an ended step left behind is remembered, too: it belongs to no other.
        self._known = {
            (pid, started): step
            for (pid, started), step in known.items()
            if pid in rows and rows[pid].started == started
        }
        self._groups = self._known_groups(shared)
        self._owners: dict[int, StepId | None] = {}
        if spawner is not None:
            self._owners[spawner] = None

    def owner(self, row: Row) -> StepId | None:
        """Return the step of a process by itself or by what it is below, or None."""
        owners, path = self._owners, []
        current: Row | None = row
        while current is not None and current.pid not in owners:
            # A table that was read while pids were used again could hold a circle.
            owners[current.pid] = None
            path.append(current.pid)
            told, step = self._by_itself(current)
            if told:
                break
            current = self._rows.get(current.parent)
        else:
            step = owners[current.pid] if current is not None else None
        for pid in path:
            owners[pid] = step
        return step

    def learned(self, found: Mapping[StepId, Sequence[Row]]) -> dict[tuple[int, int], StepId]:
        """Return where processes belong, given what was found: what to remember for the next table."""
        return self._known | {(row.pid, row.started): step for step, rows in found.items() for row in rows}

    def _by_itself(self, row: Row) -> tuple[bool, StepId | None]:
        """Say whether a process tells by itself where it belongs, and to which step."""
        step = self._of_leader.get(row.pid) or self._groups.get(row.group) or self._groups.get(row.session)
        if step is not None:
            return True, step
        before = self._known.get((row.pid, row.started))
        if before is not None:
            return True, before if before in self._leaders else None
        if row.parent == self._spawner:
            return True, self._by_environment(row)
        return False, None

    def _by_environment(self, row: Row) -> StepId | None:
        name = read_step_id(self._proc, row.pid)
        if name is not None:
            self._known[row.pid, row.started] = StepId(name)
            return StepId(name) if name in self._leaders else None
        return next(iter(self._leaders)) if len(self._leaders) == 1 else None

    def _known_groups(self, shared: AbstractSet[int]) -> dict[int, StepId]:
        """Return the groups and sessions of the steps: what a daemon starts has its session."""
        groups = dict(self._of_leader)
        for (pid, _), step in self._known.items():
            row = self._rows[pid]
            if step in self._leaders:
                for group in {row.group, row.session} - shared:
                    groups.setdefault(group, step)
        return groups
