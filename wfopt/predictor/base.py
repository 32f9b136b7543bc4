"""What predicts a quantity of a step, and from what: samples, and models that learn from them.

Every quantity here, seconds or bytes, is above 0 and is handled as its natural logarithm: errors of ratios
then add up, a mistake by half weighs as much as one by double, and the unit does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Protocol

from wfopt.predictor.series import Series

NO_FEATURES: Mapping[str, float] = MappingProxyType({})

BYTES = "bytes"
"""The name of the feature that every step with declared inputs has: their size before the run."""

NAMED = "x-"
"""Stands before the names of the features that the file names, such as `x-lines`."""


class Sample(NamedTuple):
    """One measured value of a step; a tuple, as there are many.

    Attributes:
        value: seconds, or bytes; one that is below 0 or not finite does not count.
        run: the number of the run, never falling; samples of one run shared its luck, and each was predicted
            from the runs before it.
        features: what was known of the work before it was done, such as `{"bytes": 5e6}`.
        host: the machine, and how many of its cpus could be used: anything that names it.
        censored: whether the real value would have been larger, as the attempt failed or was stopped.
        lag: how many of the samples before it were not known yet when it was predicted, as they ran at the
            same time; beside those of its own run.
        weight: how much it counts what memory it was given: the seconds for which it had it, or 1.
    """

    value: float
    run: int
    features: Mapping[str, float] = NO_FEATURES
    host: str = ""
    censored: bool = False
    lag: int = 0
    weight: float = 1.0


class Origin(NamedTuple):
    """A past value that is predicted again, from what was known before its run.

    Attributes:
        place: of the value in the series.
        known: how many values of the series were known then; one at least.
    """

    place: int
    known: int


Fitted = Callable[[float], float]
"""Returns the logarithm of the expected value for a size of the input, which some models do not look at."""


class Model(Protocol):
    """A way to predict the next value of a series."""

    @property
    def name(self) -> str:
        """What tables and messages call it."""

    @property
    def sized(self) -> bool:
        """Whether it looks at the size of the input; without sizes it is not asked."""

    def fit(self, series: Series, known: int) -> Fitted:
        """Learn from the first values of a series, one at least."""

    def trail(self, series: Series, origins: Sequence[Origin]) -> list[float]:
        """Return what would have been predicted at each origin, in order of time, from its past alone."""
