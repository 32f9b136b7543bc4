"""Points of a series for tests."""

from __future__ import annotations

import random

from wfopt.model.history import Point


def point(
    number: int,
    wall_s: float,
    *,
    status: str = "succeeded",
    cpu_s: float | None = None,
    peak_memory_bytes: int | None = None,
    input_bytes: int | None = None,
    host: str = "north",
    timed_out: bool = False,
) -> Point:
    """Return the point of the run `run-<number>`, which started that many minutes after the epoch."""
    return Point(
        f"run-{number}",
        60.0 * number,
        status,
        wall_s,
        cpu_s,
        peak_memory_bytes,
        input_bytes,
        host,
        4,
        timed_out,
    )


def seeded(seed: int) -> random.Random:
    """Return a source of random numbers that are the same every time."""
    return random.Random(seed)  # noqa: S311 - nothing here is a secret
