"""The passes, in the order in which they run."""

from __future__ import annotations

from wfopt.optimizer.base import Pass
from wfopt.optimizer.passes.drop_order_only_needs import DropOrderOnlyNeeds

PASSES: tuple[Pass, ...] = (DropOrderOnlyNeeds(),)


def pass_named(name: str) -> Pass | None:
    """Return the pass with a name, or None if there is none."""
    return next((each for each in PASSES if each.name == name), None)
