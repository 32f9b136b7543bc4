"""What steps share: slots, cpus, memory and named resources."""

from __future__ import annotations

from collections.abc import Mapping

from wfopt.dataclass import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What a run may use at any moment.

    Attributes:
        slots: how many steps may run at once.
        cpu_milli: thousandths of a cpu.
        memory_bytes: bytes of memory, or None for no limit.
        tokens: how many there are of each named resource.
    """

    slots: int
    cpu_milli: int
    memory_bytes: int | None = None
    tokens: Mapping[str, int] = field(default_factory=dict)
