"""Measures the machine and the running steps, one tick after another.

Nothing here waits or runs by itself: whoever listens calls `tick` as often as it wants to know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from wfopt.model.samples import StepSample, Tick
from wfopt.model.workflow import StepId
from wfopt.resources.accounts import Account
from wfopt.resources.belonging import Belonging
from wfopt.resources.gauge import Gauge
from wfopt.resources.procfs import TICKS_A_SECOND, Row, count_files, read_io, read_rows
from wfopt.resources.weighing import Scales

WEIGHING_S = 0.004
"""How long to measure memory at each tick: less than 1 % of a cpu at two ticks a second."""


class Monitor:
    """Turns what the kernel tells at one moment after another into samples.

    Args:
        gauge: measures the machine.
        timer: tells the time in seconds, to see how long measuring takes.
        weighing_s: how long to measure memory at each tick, on average; 0 only estimates it.
        with_files: whether to count open files.
        proc: where the process file system is mounted.
    """

    def __init__(
        self,
        gauge: Gauge,
        timer: Callable[[], float],
        *,
        weighing_s: float = WEIGHING_S,
        with_files: bool = False,
        proc: str = "/proc",
    ) -> None:
        self._gauge = gauge
        self._with_files = with_files
        self._proc = proc
        self._belonging = Belonging(proc)
        self._scales = Scales(timer, weighing_s, proc)
        self._meters: dict[tuple[StepId, int], _Meter] = {}
        self._last: float | None = None

    def tick(self, now: float, leaders: Mapping[StepId, int], spawner: int | None) -> Tick:
        """Return what is measured now.

        Args:
            now: seconds since the start of the run.
            leaders: the first process of each step that runs.
            spawner: the process to which orphans of steps come, or None if there is none.
        """
        elapsed_s = 0.0 if self._last is None else now - self._last
        self._last = now
        # Without a step, nothing has to be known of the processes.
        rows = read_rows(self._proc) if leaders else {}
        members = self._belonging.members(rows, leaders, spawner)
        self._scales.look(row for group in members.values() for row in group if not row.zombie)
        # Another attempt of a step has another first process, and starts to count again.
        self._meters = {each: self._meters.get(each) or _Meter() for each in leaders.items()}
        steps = {}
        for (step, _), meter in self._meters.items():
            ticks = meter.see(members[step], self._proc)
            living = [row for row in members[step] if not row.zombie]
            if living:
                busy = ticks / TICKS_A_SECOND / elapsed_s if elapsed_s > 0 else 0.0
                steps[step] = self._sample(living, meter, busy)
        return Tick(at=now, machine=self._gauge.sample(elapsed_s), steps=steps)

    def _sample(self, living: Sequence[Row], meter: _Meter, busy: float) -> StepSample:
        memory, estimated = self._scales.weigh(living)
        files = sum(count_files(self._proc, row.pid) for row in living) if self._with_files else None
        return StepSample(
            cpus_busy=busy,
            cpu_s=meter.cpu.total / TICKS_A_SECOND,
            memory_bytes=memory,
            memory_estimated=estimated,
            read_bytes=meter.taken.total,
            written_bytes=meter.given.total,
            open_files=files,
            processes=len(living),
        )


class _Meter:
    """What an attempt of a step used so far.

    Attributes:
        cpu: ticks of the clock.
        taken: bytes read from storage.
        given: bytes written to storage.
    """

    __slots__ = ("_io", "cpu", "given", "taken")

    def __init__(self) -> None:
        self.cpu = Account()
        self.taken = Account()
        self.given = Account()
        self._io: dict[tuple[int, int], tuple[int, int]] = {}

    def see(self, rows: Sequence[Row], proc: str) -> int:
        """Take up the processes as they are now; return the ticks used since the last look."""
        # What cannot be read any more stays as it was.
        known = self._io
        self._io = {
            (row.pid, row.started): read_io(proc, row.pid) or known.get((row.pid, row.started), (0, 0))
            for row in rows
        }
        taken = [amounts[0] for amounts in self._io.values()]
        given = [amounts[1] for amounts in self._io.values()]
        # The kernel does not tell apart here what came from children.
        self.taken.see(rows, taken, taken)
        self.given.see(rows, given, given)
        return self.cpu.see(rows, [row.ticks for row in rows], [row.waited_ticks for row in rows])
