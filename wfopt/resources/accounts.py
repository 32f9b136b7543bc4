"""What a whole tree used so far, though its processes come and go.

The kernel adds what a process used to its parent when the parent waits for it. The sum over the processes
that there are thus keeps what the ended ones used, unless somebody outside of the tree waited for them, such
as the spawner for an orphan. What is missed then was seen at the last look, and is kept here. What a process
used between that look and its end is lost in this case; nothing ever counts twice or is taken back.
"""

from __future__ import annotations

from collections.abc import Sequence

from wfopt.resources.procfs import Row


class Account:
    """Adds up one thing that the processes of a tree use, such as ticks of a cpu.

    Attributes:
        total: how much the tree used so far.
    """

    __slots__ = ("_kept", "_last", "total")

    def __init__(self) -> None:
        self.total = 0
        self._kept = 0
        # Of each process at the last look: its parent, what it used and what it could have got from others.
        self._last: dict[tuple[int, int], tuple[int, int, int]] = {}

    def see(self, rows: Sequence[Row], used: Sequence[int], waited: Sequence[int]) -> int:
        """Take up what is seen now and return what was used since the last look.

        Args:
            rows: the processes of the tree.
            used: what each used, with what the children used that it waited for.
            waited: a part of that which is no less than what those children used.
        """
        now = {
            (row.pid, row.started): (row.parent, amount, part)
            for row, amount, part in zip(rows, used, waited, strict=True)
        }
        self._keep_what_left(now)
        self._last = now
        before, self.total = self.total, max(self.total, self._kept + sum(used))
        return self.total - before

    def _keep_what_left(self, now: dict[tuple[int, int], tuple[int, int, int]]) -> None:
        gone = {pid: key for key in self._last if key not in now for pid in [key[0]]}
        if not gone:
            return
        there = {key[0]: key for key in self._last if key in now}
        due: dict[tuple[int, int] | None, int] = {}
        for pid, key in gone.items():
            above, seen = pid, set()
            while above in gone and above not in seen:
                seen.add(above)
                above = self._last[gone[above]][0]
            heir = there.get(above)
            due[heir] = due.get(heir, 0) + self._last[key][1]
        for heir, amount in due.items():
            arrived = 0 if heir is None else now[heir][2] - self._last[heir][2]
            self._kept += max(0, amount - arrived)
