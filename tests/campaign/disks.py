"""A state folder on a disk that is full up to some level, from the start or in the middle of a run.

The run goes on and makes the right outputs, `gc` and `clear` make room without a byte left, and with room
everything is stored. Each batch has disks of its own, in a namespace.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.campaign.base import Campaign, Verdict
from tests.campaign.crew import ROOT
from tests.support.commands import clean_environ
from tests.support.small_disks import INSIDE

DISK = 16 << 20
"""Bytes of a disk."""

STEP = 64 << 10
LEVELS = 200
_LARGE = 8 << 20
_ODD = (0, 4096, 20_480, 61_440)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """How full the disk is.

    Attributes:
        left: the bytes that are free.
        during: whether it fills up while a step runs, or before.
        warm: whether results for another input are stored before.
    """

    left: int
    during: bool
    warm: bool


def case_of(number: int) -> Case:
    """Return a case: every level before the run, and every level during it."""
    level, way = number % LEVELS, number // LEVELS
    left = level * STEP // (2 if way >= 2 else 1) + _ODD[level % len(_ODD)]
    return Case(left=left, during=bool(way % 2), warm=way >= 2)


def content() -> bytes:
    """Return bytes without holes or repetitions."""
    return Random(1).randbytes(_LARGE)  # noqa: S311 - the same every time


def material(seed: int, number: int) -> bytes:
    """Return what a case is."""
    return f"{case_of(number)}\n".encode()


def check(seed: int, numbers: Sequence[int], folder: Path) -> Iterator[Verdict]:
    """Check cases one after the other."""
    words = [*INSIDE, sys.executable, "-m", "tests.campaign.small_disk", json.dumps(list(numbers))]
    environ = clean_environ({"PYTHONPATH": str(ROOT)})
    with subprocess.Popen(words, cwd=folder, env=environ, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for line in process.stdout:
            yield Verdict(**json.loads(line))


CAMPAIGN = Campaign(
    name="disks",
    summary="a full disk costs stored results and nothing else, and can be freed",
    cases=4 * LEVELS,
    jobs=2,
    batch=50,
    patience_s=120.0,
    check=check,
    material=material,
)
