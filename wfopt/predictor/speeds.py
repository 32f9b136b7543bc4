"""How much longer the same step takes on one machine than on another, as far as history tells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import exp, isfinite, log

from wfopt.model.quantiles import median
from wfopt.predictor.base import Sample

_NEWEST = 5
"""So many of the newest values of a step on a host are compared."""


def speeds_for(host: str, pasts: Iterable[Sequence[Sample]]) -> dict[str, float]:
    """Return, for each other host, how many times as long the same takes on this one.

    It is the median over steps that ran on both of the ratio of their median durations. Hosts that no step
    shares with this one are left out: nothing is known of them.

    Args:
        host: the machine that is meant.
        pasts: the samples of each step, in order of time.
    """
    ratios: dict[str, list[float]] = {}
    for samples in pasts:
        if all(each.host == host for each in samples):
            continue
        by_host: dict[str, list[float]] = {}
        for each in samples:
            if not each.censored and each.value > 0 and isfinite(each.value):
                by_host.setdefault(each.host, []).append(log(each.value))
        here = by_host.pop(host, None)
        if here is None:
            continue
        for other, there in by_host.items():
            ratios.setdefault(other, []).append(median(here[-_NEWEST:]) - median(there[-_NEWEST:]))
    return {other: exp(median(found)) for other, found in ratios.items()}
