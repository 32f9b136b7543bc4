"""Steps that wfopt cannot run itself: which they are, and how people are told so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from wfopt.dataclass import dataclass
from wfopt.model.workflow import Opaque, Step

LONGEST_NAME = 60
"""Characters of what a step names; whatever is longer is a script."""

MOST_KINDS = 5
"""How many kinds of steps that are left out are named."""

_ARTICLES = ("a ", "an ", "another ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many steps of a workflow can be run.

    Attributes:
        steps: how many there are.
        left_out: how many of each kind are left out, the most frequent kind first.
    """

    steps: int
    left_out: tuple[tuple[str, int], ...]

    @property
    def runnable(self) -> int:
        """How many can be run."""
        return self.steps - sum(count for _, count in self.left_out)

    @property
    def words(self) -> str:
        """What people are told of it.

        >>> Share(steps=3, left_out=(("actions/labeler", 2),)).words
        '1 of 3 steps runnable here; left out: actions/labeler (2)'
        """
        shown = [f"{kind} ({count})" for kind, count in self.left_out[:MOST_KINDS]]
        rest = sum(count for _, count in self.left_out[MOST_KINDS:])
        more = f" and {rest} more" if rest else ""
        return f"{self.runnable} of {self.steps} steps runnable here; left out: {', '.join(shown)}{more}"


def is_left_out(step: Step) -> bool:
    """Return whether a run leaves a step out: nothing is known that could run in its place."""
    return isinstance(step.run, Opaque) and step.run.stand_in is None


def share_of(steps: Sequence[Step]) -> Share:
    """Return how many of some steps can be run."""
    kinds = Counter(
        _kind(step.run) for step in steps if isinstance(step.run, Opaque) and step.run.stand_in is None
    )
    return Share(steps=len(steps), left_out=tuple(kinds.most_common()))


def why_left_out(opaque: Opaque) -> str:
    """Return why a step is left out.

    >>> why_left_out(Opaque(what="actions/labeler@v5", why="an action"))
    'not run here: an action, actions/labeler@v5'
    """
    named = f", {opaque.what}" if _is_named(opaque) else ""
    return f"not run here: {opaque.why}{named}"


def _kind(opaque: Opaque) -> str:
    return opaque.name if _is_named(opaque) else opaque.why


def _is_named(opaque: Opaque) -> bool:
    """Return whether what a step has in place of a command is a name, and why it is left out is its kind."""
    what = opaque.what
    is_name = len(what) <= LONGEST_NAME and len(what.split()) == 1
    return is_name and opaque.why.startswith(_ARTICLES)
