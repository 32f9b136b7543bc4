"""How likely a step fails, from how often it did."""

from __future__ import annotations

_SUCCESSES = 0.5
_FAILURES = 0.5
"""The prior of Jeffreys for a share: as if half an attempt had failed and half a one had not."""


def failure_probability(attempts: int, failures: int) -> float:
    """Return the mean of the Beta posterior of the share of attempts that fail.

    >>> failure_probability(0, 0), failure_probability(9, 0)
    (0.5, 0.05)
    """
    return (failures + _FAILURES) / (attempts + _FAILURES + _SUCCESSES)
