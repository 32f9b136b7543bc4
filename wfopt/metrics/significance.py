"""Compares two samples of durations: is the difference more than noise, and how large may it be?

The test is the one of Mann and Whitney (1947), the interval the one of Hodges and Lehmann (1963), both on
ranks: neither assumes anything about the shape of the noise. On logarithms, the shift is a ratio.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import Enum

from wfopt.dataclass import dataclass
from wfopt.model.quantiles import median

_ALPHA = 0.05
_Z = 1.959964
"""The 97.5 % quantile of the normal distribution."""

_EXACT_UP_TO = 20
"""Samples with so many values together are compared exactly; above, the normal approximation is close."""

_NEWEST = 200
"""So many of the newest values of each sample are compared: it bounds the pairs."""


class Verdict(Enum):
    """What two samples allow to say; the value is the phrase that is printed."""

    SLOWER = "slower"
    FASTER = "faster"
    NO_DIFFERENCE = "no difference that the noise allows to see"
    TOO_FEW = "too few runs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How a sample compares with an earlier one.

    Attributes:
        before: the median of the first sample.
        after: the median of the second.
        ratio: the median of all ratios between the two: how many times as large the second is.
        low: the lower end of the ratio's 95 % interval, or None if there are too few values for one.
        high: its upper end, or None.
        p_value: how likely noise alone makes so large a difference, or None if no test is possible.
        n_before: how many values were compared of the first sample.
        n_after: how many of the second.
        verdict: what that means.
    """

    before: float
    after: float
    ratio: float
    low: float | None
    high: float | None
    p_value: float | None
    n_before: int
    n_after: int
    verdict: Verdict

    @property
    def in_words(self) -> str:
        """The verdict with the numbers behind it, one phrase."""
        counts = f"{self.n_before} against {self.n_after}"
        if self.p_value is None or self.low is None or self.high is None:
            return f"{self.verdict.value} ({counts}): no test can tell a change from noise"
        basis = f"95 % interval {self.low:.2f} to {self.high:.2f}, p = {self.p_value:.2g}, {counts} runs"
        return f"{self.verdict.value}: {self.ratio:.2f} times ({basis})"


def compare(before: Sequence[float], after: Sequence[float], *, smallest: float = 0.001) -> Comparison:
    """Return how the second sample compares with the first; the newest 200 values of each count.

    Args:
        before: seconds or bytes, in order of time; at least one.
        after: the same of the other sample.
        smallest: smaller values are rounded up to this, as a ratio to 0 says nothing.

    Raises:
        ValueError: a sample is empty.
    """
    if not before or not after:
        raise ValueError("no values: a comparison needs at least one of each sample")
    first = [max(each, smallest) for each in before[-_NEWEST:]]
    second = [max(each, smallest) for each in after[-_NEWEST:]]
    shifts = sorted(math.log(new) - math.log(old) for old in first for new in second)
    ratio = math.exp(median(shifts))
    possible = _can_tell(len(first), len(second))
    p_value = mann_whitney(first, second) if possible else None
    outside = _outside(len(first), len(second)) if possible else 0
    return Comparison(
        before=median(first),
        after=median(second),
        ratio=ratio,
        low=math.exp(shifts[outside - 1]) if outside else None,
        high=math.exp(shifts[-outside]) if outside else None,
        p_value=p_value,
        n_before=len(first),
        n_after=len(second),
        verdict=_verdict(p_value, ratio),
    )


def mann_whitney(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the two-sided p-value of two samples coming from one distribution.

    Exact up to 20 values together, ties included: all ways to split the ranks are counted. Above that, the
    normal approximation, with the corrections for ties and for continuity.

    Raises:
        ValueError: a sample is empty.
    """
    if not first or not second:
        raise ValueError("no values: a test needs at least one of each sample")
    ranks = _doubled_ranks([*first, *second])
    expected = len(first) * (len(ranks) + 1)
    distance = abs(sum(ranks[: len(first)]) - expected)
    if len(ranks) > _EXACT_UP_TO:
        return _normal_p(ranks, len(first), distance)
    ways = _rank_sums(ranks, len(first))
    extreme = sum(count for total, count in ways.items() if abs(total - expected) >= distance)
    return extreme / sum(ways.values())


def _can_tell(n_first: int, n_second: int) -> bool:
    """Return whether even the clearest difference of so few values would be significant."""
    return 2 / math.comb(n_first + n_second, n_first) <= _ALPHA


def _verdict(p_value: float | None, ratio: float) -> Verdict:
    if p_value is None:
        return Verdict.TOO_FEW
    if p_value > _ALPHA or ratio == 1:
        return Verdict.NO_DIFFERENCE
    return Verdict.SLOWER if ratio > 1 else Verdict.FASTER


def _doubled_ranks(values: Sequence[float]) -> list[int]:
    """Return twice the mid-rank of each value, which is an integer."""
    order = sorted(range(len(values)), key=lambda place: values[place])
    ranks = [0] * len(values)
    start = 0
    while start < len(order):
        end = start + 1
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        for place in order[start:end]:
            ranks[place] = start + end + 1
        start = end
    return ranks


def _rank_sums(ranks: Sequence[int], count: int) -> dict[int, int]:
    """Return in how many ways `count` of the ranks add up to each sum."""
    ways: list[dict[int, int]] = [{0: 1}, *({} for _ in range(count))]
    for rank in ranks:
        for chosen in range(count, 0, -1):
            for total, number in ways[chosen - 1].items():
                ways[chosen][total + rank] = ways[chosen].get(total + rank, 0) + number
    return ways[count]


def _normal_p(ranks: Sequence[int], n_first: int, distance: int) -> float:
    """Return the p-value of a distance of doubled rank sums by the normal approximation."""
    count = len(ranks)
    center = count + 1
    spread = sum((rank - center) ** 2 for rank in ranks)
    if spread == 0:
        return 1.0
    variance = spread * n_first * (count - n_first) / (count * (count - 1))
    return math.erfc(max(distance - 1, 0) / math.sqrt(2 * variance))


def _outside(n_first: int, n_second: int) -> int:
    """Return the place, counted from 1, of the pair at either end of the 95 % interval; 0 for none."""
    pairs = n_first * n_second
    if n_first + n_second > _EXACT_UP_TO:
        spread = math.sqrt(pairs * (n_first + n_second + 1) / 12)
        return max(math.floor(pairs / 2 - _Z * spread), 1)
    ways = _rank_sums(range(1, n_first + n_second + 1), n_first)
    least = n_first * (n_first + 1) // 2
    below, place = 0, 0
    while below + ways[least + place] <= _ALPHA / 2 * math.comb(n_first + n_second, n_first):
        below += ways[least + place]
        place += 1
    return place
