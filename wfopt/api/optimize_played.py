"""How long a workflow takes before and after a rewrite, played through on one machine."""

from __future__ import annotations

from collections.abc import Mapping

from wfopt.api.prepare import dag_of_workflow
from wfopt.dataclass import replace
from wfopt.model.estimates import Knowledge, StepFacts
from wfopt.model.following import HAND_OVER_S
from wfopt.model.workflow import Step, StepId, Workflow
from wfopt.resources.pool import Capacity
from wfopt.scheduler.base import Strategy
from wfopt.scheduler.crowding import CROWDING, crowded_s
from wfopt.scheduler.facts import facts_of
from wfopt.scheduler.simulate import simulate


class Makespans:
    """Tells how long a strategy takes for workflows on one machine; each is played through once.

    Turns of the scheduler are in no weight, as they are the same before and after, but for those that a step
    saves which starts right after another one.

    Args:
        weights: how long steps take.
        capacity: the machine.
        strategy: decides who starts first.
        knowledge: how busy steps keep the cpus; None if the weights are no seconds.
    """

    def __init__(
        self,
        weights: Mapping[StepId, float],
        capacity: Capacity,
        strategy: Strategy,
        knowledge: Knowledge | None = None,
    ) -> None:
        self._weights = weights
        self._capacity = capacity
        self._strategy = strategy
        self._knowledge = knowledge
        self._known: dict[int, tuple[Workflow, float]] = {}

    def __call__(self, workflow: Workflow) -> float:
        """Return the makespan in the unit of the weights."""
        known = self._known.get(id(workflow))
        if known is None:
            # The workflow is kept with it, so that no other one gets its identity.
            known = self._known[id(workflow)] = (workflow, self._played(workflow))
        return known[1]

    def _played(self, workflow: Workflow) -> float:
        weights = {step.id: self._weight(step) for step in workflow.steps}
        capacity = _fitting(workflow, self._capacity)
        facts = facts_of(workflow.steps, dag_of_workflow(workflow), capacity, weights)
        schedule = simulate(facts, self._strategy)
        if self._knowledge is None:
            return schedule.makespan
        loads = [_load(self._knowledge.of(step.id)) for step in workflow.steps]
        return schedule.makespan + CROWDING * crowded_s(schedule, loads, capacity.cpu_milli / 1000)

    def _weight(self, step: Step) -> float:
        weight = weight_of(step.id, self._weights)
        saves_turn = self._knowledge is not None and step.right_after is not None
        return max(0.0, weight - HAND_OVER_S) if saves_turn else weight


def _load(known: StepFacts) -> float:
    """Return how many cpus a step keeps busy; one, if nobody knows."""
    if known.cpu_s is None or known.wall is None or known.wall.expected <= 0:
        return 1.0
    return known.cpu_s / known.wall.expected


def weight_of(step: StepId, weights: Mapping[StepId, float]) -> float:
    """Return the weight of a step; of one that is new, the largest of what it stands for."""
    known = weights.get(step)
    if known is not None:
        return known
    own = [weight for name, weight in weights.items() if name.startswith(f"{step}[")]
    return max(own, default=1.0)


def _fitting(workflow: Workflow, capacity: Capacity) -> Capacity:
    """Return the machine, made as large as the largest step asks for: what cannot run cannot be compared."""
    most = max((step.request.memory_bytes or 0 for step in workflow.steps), default=0)
    memory = None if capacity.memory_bytes is None else max(capacity.memory_bytes, most)
    return replace(capacity, memory_bytes=memory, tokens=workflow.tokens)
