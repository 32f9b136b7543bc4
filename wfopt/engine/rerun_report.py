"""What came of running steps again to see whether they make the same result twice."""

from __future__ import annotations

from collections import Counter
from enum import Enum

from wfopt.cache.deviations import Deviation
from wfopt.dataclass import dataclass
from wfopt.model.workflow import StepId


class Verdict(Enum):
    """What is known about a step; the value is the word for it.

    - `SAME`: it made again what was recorded.
    - `DIFFERS`: it made something else.
    - `FAILED`: it did not end well this time.
    - `NO_RESULT`: there is no result for the present inputs, so it did not run.
    - `NOT_CACHED`: its results are never kept, so it did not run.
    """

    SAME = "same"
    DIFFERS = "differs"
    FAILED = "failed"
    NO_RESULT = "no result"
    NOT_CACHED = "not cached"


TROUBLE = frozenset({Verdict.DIFFERS, Verdict.FAILED})
"""What shows that a result in the cache cannot be relied on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerun:
    """What came of one step.

    Attributes:
        step: its id.
        verdict: what is known now.
        reason: why it failed or did not run, in words.
        cause: what is probably behind that, or "".
        deviations: what is not as it was recorded.
        notes: what else was noticed.
        tail: the last lines that it printed before it failed.
        wall_s: how long it ran, or None if it did not run.
    """

    step: StepId
    verdict: Verdict
    reason: str = ""
    cause: str = ""
    deviations: tuple[Deviation, ...] = ()
    notes: tuple[str, ...] = ()
    tail: tuple[str, ...] = ()
    wall_s: float | None = None


@dataclass(frozen=True, slots=True)
class RerunReport:
    """What came of all steps that were asked for.

    Attributes:
        file: the workflow file, as the user wrote it.
        steps: the steps in file order.
    """

    file: str
    steps: tuple[Rerun, ...]

    @property
    def counts(self) -> Counter[Verdict]:
        """How many steps there are of each verdict."""
        return Counter(each.verdict for each in self.steps)

    @property
    def exit_code(self) -> int:
        """1 if a step differs or failed, else 0."""
        return int(any(each.verdict in TROUBLE for each in self.steps))
