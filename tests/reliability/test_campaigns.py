"""The short forms of the campaigns; `python -m tests.campaign` runs the long ones."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.campaign.crew import run
from tests.campaign.registry import named

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

QUICK_CHILDREN = range(27)
"""All kinds but those whose time runs out ten seconds late."""

SIGNALS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 40, 41, 44)
"""Every phase, about half of them with two signals."""

SECRETS = (3, 5, 9, 10, 15, 16, 18, 20, 21, 23, 26, 27, 28)
"""Forms that a step prints, and ways through wfopt's own messages and values."""


@pytest.mark.parametrize(
    ("name", "numbers", "seed"),
    [
        ("files", range(1500), 1),
        ("bytes", range(200), 1),
        ("injection", range(40), 1),
        ("children", QUICK_CHILDREN, 1),
        ("flood", range(2), 1),
        ("signals", SIGNALS, 1),
        ("kills", range(6), 1),
        ("secrets", SECRETS, 1),
    ],
)
def test_every_case_passes(name: str, numbers: Sequence[int], seed: int) -> None:
    tally = run(named(name), numbers, seed=seed)
    assert not tally.failures, tally.explained()
    assert tally.cases == len(numbers)
