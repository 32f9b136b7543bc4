"""The passes, in the order in which they run."""

from __future__ import annotations

from wfopt.optimizer.base import Pass
from wfopt.optimizer.passes.drop_implied_needs import DropImpliedNeeds
from wfopt.optimizer.passes.drop_order_only_needs import DropOrderOnlyNeeds
from wfopt.optimizer.passes.enable_cache import EnableCache
from wfopt.optimizer.passes.fail_fast_order import FailFastOrder
from wfopt.optimizer.passes.fuse_short_steps import FuseShortSteps
from wfopt.optimizer.passes.merge_duplicate_steps import MergeDuplicateSteps
from wfopt.optimizer.passes.remove_dead_steps import RemoveDeadSteps
from wfopt.optimizer.passes.right_size_resources import RightSizeResources
from wfopt.optimizer.passes.set_timeouts import SetTimeouts
from wfopt.optimizer.passes.share_matrix_invariant_steps import ShareMatrixInvariantSteps
from wfopt.source import closest_match

PASSES: tuple[Pass, ...] = (
    # Fewer steps first: what is left of them has fewer orders to look at. Dead steps before all others, since
    # nobody need look at them; cells that are one before duplicates, since only single steps can be those.
    RemoveDeadSteps(),
    ShareMatrixInvariantSteps(),
    MergeDuplicateSteps(),
    # Orders next, and last those entries that the new orders imply.
    DropOrderOnlyNeeds(),
    DropImpliedNeeds(),
    # What single steps ask for depends on nothing else.
    EnableCache(),
    RightSizeResources(),
    SetTimeouts(),
    FailFastOrder(),
    # Last: who waits for whom, and what is cached, is settled.
    FuseShortSteps(),
)


def pass_named(name: str) -> Pass | None:
    """Return the pass with a name, or None if there is none."""
    return next((each for each in PASSES if each.name == name), None)


def pass_like(name: str) -> str | None:
    """Return the name of the pass that somebody may mean: the nearest one, or the only one with that word."""
    names = [each.name for each in PASSES]
    near = closest_match(name, names)
    having = [each for each in names if name in each.split("-")]
    return near if near is not None or len(having) != 1 else having[0]
