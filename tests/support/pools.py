"""Admission written out plainly, for the packed one to be compared with."""

from __future__ import annotations

from collections.abc import Sequence

from wfopt.model.workflow import Step
from wfopt.resources.pool import Capacity


class Pool:
    """Counts what is taken.

    A step that asks for more cpu than there is counts for all of it; an interactive one runs alone.
    """

    def __init__(self, steps: Sequence[Step], capacity: Capacity) -> None:
        self._steps = steps
        self._capacity = capacity
        self._slots = capacity.slots
        self._cpu = capacity.cpu_milli
        self._memory = capacity.memory_bytes
        self._tokens = dict(capacity.tokens)
        self._groups: dict[str, int] = {}
        self._exclusive = False

    @property
    def full(self) -> bool:
        """Whether nothing more can start, however small."""
        return self._slots <= 0 or self._cpu <= 0 or self._exclusive

    def take(self, node: int) -> bool:
        """Reserve what a step asks for, if it fits; return whether it did."""
        step = self._steps[node]
        request = step.request
        cpu = min(request.cpu_milli, self._capacity.cpu_milli)
        if self._slots < 1 or self._cpu < cpu or self._exclusive:
            return False
        if step.interactive and self._slots < self._capacity.slots:
            return False
        if self._memory is not None and (request.memory_bytes or 0) > self._memory:
            return False
        if any(self._tokens.get(name, 0) < amount for name, amount in request.tokens.items()):
            return False
        group = step.group
        limit = None if group is None else group.max_parallel
        if group is not None and limit is not None and self._groups.get(group.definition, 0) >= limit:
            return False
        self._change(step, 1)
        return True

    def release(self, node: int) -> None:
        """Give back what a step had reserved."""
        self._change(self._steps[node], -1)

    def copy(self) -> Pool:
        """Return a scratch copy: taking from it changes nothing here."""
        twin = Pool.__new__(Pool)
        twin._steps = self._steps
        twin._capacity = self._capacity
        twin._slots, twin._cpu, twin._memory = self._slots, self._cpu, self._memory
        twin._exclusive = self._exclusive
        twin._tokens, twin._groups = dict(self._tokens), dict(self._groups)
        return twin

    def _change(self, step: Step, sign: int) -> None:
        request = step.request
        self._slots -= sign
        self._exclusive = step.interactive and sign > 0
        self._cpu -= sign * min(request.cpu_milli, self._capacity.cpu_milli)
        if self._memory is not None:
            self._memory -= sign * (request.memory_bytes or 0)
        for name, amount in request.tokens.items():
            self._tokens[name] = self._tokens.get(name, 0) - sign * amount
        if step.group is not None:
            name = step.group.definition
            self._groups[name] = self._groups.get(name, 0) + sign
