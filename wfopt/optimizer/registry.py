"""The passes, in the order in which they run."""

from __future__ import annotations

from wfopt.optimizer.base import Pass
from wfopt.optimizer.passes.drop_implied_needs import DropImpliedNeeds
from wfopt.optimizer.passes.drop_order_only_needs import DropOrderOnlyNeeds
from wfopt.optimizer.passes.merge_duplicate_steps import MergeDuplicateSteps

PASSES: tuple[Pass, ...] = (
    # Fewer steps first: what is left of them has fewer orders to look at.
    MergeDuplicateSteps(),
    # Orders next, and last those entries that the new orders imply.
    DropOrderOnlyNeeds(),
    DropImpliedNeeds(),
)


def pass_named(name: str) -> Pass | None:
    """Return the pass with a name, or None if there is none."""
    return next((each for each in PASSES if each.name == name), None)
