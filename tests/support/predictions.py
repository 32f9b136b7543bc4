"""Samples of steps, and a plain way to fit models, for tests of predictions."""

from __future__ import annotations

import random
from collections.abc import Sequence
from math import exp, log

from wfopt.predictor.base import Model, Origin, Sample
from wfopt.predictor.series import Series


def samples_of(values: Sequence[float], sizes: Sequence[float] = (), *, host: str = "") -> list[Sample]:
    """Return one sample a run, with the size of the input if there are sizes."""
    return [
        Sample(value, run, {"bytes": sizes[run]} if sizes else {}, host) for run, value in enumerate(values)
    ]


def series_of(values: Sequence[float], sizes: Sequence[float] = ()) -> Series:
    """Return the series of values, one a run."""
    return Series([log(each) for each in values], range(len(values)), list(sizes))


def noisy(count: int, *, middle: float = 10.0, spread: float = 0.1, seed: int = 1) -> list[float]:
    """Return log-normal values around a median."""
    rnd = random.Random(seed)  # noqa: S311 - the same every time
    return [middle * exp(rnd.gauss(0, spread)) for _ in range(count)]


def plainly(model: Model, series: Series, origins: Sequence[Origin]) -> list[float]:
    """Return what a model says when it is fitted anew at each origin, to a series that ends there."""
    found = []
    for place, known in origins:
        past = Series(list(series.logs)[:known], list(series.runs)[:known], list(series.sizes)[:known])
        found.append(model.fit(past, known)(series.sizes[place] if series.sizes else 0.0))
    return found
