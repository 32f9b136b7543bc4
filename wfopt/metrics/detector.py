"""Finds the points from which on a series is higher or lower, with a promise about false alarms.

The promise is the one of an e-detector: Shin, Ramdas and Rinaldo, "E-detectors: a nonparametric framework for
sequential change detection" (2023). The bets are conformal: they look at the order of the values only, as the
test martingales of Vovk, Nouretdinov and Gammerman, "Testing exchangeability on-line" (2003), and Volkhonskiy
and others, "Inductive conformal martingales for change-point detection" (2017), do.

**The game.** Before every point, one unit of money is bet on "the change is now", and split over accounts
that bet on a higher and on a lower level. An account opened after v points bets on where each later point
falls among these v, which cut the line into v + 1 cells. If the points are exchangeable and t - 1 are known,
the next falls with probability 1/t into each of the t gaps between them, so with probability (c + 1)/t into a
cell with c later points. For any weights w of the cells, the account's money is multiplied by

    e = t * w(cell that was hit) / sum over all cells of (c + 1) * w(cell)

and its expectation, given the order of all earlier points, is the sum of (c + 1)/t * e = 1. So no account
gains on average, and the money of all accounts minus the number of points is a martingale: when the money
first reaches A, at a time T, A <= E[money at T] <= E[T]. The mean number of points to a false alarm is at
least A, whatever the distribution of the noise. Nothing that happens to the money can break this but adding
to it: poor and old accounts are closed, and a change that is too small to matter raises no alarm.

**The weights** are the ones of proportional odds (McCullagh 1980): after the change, the odds of lying above
a level are k times what they were. A share u of old values becomes u / (u + k (1 - u)), so each cell's weight
is a closed form, the weights of all cells add up to v + 1, and a single wild value costs at most a factor k.

**Ties** are broken by a fixed pseudo-random order of the places, which keeps the ranks uniform.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence

from wfopt.dataclass import dataclass
from wfopt.model.quantiles import median

GUARANTEE = (
    "if nothing but noise changes (the runs of a step are exchangeable), a step raises at most one false "
    "alarm in {run_length:,.0f} runs, on average; n steps raise at most n times as many"
)
"""What is promised, to be printed with `run_length` filled in."""

_BETS = ((5.0, 1 / 3), (12.0, 1 / 3), (1 / 5.0, 1 / 6), (1 / 12.0, 1 / 6))
"""Odds and the share of each unit of money.

Two thirds bet on slower: a step that got faster can wait a run longer to be told. The smaller odds find
shifts of about one standard deviation, the larger ones shifts of two and more; a third pair found no more.
"""

_FEWEST_BEFORE = 5
"""No account is opened on fewer points: their order says next to nothing."""

_OLDEST = 120
"""An account is closed after so many points, which bounds the cost of each, and its money to 12 ** 120."""

_POOREST = 0.02
"""An account with less money is closed: measured, this loses less than one found change in a hundred."""

_LOCATE_ROUNDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """When a change is worth an alarm.

    Attributes:
        run_length: points to a false alarm, on average, at least.
        smallest_ratio: changes by a smaller factor are not reported.
        smallest_step: nor smaller ones in the unit of the values; 20 ms.
    """

    run_length: float = 1000.0
    smallest_ratio: float = 1.05
    smallest_step: float = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A place from which on a series is higher or lower.

    Attributes:
        at: the first point after the change.
        found: the point that raised the alarm.
        shift: the difference of the median residuals then; above 0 for slower.
        evidence: the money at the alarm; the alarm is at `run_length`.
    """

    at: int
    found: int
    shift: float
    evidence: float


@dataclass(slots=True)
class _Account:
    """Money bet on a change after the first `before` points of a regime.

    Attributes:
        before: how many points the change came after.
        odds: what the odds of a higher value are multiplied with.
        money: what one has become.
        weights: the sum of the weights of all gaps.
    """

    before: int
    odds: float
    money: float
    weights: float

    def bet(self, cell: int, known: int) -> None:
        """Win or lose, knowing that the newest of `known` points fell into a cell, counted from 0."""
        cells = self.before + 1
        low = cell + self.odds * (cells - cell)
        high = cell + 1 + self.odds * (cells - cell - 1)
        weight = self.odds * cells * cells / (low * high)
        self.money *= known * weight / self.weights
        self.weights += weight


