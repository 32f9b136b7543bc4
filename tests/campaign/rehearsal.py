"""Cases with every kind of trouble, to see that a campaign would notice."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.campaign.base import Campaign, Verdict

TROUBLES = ("fine", "trouble", "raises", "dies", "hangs", "fine")


def material(seed: int, number: int) -> bytes:
    """Return the name of the trouble."""
    return TROUBLES[number % len(TROUBLES)].encode()


def check(seed: int, numbers: Sequence[int], folder: Path) -> Iterator[Verdict]:
    """Have the trouble."""
    for number in numbers:
        trouble = TROUBLES[number % len(TROUBLES)]
        if trouble == "raises":
            raise ValueError("raised on purpose")
        if trouble == "dies":
            os.abort()
        if trouble == "hangs":
            threading.Event().wait()
        yield Verdict(
            case=number, label=trouble, trouble="expected" if trouble == "trouble" else "", wall_s=1.0
        )


CAMPAIGN = Campaign(
    name="rehearsal",
    summary="shows that trouble is noticed",
    cases=len(TROUBLES),
    jobs=2,
    batch=len(TROUBLES),
    patience_s=1.5,
    check=check,
    material=material,
)
