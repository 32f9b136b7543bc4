"""Whether a step may start in the place of the one before it, with nobody looking in between."""

from __future__ import annotations

from collections.abc import Iterator

from wfopt.model.expressions import Template
from wfopt.model.workflow import USUAL_LIMITS, Argv, Opaque, Step

HAND_OVER_S = 0.0003
"""So many seconds a turn takes that a step need not wait for: `python tests/benchmarks/fusing.py`."""


def why_not_right_after(first: Step, then: Step) -> str:
    """Return what stands against starting one step right after another, or "" if nothing does.

    How the first one ends must show in its exit status alone, and all that the other one is given must be
    known before the first one starts. What both take of the machine is the same, so that it can be handed on.

    Args:
        first: the step that runs before.
        then: the step that waits for it and for nothing else.
    """
    return next(_hindrances(first, then), "")


def _hindrances(first: Step, then: Step) -> Iterator[str]:
    for step in (first, then):
        yield from (f"`{step.id}` {why}" for why in _in_either(step))
    if first.retries.max:
        yield f"`{first.id}` may be tried again"
    if "service" in (first.effects or ()):
        yield f"`{first.id}` is a service"
    if first.allow_failure is not False:
        yield f"`{first.id}` may fail"
    if first.capture:
        yield f"`{first.id}` has its stdout captured"
    if then.condition is not None:
        yield f"`{then.id}` has a condition"
    if not all(text.static is not None for text in _texts(then)):
        yield f"`{then.id}` uses values that are known when it starts"
    if then.secrets:
        yield f"`{then.id}` has secrets"
    if first.request != then.request:
        yield "they ask for different things of the machine"


def _in_either(step: Step) -> Iterator[str]:
    if isinstance(step.run, Opaque) or step.session:
        yield "belongs to another tool"
    if step.interactive:
        yield "takes the terminal for itself"
    if step.outputs:
        yield "has outputs, which are looked at"
    if step.group is not None:
        yield "is part of a matrix"
    if step.limits != USUAL_LIMITS or step.request.memory_bytes is not None:
        yield "is held to limits"


def _texts(step: Step) -> Iterator[Template]:
    yield from (text for text in step.env.values() if text is not None)
    if isinstance(step.run, Argv):
        yield from step.run.args
    elif not isinstance(step.run, Opaque):
        yield step.run.text
