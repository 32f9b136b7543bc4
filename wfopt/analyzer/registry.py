"""The checks, in the order of their codes, and all codes; the order of findings does not depend on it."""

from __future__ import annotations

from wfopt import codes
from wfopt.analyzer.base import Check
from wfopt.analyzer.checks.always_true import AlwaysTrue
from wfopt.analyzer.checks.cache_disabled import CacheDisabled
from wfopt.analyzer.checks.cached_effect import CachedEffect
from wfopt.analyzer.checks.dear_runner import DearRunner
from wfopt.analyzer.checks.double_trigger import DoubleTrigger
from wfopt.analyzer.checks.duplicate_step import DuplicateStep
from wfopt.analyzer.checks.fail_late import FailLate
from wfopt.analyzer.checks.full_clone import FullClone
from wfopt.analyzer.checks.half_declared import HalfDeclared
from wfopt.analyzer.checks.idle_width import IdleWidth
from wfopt.analyzer.checks.image_without_cache import ImageWithoutCache
from wfopt.analyzer.checks.install_without_cache import InstallWithoutCache
from wfopt.analyzer.checks.long_pole import LongPole
from wfopt.analyzer.checks.matrix_invariant import MatrixInvariant
from wfopt.analyzer.checks.matrix_oversized import MatrixOversized
from wfopt.analyzer.checks.no_cancel import NoCancel
from wfopt.analyzer.checks.no_fail_fast import NoFailFast
from wfopt.analyzer.checks.no_path_filter import NoPathFilter
from wfopt.analyzer.checks.no_timeout import NoTimeout
from wfopt.analyzer.checks.ordering_only_edge import OrderingOnlyEdge
from wfopt.analyzer.checks.redundant_needs import RedundantNeeds
from wfopt.analyzer.checks.retry_hides_cost import RetryHidesCost
from wfopt.analyzer.checks.serial_steps import SerialSteps
from wfopt.analyzer.checks.serialized_by_limit import SerializedByLimit
from wfopt.analyzer.checks.shared_output import SharedOutput
from wfopt.analyzer.checks.stage_barrier import StageBarrier
from wfopt.analyzer.checks.uncacheable import Uncacheable
from wfopt.analyzer.checks.undeclared_input import UndeclaredInput
from wfopt.analyzer.checks.unmade_input import UnmadeInput
from wfopt.analyzer.checks.unread_output import UnreadOutput
from wfopt.analyzer.checks.untrusted_text import UntrustedText
from wfopt.analyzer.checks.volatile_key import VolatileKey
from wfopt.analyzer.checks.wide_fan_in import WideFanIn

CHECKS: tuple[Check, ...] = (
    RedundantNeeds(),
    OrderingOnlyEdge(),
    SerialSteps(),
    StageBarrier(),
    LongPole(),
    WideFanIn(),
    FailLate(),
    SerializedByLimit(),
    IdleWidth(),
    Uncacheable(),
    InstallWithoutCache(),
    DuplicateStep(),
    MatrixInvariant(),
    VolatileKey(),
    HalfDeclared(),
    CacheDisabled(),
    FullClone(),
    ImageWithoutCache(),
    NoTimeout(),
    NoCancel(),
    NoPathFilter(),
    DoubleTrigger(),
    MatrixOversized(),
    NoFailFast(),
    RetryHidesCost(),
    DearRunner(),
    UndeclaredInput(),
    SharedOutput(),
    UnmadeInput(),
    CachedEffect(),
    UnreadOutput(),
    UntrustedText(),
    AlwaysTrue(),
)

CODES: tuple[codes.Code, ...] = tuple(
    sorted((*codes.CODES, *(each.code for each in CHECKS)), key=lambda code: code.number)
)
"""Every code that a message may have: those of findings and all others."""


def check_named(name: str) -> Check | None:
    """Return the check with a code, given by its number or its name, or None if there is none."""
    return next((each for each in CHECKS if name in {each.code.number, each.code.name}), None)
