"""The pass manager: runs the passes in order, times them, and trusts none of them.

After every pass the invariants are looked at; a pass that breaks one is named. Rounds are repeated until
nothing changes, three at most, since a pass may open the way for one that stands before it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wfopt.dataclass import dataclass
from wfopt.errors import FaultError
from wfopt.model.workflow import StepId, Workflow
from wfopt.optimizer.base import Change, Facts, Pass, Refusal
from wfopt.optimizer.invariants import violations

MOST_ROUNDS = 3
"""So often are all passes run."""


class BrokenPassError(FaultError):
    """A pass broke what it must keep; names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """One run of a pass that changed something.

    Attributes:
        name: the pass.
        round: in which round, from 1.
        seconds: how long it took, its invariants included.
        makespan_before: of the workflow that it was given, in the unit of the weights.
        makespan_after: of the one that it made.
        changes: what it changed.
    """

    name: str
    round: int
    seconds: float
    makespan_before: float
    makespan_after: float
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimized:
    """What the passes made of a workflow.

    Attributes:
        before: the workflow as it was.
        after: as it is now; the same object if nothing changed.
        passed: the runs of passes that changed something, in order.
        refusals: what was not done, without repetitions.
        seconds: how long each pass took in all, by name.
        stands_for: for each step that is gone, the one that does its work, or None.
    """

    before: Workflow
    after: Workflow
    passed: tuple[Passed, ...]
    refusals: tuple[Refusal, ...]
    seconds: dict[str, float]
    stands_for: dict[StepId, StepId | None]

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes, in order."""
        return tuple(change for each in self.passed for change in each.changes)


def optimize(
    workflow: Workflow, passes: Sequence[Pass], facts: Facts, timer: Callable[[], float]
) -> Optimized:
    """Return what the passes make of a workflow.

    Args:
        workflow: the workflow, which is not changed.
        passes: those that are enabled, in order.
        facts: what they may know.
        timer: tells seconds.

    Raises:
        BrokenPassError: a pass broke an invariant.
    """
    now, passed = workflow, list[Passed]()
    refusals: dict[tuple[str, tuple[StepId, ...], str], Refusal] = {}
    seconds = {each.name: 0.0 for each in passes}
    gone: dict[StepId, StepId | None] = {}
    for number in range(1, MOST_ROUNDS + 1):
        started_with = now
        refusals = {}
        for each in passes:
            start = timer()
            result = each.rewrite(now, facts)
            if result.workflow is not now:
                broken = next(violations(now, result.workflow, result.stands_for, facts), None)
                if broken is not None:
                    raise BrokenPassError(f"the pass `{each.name}` is wrong: {broken}")
            taken = timer() - start
            seconds[each.name] += taken
            refusals |= {(one.made_by, one.steps, one.what): one for one in result.refusals}
            if result.workflow is not now:
                passed.append(
                    Passed(
                        name=each.name,
                        round=number,
                        seconds=taken,
                        makespan_before=facts.makespan(now),
                        makespan_after=facts.makespan(result.workflow),
                        changes=result.changes,
                    )
                )
                gone.update(result.stands_for)
                now = result.workflow
        if now is started_with:
            break
    return Optimized(
        before=workflow,
        after=now,
        passed=tuple(passed),
        refusals=tuple(refusals.values()),
        seconds=seconds,
        stands_for=gone,
    )
