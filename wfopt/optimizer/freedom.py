"""Which steps may change their order at all, and what stands against it for the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wfopt.dataclass import dataclass
from wfopt.model.expressions import STATUS_FUNCTIONS
from wfopt.model.workflow import Opaque, Step, StepId, Workflow


@dataclass(frozen=True, slots=True)
class Bond:
    """What ties a step to its place.

    Attributes:
        why: what is wrong, in a few words that follow the step's name.
        hint: what the user can write to free it, or "".
    """

    why: str
    hint: str = ""


def bond_of(step: Step, undeclared: Mapping[StepId, str]) -> Bond | None:
    """Return what ties a step to its place, or None if it may run beside others.

    A step is free if it is closed (`inputs`, `outputs` and `effects` are all written, and its script names no
    file that is not declared), changes nothing outside, and takes no part in what happens after failures.
    """
    missing = [
        key
        for key, value in (("inputs", step.inputs), ("outputs", step.outputs), ("effects", step.effects))
        if value is None
    ]
    if isinstance(step.run, Opaque):
        return Bond("is not run by wfopt itself")
    if missing:
        keys = " and ".join(f"`{key}`" for key in missing)
        return Bond(
            f"does not declare {keys}", f"declare {keys} of `{step.definition or step.id}`: `[]` for none"
        )
    if step.effects:
        return Bond(f"has effects: {', '.join(sorted(step.effects))}")
    if step.id in undeclared:
        path = undeclared[step.id]
        return Bond(
            f"names `{path}`, which it does not declare", f"add `{path}` to its `inputs` or `outputs`"
        )
    return _tied_by_rule(step)


def _tied_by_rule(step: Step) -> Bond | None:
    if step.interactive:
        return Bond("takes the terminal for itself")
    if step.condition is not None:
        return Bond("has a condition")
    if step.rollback is not None:
        return Bond("has a rollback, which runs in reverse order")
    if step.keep_on_failure:
        return Bond("keeps its outputs when it fails")
    if any(not output.negated and output.persist for output in step.outputs or ()):
        return Bond("adds to outputs of earlier runs")
    return None


def watches_status(step: Step) -> bool:
    """Return whether a step looks at how others ended: all its edges stay."""
    return any(
        mention.rstrip("()") in STATUS_FUNCTIONS for mention in step.references if mention.endswith("()")
    )


def bonds_of(workflow: Workflow, undeclared: Mapping[StepId, str]) -> list[Bond | None]:
    """Return, for each step, what ties it to its place."""
    return [bond_of(step, undeclared) for step in workflow.steps]


def may_skip(steps: Sequence[Step], before: Sequence[Sequence[int]], order: Sequence[int]) -> list[bool]:
    """Return, for each step, whether it may be skipped although nothing failed.

    Args:
        steps: the steps.
        before: for each step, those whose skipping skips it, too.
        order: the steps in topological order.
    """
    found = [step.condition is not None or isinstance(step.run, Opaque) for step in steps]
    for place in order:
        found[place] = found[place] or any(found[each] for each in before[place])
    return found
