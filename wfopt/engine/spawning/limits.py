"""What a step is held to, as it travels and as the kernel takes it.

A set of limits is a text such as `memory=209715200 pids=100`. The names are those of `NAMES`; sizes are
bytes, `cpu` is thousandths of a cpu, `cpu-time` is seconds.
"""

import resource

NAMES = (b"memory", b"cpu", b"pids", b"cpu-time", b"file-size", b"open-files", b"nice")

KILL_AFTER_S = 5
"""How many seconds of cpu a process gets for its end when its time is up; then the kernel kills it."""

_RLIMITS = {
    b"cpu-time": resource.RLIMIT_CPU,
    b"file-size": resource.RLIMIT_FSIZE,
    b"open-files": resource.RLIMIT_NOFILE,
}
"""What the kernel limits for each process by itself. There is none for memory: the limit on address space
fails what reserves much and uses little, and holds for one process, not for a tree."""

BY_PROCESS = frozenset(_RLIMITS)


def parse(text: bytes) -> dict[bytes, int]:
    """Return the limits in a text."""
    pairs = (part.partition(b"=") for part in text.split())
    return {name: int(value) for name, _, value in pairs}


def limit_process(limits: dict[bytes, int]) -> None:
    """Limit this process and what it will start, as far as that is for each process.

    Raises:
        OSError: the kernel refuses, for instance because the value is above what this user may have.
        ValueError: as above.
    """
    # Last, since opening files is what a limit on open files forbids.
    for name, kind in _RLIMITS.items():
        if name in limits:
            value = limits[name]
            hard = value + KILL_AFTER_S if name == b"cpu-time" else value
            resource.setrlimit(kind, _within(kind, value, hard))


def _within(kind: int, soft: int, hard: int) -> tuple[int, int]:
    """Return the limits, but not above the present hard one unless that is what is asked for."""
    most = resource.getrlimit(kind)[1]
    return (soft, hard) if most == resource.RLIM_INFINITY else (soft, max(soft, min(hard, most)))
