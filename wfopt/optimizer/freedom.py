"""Which steps may change their order at all, and what stands against it for the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wfopt.dataclass import dataclass
from wfopt.model.expressions import STATUS_FUNCTIONS
from wfopt.model.workflow import Opaque, Step, StepId


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
        return Bond("is not run by wfopt itself" if step.run.stand_in is None else "is an action")
    if missing:
        keys = _listed(missing)
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
    return tied_by_rule(step)


def _listed(keys: Sequence[str]) -> str:
    """Return keys as words: `a`, `b` and `c`."""
    *first, last = (f"`{key}`" for key in keys)
    return f"{', '.join(first)} and {last}" if first else last


def tied_by_rule(step: Step) -> Bond | None:
    """Return what ties a step to its place whatever it touches, or None."""
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


def reads_anything(step: Step, undeclared: Mapping[StepId, str]) -> bool:
    """Return whether nobody knows what a step reads."""
    return step.inputs is None or step.id in undeclared or isinstance(step.run, Opaque)


def watches_status(step: Step) -> bool:
    """Return whether a step looks at how others ended: all its edges stay."""
    return any(
        mention.rstrip("()") in STATUS_FUNCTIONS for mention in step.references if mention.endswith("()")
    )
