"""How long a run takes with few and with many cpus, and from where on more of them do not pay."""

from __future__ import annotations

from collections.abc import Callable

from wfopt.model.prediction import Sweep

_MOST = 256
_GAIN = 0.05
"""What the largest number of cpus saves beyond this share is worth having."""

_FLAT = 1e-9


def sweep_of(seconds_on: Callable[[int], float], here: int) -> Sweep:
    """Return how long a run takes on 1, 2, 3, 4, 6, 8, 12, ... cpus, up to where more change nothing.

    Args:
        seconds_on: plays the run through on so many cpus.
        here: how many there are; they are among those that are looked at.
    """
    found = {cpus: seconds_on(cpus) for cpus in (1, 2)}
    cpus = 3
    while cpus <= _MOST:
        found[cpus] = seconds_on(cpus)
        doubled = found.get(cpus // 2)
        # Between two numbers, chance may make the larger one no better.
        if doubled is not None and found[cpus] >= doubled * (1 - _FLAT) and cpus > here:
            break
        cpus = cpus * 4 // 3 if cpus % 3 == 0 else cpus * 3 // 2
    if here not in found and 0 < here <= _MOST:
        found[here] = seconds_on(here)
    ordered = dict(sorted(found.items()))
    shortest = min(ordered.values())
    return Sweep(
        seconds=ordered,
        enough=next(each for each, taken in ordered.items() if taken <= shortest * (1 + _GAIN)),
    )
