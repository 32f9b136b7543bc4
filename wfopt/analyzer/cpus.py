"""How many cpus a step can have where it runs."""

from __future__ import annotations

from wfopt.analyzer.base import Case
from wfopt.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Cpus:
    """A number of cpus that is more or less known.

    Attributes:
        low: at least.
        expected: the best guess.
        high: at most.
    """

    low: float
    expected: float
    high: float


HOSTED = Cpus(low=2, expected=2, high=4)
"""The machines that CI services give by default have two to four."""


def cpus_of(case: Case) -> Cpus:
    """Return the cpus of this machine for what runs here, else those of a usual machine of a CI service."""
    if case.pipeline is not None:
        return HOSTED
    own = case.knowledge.cpu_milli / 1000
    return Cpus(low=own, expected=own, high=own)
