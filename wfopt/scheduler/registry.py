"""The scheduling strategies, the default first."""

from __future__ import annotations

from wfopt.scheduler.base import Strategy
from wfopt.scheduler.strategies.best_fit import BestFit
from wfopt.scheduler.strategies.critical_path import CriticalPath
from wfopt.scheduler.strategies.fair_share import FairShare
from wfopt.scheduler.strategies.fifo import Fifo
from wfopt.scheduler.strategies.longest_first import LongestFirst
from wfopt.scheduler.strategies.predictive import Predictive
from wfopt.scheduler.strategies.priority import Priority
from wfopt.scheduler.strategies.shortest_first import ShortestFirst

STRATEGIES: tuple[Strategy, ...] = (
    CriticalPath(),
    Fifo(),
    Priority(),
    FairShare(),
    ShortestFirst(),
    LongestFirst(),
    BestFit(),
    Predictive(),
)


def strategy_named(name: str) -> Strategy | None:
    """Return the strategy with a name, or None if there is none."""
    return next((each for each in STRATEGIES if each.name == name), None)
