"""What a rule for alerts is: what it reads off a tick, and when that is worth a warning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum

from wfopt.dataclass import dataclass, field
from wfopt.model.quantities import format_size
from wfopt.model.samples import Tick
from wfopt.model.workflow import StepId


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is known of the run beside what was measured.

    Attributes:
        cpus: how many cpus the run may keep busy.
        waiting: how many steps could start but for room, though there are cpus for them.
        memory_bytes: how much memory each running step asked for or is limited to; without those that
            did not say.
        usual_s: how many seconds a step usually takes, as far as that is known.
        longest_s: how many seconds a step takes at most, nearly always, as far as that is known.
        started_at: when the running attempt of each running step started, on the clock of the ticks.
    """

    cpus: float
    waiting: int = 0
    memory_bytes: Mapping[StepId, int] = field(default_factory=dict)
    usual_s: Mapping[StepId, float] = field(default_factory=dict)
    longest_s: Mapping[StepId, float] = field(default_factory=dict)
    started_at: Mapping[StepId, float] = field(default_factory=dict)


class Sense(Enum):
    """On which side of its threshold something is alarming; the value is the word for it."""

    ABOVE = "above"
    BELOW = "below"


class Unit(Enum):
    """How a threshold is written; the value is an example."""

    SHARE = "90%"
    SIZE = "5GiB"
    FACTOR = "3x"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a rule sees at one moment.

    Attributes:
        value: what is compared with the threshold, in the same unit.
        words: the same for people.
    """

    value: float
    words: str


Readings = Mapping[StepId | None, Reading]
"""What a rule sees: of each running step, or of the machine under None; nothing where nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When to warn of one thing.

    A reading at the threshold or beyond it for some time raises an alert, and one that has come back by more
    than some slack for some time clears it: what lies between changes nothing, so that an alert does not
    flap. A step that ended clears its alerts at once.

    Attributes:
        name: kebab-case; what the configuration and the alerts call it.
        summary: one sentence that says what is alarming.
        sense: on which side of the threshold it is so.
        unit: how thresholds are written.
        warning: the threshold for a warning: a share is a fraction, a size is in bytes.
        critical: the threshold for something worse, further in the same sense, or None.
        hold_s: for how many seconds it must hold.
        clear_s: for how many seconds it must have ceased.
        slack: by which part of the threshold a reading must have come back.
        readings: returns what is seen at a tick.
    """

    name: str
    summary: str
    sense: Sense
    unit: Unit
    warning: float
    critical: float | None = None
    hold_s: float
    clear_s: float
    slack: float
    readings: Callable[[Tick, Context], Readings]

    def beyond(self, reading: float, threshold: float) -> bool:
        """Whether a reading is alarming."""
        return reading >= threshold if self.sense is Sense.ABOVE else reading <= threshold

    def back(self, reading: float, threshold: float) -> bool:
        """Whether a reading is fine again."""
        if self.sense is Sense.ABOVE:
            return reading < threshold * (1 - self.slack)
        return reading > threshold * (1 + self.slack)


def threshold_text(unit: Unit, threshold: float) -> str:
    """Return a threshold for people.

    >>> threshold_text(Unit.SHARE, 0.9), threshold_text(Unit.SIZE, 2**30), threshold_text(Unit.FACTOR, 2.5)
    ('90 %', '1 GiB', '2.5 times')
    """
    if unit is Unit.SIZE:
        return format_size(int(threshold))
    return f"{threshold * 100:.4g} %" if unit is Unit.SHARE else f"{threshold:.4g} times"


def percent(share: float) -> str:
    """Return a share for people: `92 %`; rounded down, so that nothing is full too early.

    >>> percent(0.999), percent(1.2)
    ('99 %', '120 %')
    """
    return f"{int(share * 100 + 1e-9)} %"
