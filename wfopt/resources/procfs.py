"""What `/proc` tells about processes: whose child each is, what it used and what it holds.

Processes come and go while it is read: whatever vanishes meanwhile is left out, and what belongs to somebody
else tells nothing.
"""

from __future__ import annotations

import os

from wfopt.resources.files import number_after, read, read_record

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")

_STEP = b"WFOPT_STEP_ID="


class Row:
    """A process at one moment.

    Attributes:
        pid: its number.
        parent: that of its parent.
        group: its process group.
        session: its session.
        started: when it was started, on the clock of the kernel: with `pid`, it names a process for good.
        zombie: whether it ended, but was not waited for.
        own_ticks: what its threads used, user and system, in ticks of the clock.
        waited_ticks: what the children used that it waited for, with theirs.
        rss_bytes: what it holds, memory that it shares included.
    """

    __slots__ = (
        "group",
        "own_ticks",
        "parent",
        "pid",
        "rss_bytes",
        "session",
        "started",
        "waited_ticks",
        "zombie",
    )

    def __init__(self, pid: int, fields: list[bytes]) -> None:
        """Take the fields that stand behind the name in `/proc/PID/stat`."""
        self.pid = pid
        self.zombie = fields[0] in b"ZX"
        self.parent = int(fields[1])
        self.group = int(fields[2])
        self.session = int(fields[3])
        self.own_ticks = int(fields[11]) + int(fields[12])
        self.waited_ticks = int(fields[13]) + int(fields[14])
        self.started = int(fields[19])
        self.rss_bytes = int(fields[21]) * PAGE_BYTES

    @property
    def ticks(self) -> int:
        """All that is known to have been used through this process."""
        return self.own_ticks + self.waited_ticks


def parse_stat(text: bytes) -> Row | None:
    """Return what `/proc/PID/stat` says, or None if that is not one; the name in it may hold anything."""
    fields = text[text.rfind(b")") + 1 :].split(maxsplit=22)
    try:
        return Row(int(text[: text.index(b" ")]), fields)
    except (ValueError, IndexError):
        return None


def read_rows(proc: str) -> dict[int, Row]:
    """Return all processes by their pids; none if the folder cannot be read."""
    try:
        names = os.listdir(proc)
    except OSError:
        return {}
    rows = {}
    for name in names:
        if name.isdecimal():
            row = parse_stat(read_record(f"{proc}/{name}/stat"))
            if row is not None:
                rows[row.pid] = row
    return rows


def read_step_id(proc: str, pid: int) -> str | None:
    """Return the step in whose environment a process was started, or None if that is not seen."""
    for entry in read(f"{proc}/{pid}/environ").split(b"\0"):
        if entry.startswith(_STEP):
            return os.fsdecode(entry[len(_STEP) :])
    return None


def read_io(proc: str, pid: int) -> tuple[int, int] | None:
    """Return the bytes that a process and the children it waited for read from storage and wrote to it."""
    text = read_record(f"{proc}/{pid}/io")
    taken, given = number_after(text, b"read_bytes:"), number_after(text, b"write_bytes:")
    return None if taken is None or given is None else (taken, given)


def read_pss(proc: str, pid: int) -> int | None:
    """Return the proportional set size: memory that is shared counts for each by its part of the sharers.

    The kernel walks over all pages for it: about 10 us for a small process, 7 ms for each GiB.
    """
    kib = number_after(read_record(f"{proc}/{pid}/smaps_rollup"), b"Pss:")
    return None if kib is None else kib * 1024


def read_shared(proc: str, pid: int) -> int | None:
    """Return which part of a process's memory is of files or shared: what others may hold, too."""
    fields = read_record(f"{proc}/{pid}/statm").split()
    return int(fields[2]) * PAGE_BYTES if len(fields) > 2 and fields[2].isdigit() else None


def count_files(proc: str, pid: int) -> int:
    """Return how many descriptors a process has open; 0 if that is not seen."""
    try:
        return len(os.listdir(f"{proc}/{pid}/fd"))
    except OSError:
        return 0
