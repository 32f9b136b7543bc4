"""The scheduling strategies, the default first."""

from __future__ import annotations

from wfopt.scheduler.base import Strategy
from wfopt.scheduler.strategies.critical_path import CriticalPath
from wfopt.scheduler.strategies.fifo import Fifo

STRATEGIES: tuple[Strategy, ...] = (
    CriticalPath(),
    Fifo(),
)


def strategy_named(name: str) -> Strategy | None:
    """Return the strategy with a name, or None if there is none."""
    return next((each for each in STRATEGIES if each.name == name), None)
