"""Wordings that several displays share."""

from __future__ import annotations

from collections.abc import Sequence

from wfopt.model.workflow import StepId
from wfopt.render.harmless import harmless

_PATH_LIMIT = 5
_PATH_ENDS = 2


def counted(count: int, noun: str) -> str:
    """Return a number with its noun.

    >>> counted(1, "step"), counted(2, "step")
    ('1 step', '2 steps')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def path_text(path: Sequence[StepId]) -> str:
    """Return a path such as `a → b → c`; of a long one the ends and how many stand between them."""
    names = [harmless(step) for step in path]
    if len(names) > _PATH_LIMIT:
        hidden = len(names) - 2 * _PATH_ENDS
        names = [*names[:_PATH_ENDS], f"… {hidden} more …", *names[-_PATH_ENDS:]]
    return " → ".join(names)
