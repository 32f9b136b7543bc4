"""What holds the step that has the terminal to its limits: this process itself, since the step is its child.

The step gets no control group: to put it there, this process would have to go there first, and in version 2
whatever stands beside it, such as the shell of the user, would be in the way. So the kernel sees to what it
limits for each process by itself, a watchdog to memory and to the number of processes, and nobody to cpus.
Loaded with the first such step that has limits.
"""

from __future__ import annotations

from collections.abc import Mapping

from wfopt.engine.messages import Enforced, limits_text, read_reply
from wfopt.engine.spawning import wire
from wfopt.engine.spawning.control import Control
from wfopt.engine.spawning.family import Finder, Tree
from wfopt.engine.spawning.holding import StepHolder
from wfopt.model.outcome import Enforcer


class FrontHold:
    """Holds one step.

    Args:
        limits: what it is held to, as `Launch.limits` has it.
        family: finds its processes.
        proc: where the process file system is mounted.

    Attributes:
        hold: starts it, and knows in the end what it exceeded.
        enforcers: who sees to each kind of limit.

    Raises:
        StartError: it cannot be held to them.
    """

    def __init__(self, limits: Mapping[str, int], family: Finder, proc: str = "/proc") -> None:
        self._holder = StepHolder(family, Control(b"", {}), proc)
        self.hold, levels = self._holder.prepare(limits_text(limits))
        told = read_reply([wire.ENFORCED, *levels])
        self.enforcers: Mapping[str, Enforcer] = told.levels if isinstance(told, Enforced) else {}

    @property
    def look_at(self) -> float:
        """When to call `is_over` at the latest."""
        return self._holder.look_at

    def begin(self, tree: Tree, now: float) -> None:
        """Take note that it was started."""
        self.hold.begin(tree, now)

    def is_over(self, now: float) -> bool:
        """Look at it if it is time to; say whether it is to be ended now."""
        return now >= self._holder.look_at and bool(self._holder.look(now))

    def end(self) -> None:
        """Take note that nothing of it is left."""
        self.hold.end()
