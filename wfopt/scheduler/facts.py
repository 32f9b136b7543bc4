"""What a strategy may know, put together from steps, from what there is and from earlier durations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from wfopt.graph.order import Dag
from wfopt.model.quantiles import median
from wfopt.model.workflow import Step, StepId
from wfopt.scheduler.base import Demands, Facts

Estimates = Mapping[StepId, float]
"""The expected seconds of steps, as far as they are known."""


class Supply(Protocol):
    """What a run may use at any moment."""

    @property
    def slots(self) -> int:
        """How many steps may run at once."""

    @property
    def cpu_milli(self) -> int:
        """Thousandths of a cpu."""

    @property
    def memory_bytes(self) -> int | None:
        """Bytes of memory, or None for no limit."""

    @property
    def tokens(self) -> Mapping[str, int]:
        """How many there are of each named resource."""


def facts_of(steps: Sequence[Step], dag: Dag, supply: Supply, estimates: Estimates | None = None) -> Facts:
    """Return all that is known of the steps of a graph, which are its nodes.

    Raises:
        ValueError: a step asks for more memory or tokens than there are.
    """
    weights = expected_seconds(steps, estimates or {})
    return Facts(
        dag=dag,
        weights=(1.0,) * len(steps) if weights is None else weights,
        timed=weights is not None,
        priorities=tuple(step.priority for step in steps),
        groups=tuple(group_of(step) for step in steps),
        demands=demands_of(steps, supply),
        ids=tuple(step.id for step in steps),
    )


def expected_seconds(steps: Sequence[Step], estimates: Estimates) -> tuple[float, ...] | None:
    """Return how long each step is expected to take, or None if nothing is known of any.

    A step of which nothing is known takes as long as the cells of its own matrix, else as the others: the
    middle one of those that are known.
    """
    known = {step.id: estimates.get(step.id, step.expected_s) for step in steps}
    by_definition: dict[str, list[float]] = {}
    for step in steps:
        seconds = known[step.id]
        if seconds is not None:
            by_definition.setdefault(step.definition, []).append(seconds)
    if not by_definition:
        return None
    overall = median(each for some in by_definition.values() for each in some)
    middles = {name: median(some) for name, some in by_definition.items()}
    return tuple(
        middles.get(step.definition, overall) if seconds is None else seconds
        for step, seconds in ((step, known[step.id]) for step in steps)
    )


def group_of(step: Step) -> str:
    """Return with whom a step shares: its matrix, else what its file was included as, else all others."""
    if step.group is not None:
        return step.group.definition
    return step.id.rpartition("/")[0]


def demands_of(steps: Sequence[Step], supply: Supply) -> Demands:
    """Return what steps take of what there is.

    As in admission, a step that asks for more cpu than there is takes all of it, and an interactive one takes
    all slots.

    Raises:
        ValueError: a step asks for more memory or tokens than there are.
    """
    amounts: dict[str, int] = {"slots": supply.slots, "cpu": supply.cpu_milli}
    if supply.memory_bytes is not None:
        amounts["memory"] = supply.memory_bytes
    amounts |= {f"token:{name}": amount for name, amount in supply.tokens.items()}
    for step in steps:
        if step.group is not None and step.group.max_parallel is not None:
            amounts[f"matrix:{step.group.definition}"] = step.group.max_parallel
    rows: dict[tuple[int, ...], int] = {}
    kinds: list[int] = []
    for step in steps:
        asked = _asked(step, supply)
        for name, amount in asked.items():
            if amount > amounts.get(name, 0):
                raise ValueError(f"`{step.id}` asks for {amount} of `{name}`, and there is too little")
        row = tuple(asked.get(name, 0) for name in amounts)
        kinds.append(rows.setdefault(row, len(rows)))
    return Demands(
        resources=tuple(amounts), capacity=tuple(amounts.values()), rows=tuple(rows), kinds=tuple(kinds)
    )


def _asked(step: Step, supply: Supply) -> dict[str, int]:
    """Return what a step asks for of each resource, where there is a limit."""
    request = step.request
    asked = {
        "slots": supply.slots if step.interactive else 1,
        "cpu": min(request.cpu_milli, supply.cpu_milli),
    }
    if supply.memory_bytes is not None:
        asked["memory"] = request.memory_bytes or 0
    asked |= {f"token:{name}": amount for name, amount in request.tokens.items()}
    if step.group is not None and step.group.max_parallel is not None:
        asked[f"matrix:{step.group.definition}"] = 1
    return asked
