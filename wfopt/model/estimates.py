"""What is expected of steps: how long they take, how much memory, how often they fail."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from wfopt.dataclass import dataclass, field
from wfopt.model.workflow import StepId


class Basis(Enum):
    """What an expectation rests on, the strongest first; the value is the word that is printed."""

    MEASURED = "measured"
    HINT = "hint"
    BORROWED = "borrowed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One expected quantity, in seconds or bytes, with the interval that it should fall into.

    Attributes:
        expected: the single best guess.
        low: the lower end of the interval; no smaller than 0.
        high: the upper end of the interval.
        basis: what it rests on: past runs, a hint in the file, or the past of other steps.
        samples: how many past values are behind it.
        model: the name of the model that had most say, such as `median-5`; "" without one.
        input: the size that this model looks at, such as `bytes` or `lines`; "" if it looks at none.
    """

    expected: float
    low: float
    high: float
    basis: Basis = Basis.MEASURED
    samples: int = 0
    model: str = ""
    input: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFacts:
    """What is known of one step beside what the file declares; None is not known.

    Attributes:
        wall: the seconds of an attempt that runs to its end.
        cpu_s: the usual seconds of processor time of such an attempt.
        slowest_s: the longest seconds seen.
        memory: the bytes of its peak.
        attempts: how many attempts ended on their own, well or not.
        failures: how many of those failed.
        hit_share: how often its result came from the cache, from 0 to 1.
    """

    wall: Estimate | None = None
    cpu_s: float | None = None
    slowest_s: float | None = None
    memory: Estimate | None = None
    attempts: int = 0
    failures: int = 0
    hit_share: float | None = None

    @property
    def failure_probability(self) -> float:
        """How likely it fails next time: the mean of a Beta posterior under Jeffreys' prior."""
        return (self.failures + 0.5) / (self.attempts + 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What is known of a workflow beside its file: read-only, and the same for every check and pass.

    Attributes:
        steps: by id; a step without any past may be missing.
        runs: how many past runs it rests on.
        source: in a few words, where it comes from, such as `14 runs on this machine`.
        cpu_milli: thousandths of a cpu of the machine that is meant.
        slots: how many steps may run at once there.
        memory_bytes: its bytes of memory, or None.
    """

    steps: Mapping[StepId, StepFacts] = field(default_factory=dict)
    runs: int = 0
    source: str = ""
    cpu_milli: int = 1000
    slots: int = 1
    memory_bytes: int | None = None

    def of(self, step: StepId) -> StepFacts:
        """Return what is known of a step."""
        return self.steps.get(step, NOTHING)


NOTHING = StepFacts()
"""What is known of a step that never ran."""