class _Regime:
    """The points since the last alarm, and the accounts that bet on a change among them."""

    def __init__(self) -> None:
        self._order: list[int] = []
        self._ranks: list[int] = []
        self._accounts: list[_Account] = []

    @property
    def money(self) -> float:
        """What all accounts hold together: the evidence that something has changed."""
        return sum(each.money for each in self._accounts)

    @property
    def richest(self) -> _Account:
        """The account that bet best; the oldest of equal ones."""
        return max(reversed(self._accounts), key=lambda each: each.money)

    def add(self, rank: int) -> None:
        """Take the next point, of which only its place in the order of all points counts."""
        count = len(self._ranks)
        if count >= _FEWEST_BEFORE:
            self._accounts[:0] = [_Account(count, odds, share, count + 1.0) for odds, share in _BETS]
        cell = bisect_left(self._order, rank)
        self._order.insert(cell, rank)
        place = count
        for account in self._accounts:
            # Accounts stand newest first, so the points behind each one's time are taken out one by one.
            while place > account.before:
                place -= 1
                cell -= self._ranks[place] < rank
            account.bet(cell, count + 1)
        self._ranks.append(rank)
        self._accounts = [
            each for each in self._accounts if each.money > _POOREST and count - each.before < _OLDEST
        ]


def find_changes(
    residuals: Sequence[float], values: Sequence[float], *, rules: Rules | None = None
) -> tuple[Change, ...]:
    """Return the changes of a series, in order, as they would have been reported run by run.

    Everything starts afresh at the point after an alarm: points that helped to raise it were chosen for
    being far off, and a baseline of them would break the promise.

    Args:
        residuals: logarithms, as `wfopt.metrics.baseline.residuals` returns them.
        values: the values behind them, in the unit of `rules.smallest_step`.
        rules: what is worth an alarm; the defaults if None.
    """
    rules = rules or Rules()
    changes: list[Change] = []
    regime = _Regime()
    start = 0
    for place, rank in enumerate(_ranked(residuals)):
        regime.add(rank)
        evidence = regime.money
        if evidence < rules.run_length:
            continue
        guess = start + regime.richest.before
        if not _matters(residuals, values, (start, guess, place + 1), rules):
            continue
        at = _locate(residuals, (start, guess, place + 1))
        shift = _shift(residuals, (start, at, place + 1))
        changes.append(Change(at=at, found=place, shift=shift, evidence=evidence))
        regime, start = _Regime(), place + 1
    return tuple(changes)


def matters(ratio: float, before: float, rules: Rules) -> bool:
    """Return whether a change by a factor, from a value before, is large enough to be told.

    >>> matters(1.2, 10.0, Rules()), matters(1.2, 0.05, Rules()), matters(1.01, 10.0, Rules())
    (True, False, False)
    """
    if max(ratio, 1 / ratio) < rules.smallest_ratio:
        return False
    return abs(ratio - 1) * before >= rules.smallest_step


def _matters(
    residuals: Sequence[float], values: Sequence[float], bounds: tuple[int, int, int], rules: Rules
) -> bool:
    """Return whether the change between two stretches is large enough to be told."""
    start, at, _ = bounds
    before = median(values[max(start, at - _OLDEST) : at])
    return matters(math.exp(_shift(residuals, bounds)), before, rules)


def _shift(residuals: Sequence[float], bounds: tuple[int, int, int]) -> float:
    """Return the median of a stretch minus the median of the stretch before it."""
    start, at, end = bounds
    return median(residuals[at:end]) - median(residuals[max(start, at - _OLDEST) : at])


def _locate(residuals: Sequence[float], bounds: tuple[int, int, int]) -> int:
    """Return the place where two levels fit a stretch best, in absolute deviations.

    The accounts know ranks only, so they cannot tell a high point of the old level from the new level.
    """
    start, at, end = bounds
    for _ in range(_LOCATE_ROUNDS):
        old = median(residuals[max(start, at - _OLDEST) : at])
        new = median(residuals[at:end])
        best = loss = 0.0
        for place in range(end - 1, max(start, at - _OLDEST), -1):
            loss += abs(residuals[place] - new) - abs(residuals[place] - old)
            if loss < best:
                best, at = loss, place
    return at


def _ranked(values: Sequence[float]) -> list[int]:
    """Return the place of each value in the order of all of them; equal ones get mixed places."""
    ranks = [0] * len(values)
    order = sorted(range(len(values)), key=lambda place: (values[place], _mixed(place)))
    for rank, place in enumerate(order):
        ranks[place] = rank
    return ranks


def _mixed(number: int) -> int:
    """Return a number that looks random but is always the same: the finalizer of splitmix64 (Vigna 2015)."""
    bits = (number + 1) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
    return bits ^ (bits >> 31)
