"""How much memory the processes of a step hold together."""

import os

from wfopt.engine.spawning.processes import read_whole

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def weigh(proc: str, pids: set[int], uninteresting: int) -> int:
    """Return the bytes that processes hold, memory that they share counted once.

    The kernel walks over all pages for that, so it is asked only if the plain sum, in which what is shared
    counts for each, is above what is not interesting; else the plain sum is the answer.
    """
    resident = {pid: _resident(proc, pid) for pid in pids}
    total = sum(resident.values())
    if total <= uninteresting:
        return total
    return sum(_proportional(proc, pid, size) for pid, size in resident.items())


def count_threads(proc: str, pids: set[int]) -> int:
    """Return how many threads processes have, each at least one."""
    return sum(_threads(proc, pid) for pid in pids)


def _resident(proc: str, pid: int) -> int:
    fields = read_whole(b"%s/%d/statm" % (os.fsencode(proc), pid)).split()
    return int(fields[1]) * _PAGE_BYTES if len(fields) > 1 else 0


def _proportional(proc: str, pid: int, resident: int) -> int:
    """Return the proportional set size, or the resident one of what belongs to somebody else."""
    for line in read_whole(b"%s/%d/smaps_rollup" % (os.fsencode(proc), pid)).splitlines():
        if line.startswith(b"Pss:"):
            return int(line.split()[1]) * 1024
    return resident


def _threads(proc: str, pid: int) -> int:
    try:
        # One link from the folder above, one from the folder itself.
        return os.stat(f"{proc}/{pid}/task").st_nlink - 2
    except OSError:
        return 0
