"""What a run has to do anyhow and can do while its steps run, when nothing else is to be done."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from wfopt.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Chore:
    """Something that makes a later moment of the run shorter, and changes nothing else.

    Attributes:
        due_s: from when on it is worth doing, in seconds since the start of the run: a run that is over
            sooner does without.
        do: does it; it should take a few milliseconds, for a step that ends meanwhile waits for so long.
    """

    due_s: float
    do: Callable[[], object]


class Chores:
    """The chores of a run.

    Args:
        chores: in any order; of two with the same time, the first comes first.
    """

    __slots__ = ("_left",)

    def __init__(self, chores: Iterable[Chore] = ()) -> None:
        self._left = deque(sorted(chores, key=lambda chore: chore.due_s))

    def next_due(self) -> float | None:
        """Return when the next one is due, in seconds since the start of the run; None if none is left."""
        return self._left[0].due_s if self._left else None

    def do_next(self) -> None:
        """Do the next one.

        Raises:
            IndexError: none is left.
        """
        self._left.popleft().do()
