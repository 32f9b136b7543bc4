"""A step with the values of its expressions filled in, just before it runs."""

from __future__ import annotations

from collections.abc import Mapping

from wfopt.dataclass import dataclass, field
from wfopt.model.workflow import CacheExtra


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What a step comes to at the moment at which it may start.

    Attributes:
        run: the text of its script, or its program with arguments.
        env: its changes to the process environment; None unsets a variable.
        extras: what `cache.key` adds to its key.
    """

    run: str | tuple[str, ...]
    env: Mapping[str, str | None] = field(default_factory=dict)
    extras: tuple[tuple[CacheExtra, str], ...] = ()
