"""Trees of three children that hold too much together are stopped, at every level of enforcement there is."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from tests.campaign.base import Campaign, Verdict, chance
from tests.support.limited import LEVELS, MB, groups_of, hog, missing, with_limits
from tests.support.processes import until_ended
from wfopt.engine.clock import SystemClock
from wfopt.engine.executors.local import LocalRunner
from wfopt.engine.runner import Ended
from wfopt.model.outcome import LimitKind

LIMIT, EACH = 200 * MB, 150 * MB

MOST_S = 5.0
"""How long a tree that holds too much may go on."""

_LEVELS = tuple(LEVELS)


def level_of(number: int) -> str:
    """Return the level of a case."""
    return _LEVELS[number % len(_LEVELS)]


def _size(rnd: Random) -> int:
    """Return what each child holds: 150 MB, or something between a little too much and much too much."""
    return rnd.choice([EACH, rnd.randrange(75 * MB, EACH)])


def material(seed: int, number: int) -> bytes:
    """Return what a case is about."""
    size = _size(chance("memory", seed, number))
    return f"3 x {size} bytes under {LIMIT} bytes, {level_of(number)}\n".encode()


def check(seed: int, numbers: Sequence[int], folder: Path) -> Iterator[Verdict]:
    """Check cases one after another."""
    for number in numbers:
        level = level_of(number)
        if missing(level):
            yield Verdict(case=number, label=f"{level}: {missing(level)}")
            continue
        runner = LocalRunner({"PATH": os.defpath}, SystemClock(), groups=groups_of(level))
        try:
            start = time.monotonic()
            step = with_limits(hog("a", _size(chance("memory", seed, number))), memory=LIMIT)
            runner.start(step)
            ended = until_ended(runner, "a")["a"]
            wall = time.monotonic() - start
        finally:
            runner.close()
        enforcer = ended.limit.enforced_by.value if ended.limit else "nobody"
        yield Verdict(
            case=number,
            label=f"{level}: {enforcer}",
            trouble=_trouble(ended, wall),
            wall_s=wall,
            memory_bytes=ended.peak_memory_bytes,
        )


def _trouble(ended: Ended, wall_s: float) -> str:
    if ended.limit is None or ended.limit.kind is not LimitKind.MEMORY:
        return f"it was not stopped: {ended}"
    return "" if wall_s < MOST_S else f"it went on for {wall_s:.1f} s"


CAMPAIGN = Campaign(
    name="memory",
    summary="three children of 150 MB under 200 MB are stopped at every level of enforcement there is",
    cases=len(LEVELS) * 20,
    jobs=1,
    batch=20,
    patience_s=60.0,
    check=check,
    material=material,
)
