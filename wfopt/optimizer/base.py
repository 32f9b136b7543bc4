"""What a pass is, what it is given, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Protocol

from wfopt.dataclass import dataclass, field
from wfopt.model.effects import Sighting
from wfopt.model.estimates import Knowledge
from wfopt.model.workflow import StepId, Workflow


class Level(Enum):
    """What a rewrite may rest on; each level allows what the ones before it allow."""

    DECLARED = "declared"
    OBSERVED = "observed"
    ASSUMED = "assumed"

    def allows(self, other: Level) -> bool:
        """Return whether a pass of another level may run at this one."""
        order = list(Level)
        return order.index(other) <= order.index(self)


class Goal(Enum):
    """What is to become less: the time until the end, the cpu time, or the memory that is held."""

    TIME = "time"
    CPU = "cpu"
    MEMORY = "memory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What passes may know beside the workflow: read-only.

    Attributes:
        knowledge: what the history tells.
        weights: how long each step takes: seconds if `timed`, else 1 each.
        timed: whether anything is known of durations.
        basis: in a few words, where the durations come from.
        undeclared: the steps whose scripts name files that they do not declare, each with such a file.
        wanted: the steps whose results are wanted, or None if nobody says.
        goal: what is to become less.
        consents: names of passes that the user allowed to go by assumptions.
        sightings: what traces tell of the steps, or None if the level does not allow to go by them.
        makespan: how long a workflow takes on the machine that is meant, in the unit of the weights.
    """

    knowledge: Knowledge = field(default_factory=Knowledge)
    weights: Mapping[StepId, float] = field(default_factory=dict)
    timed: bool = False
    basis: str = ""
    undeclared: Mapping[StepId, str] = field(default_factory=dict)
    wanted: tuple[StepId, ...] | None = None
    goal: Goal = Goal.TIME
    consents: frozenset[str] = frozenset()
    sightings: Mapping[StepId, Sighting] | None = None
    makespan: Callable[[Workflow], float] = field(default=lambda _: 0.0, repr=False, compare=False)

    def weight(self, step: StepId) -> float:
        """Return how long a step takes."""
        return self.weights.get(step, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that a pass changed.

    Attributes:
        made_by: the name of the pass.
        steps: the steps that it is about, in file order.
        what: what was done, in a few words.
        why: why results stay the same.
        evidence: what that rests on, such as `declared`.
        edge: the edge that it is about, or None.
        work: what it saves of the time that steps take, in the unit of the weights.
        memory: the bytes that are no longer reserved.
    """

    made_by: str
    steps: tuple[StepId, ...]
    what: str
    why: str
    evidence: str = "declared"
    edge: tuple[StepId, StepId] | None = None
    work: float = 0.0
    memory: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Something that a pass would have changed, but for a reason.

    Attributes:
        made_by: the name of the pass.
        steps: the steps that it is about, in file order.
        what: what was not done.
        why: what stands against it.
        hint: what the user can write to allow it, or "".
        edge: the edge that it is about, or None.
        gain: what it would save of the makespan, in the unit of the weights, as far as that is known.
    """

    made_by: str
    steps: tuple[StepId, ...]
    what: str
    why: str
    hint: str = ""
    edge: tuple[StepId, StepId] | None = None
    gain: float = 0.0


@dataclass(frozen=True, slots=True)
class PassResult:
    """What a pass made of a workflow.

    Attributes:
        workflow: the new one; the same object if nothing changed.
        changes: what was changed.
        refusals: what was not.
        stands_for: for each step that is gone, the one that does its work now, or None if nobody needs it.
    """

    workflow: Workflow
    changes: tuple[Change, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    stands_for: Mapping[StepId, StepId | None] = field(default_factory=dict)


class Pass(Protocol):
    """Rewrites a workflow into one that does the same, perhaps for less.

    The class has a docstring: what it does, why results stay the same, an example before and after, and when
    it does not apply. `--explain` prints it.

    Attributes:
        name: what `--passes` and `--skip` call it.
        summary: one line for lists.
        level: what it rests on.
    """

    name: str
    summary: str
    level: Level

    def rewrite(self, workflow: Workflow, facts: Facts) -> PassResult:
        """Return what becomes of a workflow; pure, and the same for the same arguments."""
