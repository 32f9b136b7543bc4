"""Makes the samples of a step ready for the models: what is wrong with them, and what else differs."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from math import log
from operator import attrgetter
from typing import Any, NamedTuple

from wfopt.predictor.base import Sample
from wfopt.predictor.series import LONGEST, Series

_LARGEST = 1e18
"""Larger values, of seconds or bytes, are faults of whoever measured; in bounds, no sum overflows."""

_SMALLEST = 1e-3
"""What is smaller counts as this: clocks often say 0, and the ratio of two such durations says nothing."""

_LEAST_LOG = log(_SMALLEST)

_UNKNOWN = -1.0

_VARIED = 1.25
"""Sizes have been seen to vary if the largest is larger than the smallest by more than this factor."""

_NOTHING: tuple[tuple[Any, ...], ...] = ((),) * len(Sample._fields)

_value, _features = attrgetter("value"), attrgetter("features")


class Prepared(NamedTuple):
    """The past of a step, ready for the models.

    Attributes:
        series: the values.
        feature: the name of the feature that its sizes are, or "".
        ignored: how many samples made no sense.
        measured: how many of the values are not lower bounds only.
        runs: how many runs they are from.
        beyond: whether the size to come is beyond those seen; the values are in the order of their sizes
            then, no longer of time.
    """

    series: Series
    feature: str
    ignored: int
    measured: int
    runs: int
    beyond: bool = False


def prepare(
    samples: Sequence[Sample],
    upcoming: Mapping[str, float],
    speeds: Mapping[str, float] | None = None,
) -> Prepared:
    """Return the newest samples as a series.

    Args:
        samples: of one step, in order of time.
        upcoming: the features of the run to be predicted, of which the first that can be used is.
        speeds: of each host, how many times as long the same takes on the machine that is meant; 1 for hosts
            that are not in it.
    """
    newest = samples[-LONGEST:]
    good = newest if _all_good(newest) else [each for each in newest if 0.0 <= each.value <= _LARGEST]
    feature, sizes = _feature_of(good, upcoming) if upcoming else ("", [])
    ignored = len(newest) - len(good)
    if not feature:
        return _prepared(good, "", [], speeds, ignored)
    if min(sizes) < _SMALLEST:
        good = [each for each, size in zip(good, sizes, strict=True) if size >= 0.0]
        sizes = [size_of(size) for size in sizes if size >= 0.0]
    found = _prepared(good, feature, sizes, speeds, ignored)
    return _by_size(found) if _is_beyond(found.series, upcoming[feature]) else found


def usable(size: float | None) -> bool:
    """Return whether a size can be calculated with."""
    return size is not None and 0.0 <= size <= _LARGEST


def size_of(size: float) -> float:
    """Return a size as models see it: next to nothing is nothing, as its square would be lost."""
    return size if size >= _SMALLEST else 0.0


def _all_good(samples: Sequence[Sample]) -> bool:
    """Return whether all values make sense, which is quick to see: a NaN would make the sum one."""
    values = list(map(_value, samples))
    return bool(values) and min(values) >= 0.0 and sum(values) <= _LARGEST


def _prepared(
    good: Sequence[Sample],
    feature: str,
    sizes: list[float],
    speeds: Mapping[str, float] | None,
    ignored: int,
) -> Prepared:
    """Return good samples as a series, with the size of each if there is a feature."""
    values, runs, _, hosts, bounded, lags, weights = zip(*good, strict=True) if good else _NOTHING
    if min(values, default=0.0) > _SMALLEST:
        logs = list(map(log, values))
    else:
        logs = [log(value) if value > _SMALLEST else _LEAST_LOG for value in values]
    if speeds and not speeds.keys().isdisjoint(hosts):
        logs = [
            own + log(speeds[host]) if host in speeds else own for own, host in zip(logs, hosts, strict=True)
        ]
    known = [place - lag for place, lag in enumerate(lags)] if any(lags) else []
    censored = [place for place, bound in enumerate(bounded) if bound] if any(bounded) else []
    if not censored or len(censored) == len(good):
        bounds = frozenset(censored)
        return Prepared(
            Series(logs, runs, sizes, known, bounds, weights),
            feature,
            ignored,
            len(good) - len(censored),
            len(set(runs)),
        )
    kept = _completed(logs, sizes, set(censored))
    places = [place for place, value in enumerate(kept) if value is not None]
    return Prepared(
        Series(
            [value for value in kept if value is not None],
            [runs[place] for place in places],
            [sizes[place] for place in places] if sizes else [],
            [bisect_left(places, known[place]) for place in places] if known else [],
            frozenset(new for new, place in enumerate(places) if good[place].censored),
            [weights[place] for place in places],
        ),
        feature,
        ignored,
        len(good) - len(censored),
        len(set(runs)),
    )


def _is_beyond(series: Series, size: float) -> bool:
    """Return whether a size is beyond those seen, of which there are several."""
    largest = max(series.sizes)
    return size > largest and min(series.sizes) * _VARIED < largest


def _by_size(prepared: Prepared) -> Prepared:
    """Return the past in the order of the sizes, so that large ones are predicted again from smaller ones."""
    series = prepared.series
    order = sorted(range(len(series)), key=lambda place: series.sizes[place])
    return prepared._replace(
        series=Series(
            [series.logs[place] for place in order],
            range(len(order)),
            [series.sizes[place] for place in order],
            bounds=frozenset(new for new, place in enumerate(order) if place in series.bounds),
            weights=[series.weights[place] for place in order],
        ),
        beyond=True,
    )


def _completed(logs: Sequence[float], sizes: Sequence[float], censored: set[int]) -> list[float | None]:
    """Return the values with those that are lower bounds completed, or None where the bound tells nothing.

    Without sizes, a bound stands for the median of the known values above it, as the mass of a censored value
    goes to those on its right (Efron 1967); one above all of them stands for itself; one below all of them
    tells nothing. With sizes, a bound stands for itself if the known value of the most similar size is below.
    """
    known = [place for place in range(len(logs)) if place not in censored]
    ordered = sorted([logs[place] for place in known])

    def completed(place: int) -> float | None:
        bound = logs[place]
        if sizes:
            similar = min(known, key=lambda other: (abs(sizes[other] - sizes[place]), -other))
            return bound if bound > logs[similar] else None
        below = bisect_left(ordered, bound)
        if below == 0:
            return None
        return bound if below == len(ordered) else ordered[(below + len(ordered)) // 2]

    return [completed(place) if place in censored else own for place, own in enumerate(logs)]


def _feature_of(samples: Sequence[Sample], upcoming: Mapping[str, float]) -> tuple[str, list[float]]:
    """Return the first feature that can be used, and its sizes, -1 where they are not known; or ""."""
    for name, size in upcoming.items():
        if not usable(size):
            continue
        sizes = [features.get(name, _UNKNOWN) for features in map(_features, samples)]
        seen = sizes
        if not sizes or not (min(sizes) >= 0.0 and sum(sizes) <= _LARGEST):
            sizes = [own if usable(own) else _UNKNOWN for own in sizes]
            seen = [own for own in sizes if own >= 0.0]
        if seen and 2 * len(seen) >= len(samples) and not min(seen) == max(seen) == size:
            return name, sizes
    return "", []
