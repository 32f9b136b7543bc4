"""A step as it is now beside the stored result that is nearest to it."""

from __future__ import annotations

from wfopt.dataclass import dataclass
from wfopt.model.workflow import StepId


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a key.

    Attributes:
        name: what it is, such as `input src/a.c`.
        now: its value or a digest of it; None if the key has no such part now.
        then: as `now`, in the stored result; None also if there is no result to compare with.
    """

    name: str
    now: str | None
    then: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """A stored result of a step.

    Attributes:
        key: its key.
        created_at: when it was made, in seconds since the epoch.
        wall_s: how long the step ran.
        differences: in words, what is different from now; none if it is the result for now.
    """

    key: str
    created_at: float
    wall_s: float
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepWhy:
    """What a run would do with a step as the files are now, and why.

    Attributes:
        step: its id.
        action: `run`, `restore` or `nothing`.
        reason: in words.
        key: the key of its result, or None if it is not cached.
        nearest: the stored result that is most like what the step is now, or None.
        parts: what the key is made of, with what differs from the nearest result.
    """

    step: StepId
    action: str
    reason: str
    key: str | None = None
    nearest: Nearest | None = None
    parts: tuple[Part, ...] = ()
