"""By how much the schedule of usual durations is too short for a whole run: overheads, and drift."""

from __future__ import annotations

from collections.abc import Sequence

from wfopt.model.quantiles import median

_OVERHEAD_RUNS = 0.5
"""So many runs without any overhead are believed in before the first one is seen."""

_DISCOUNT = 0.5
"""The weight of an error over the one of the next newer: what is off changes with the machine, the network
or the workflow, and then all at once."""

_DOUBT = 0.5
"""So many runs without any error are believed in before the first one is seen."""

_MEMORY = 0.9
"""The weight of how well corrections did in a run over the one in the next newer."""

_WRONG = 0.6931471805599453
"""A run off by half or by double tells no more than that."""


def overhead_of(overheads: Sequence[float]) -> float:
    """Return the usual overhead, less the fewer runs tell of it.

    Args:
        overheads: of earlier runs, the logarithm of the real seconds over those of a schedule of the real
            durations: what starting steps costs.
    """
    return median(overheads) * len(overheads) / (len(overheads) + _OVERHEAD_RUNS) if overheads else 0.0


def drift_of(errors: Sequence[float]) -> float:
    """Return the logarithm of the factor by which the next answer is to be corrected; 0 for no correction.

    A schedule of usual durations is off where durations are skewed, as a sum of medians is less than the
    median of sums, where steps get in each other's way, and where all of them have become slower at once.
    The correction is the mean of the errors, newer ones counting more, but only if the past runs would
    have been predicted better with it: errors that change their sign from run to run are not corrected.

    Args:
        errors: of the answers about earlier runs, had none been corrected, in order of time: the logarithms
            of the real over the expected seconds.

    >>> round(drift_of([0.2, 0.2, 0.2]), 2), drift_of([0.2, -0.2, 0.2])
    (0.16, 0.0)
    """
    total = weights = plain = corrected = 0.0
    for each in errors:
        error = max(-_WRONG, min(each, _WRONG))
        correction = total / (weights + _DOUBT)
        plain = plain * _MEMORY + abs(error)
        corrected = corrected * _MEMORY + min(abs(each - correction), _WRONG)
        total, weights = total * _DISCOUNT + error, weights * _DISCOUNT + 1.0
    return total / (weights + _DOUBT) if corrected < plain else 0.0
