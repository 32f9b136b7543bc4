"""How much memory the processes of steps hold, measured only as far as there is time for it.

The resident set size counts memory that processes share for each of them. The proportional set size does
not, but the kernel walks over all pages for it. So there is an allowance of time at each tick: what was
measured longest ago comes first, and a process that took longer than the allowance uses up that of the next
ticks, too. What is not measured is estimated: by how its resident set changed since it was measured, or, if
it never was, by its resident set without what others may hold, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from wfopt.resources.procfs import Row, read_pss, read_shared


class Scales:
    """Weighs processes.

    Args:
        timer: tells the time in seconds.
        allowance_s: how long to measure at each tick, on average.
        proc: where the process file system is mounted.
    """

    def __init__(self, timer: Callable[[], float], allowance_s: float, proc: str = "/proc") -> None:
        self._timer = timer
        self._allowance_s = allowance_s
        self._proc = proc
        self._left_s = 0.0
        # The proportional and the resident size when it was measured; the latest measured stand last.
        self._measured: dict[tuple[int, int], tuple[int, int]] = {}
        self._fresh: set[tuple[int, int]] = set()

    def look(self, rows: Iterable[Row]) -> None:
        """Measure as many of the processes as there is time for; forget all others."""
        living = {(row.pid, row.started): row for row in rows}
        self._measured = {key: sizes for key, sizes in self._measured.items() if key in living}
        self._fresh = set()
        # What is saved at one tick is not spent at another, but what was overdrawn is paid back.
        self._left_s = min(self._left_s + self._allowance_s, self._allowance_s)
        waiting = [key for key in living if key not in self._measured]
        for key in [*waiting, *self._measured]:
            if self._left_s <= 0:
                break
            self._measure(key, living[key])

    def weigh(self, rows: Sequence[Row]) -> tuple[int, bool]:
        """Return the bytes that living processes hold together, and whether any of that is estimated."""
        total, largest_shared, estimated = 0, 0, False
        for row in rows:
            key = (row.pid, row.started)
            sizes = self._measured.get(key)
            estimated = estimated or key not in self._fresh
            if sizes is not None:
                pss, rss = sizes
                total += max(0, pss + row.rss_bytes - rss)
            else:
                shared = min(read_shared(self._proc, row.pid) or 0, row.rss_bytes)
                largest_shared = max(largest_shared, shared)
                total += row.rss_bytes - shared
        return total + largest_shared, estimated

    def _measure(self, key: tuple[int, int], row: Row) -> None:
        started = self._timer()
        pss = read_pss(self._proc, row.pid)
        self._left_s -= self._timer() - started
        self._measured.pop(key, None)
        if pss is not None:
            self._measured[key] = (pss, row.rss_bytes)
            self._fresh.add(key)
