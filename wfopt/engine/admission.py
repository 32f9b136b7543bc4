"""What decides who starts, put together for the steps of one graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from wfopt.engine.plan import Plan
from wfopt.engine.queue import Dispatching, Queue
from wfopt.model.workflow import StepId
from wfopt.resources.pool import Capacity
from wfopt.scheduler.base import Facts, Strategy

Estimates: TypeAlias = Mapping[StepId, float]
"""The seconds that steps usually take, as far as they are known."""


def queue_of(
    plan: Plan, capacity: Capacity, strategy: Strategy, estimates: Callable[[], Estimates] = dict
) -> Queue:
    """Return who waits, for a graph that has not begun.

    Args:
        plan: its steps; none asks for more memory or tokens than there are.
        capacity: what they share.
        strategy: decides who starts first.
        estimates: returns the seconds that steps usually take; asked once, when it matters.
    """

    def known(durations: Estimates) -> Facts:
        from wfopt.scheduler.facts import facts_of  # noqa: PLC0415 - a run in which nothing waits needs it not

        return facts_of(plan.workflow.steps, plan.dag, capacity, durations)

    def recalled() -> Facts | None:
        durations = estimates()
        return known(durations) if durations else None

    def opened() -> Dispatching:
        from wfopt.scheduler.dispatcher import Dispatcher  # noqa: PLC0415 - as above

        return Dispatcher(strategy, known({}))

    return Queue(opened, recalled)
