"""The short forms of the campaigns; `python -m tests.campaign` runs the long ones."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.campaign.crew import run
from tests.campaign.mutants import MUTANTS, ROOT, Mutant
from tests.campaign.planted import ATTACKS
from tests.campaign.registry import named
from tests.support import small_disks

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

QUICK_CHILDREN = range(27)
"""All kinds but those whose time runs out ten seconds late."""

SIGNALS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 40, 41, 44)
"""Every phase, about half of them with two signals."""

SECRETS = (3, 5, 9, 10, 15, 16, 18, 20, 21, 23, 26, 27, 28)
"""Forms that a step prints, and ways through wfopt's own messages and values."""


HOSTILE = (0, 44, 124, 139, len(ATTACKS) + 3)
"""Some of everything that can be planted, and one by commands."""


FLIPS = (*range(60), *range(3000, 3100, 25))
"""Every damage, and some truncations."""


@pytest.mark.parametrize(
    ("name", "numbers", "seed"),
    [
        ("files", range(300), 1),
        ("bytes", range(100), 1),
        ("injection", range(20), 1),
        ("children", QUICK_CHILDREN, 1),
        ("flood", range(2), 1),
        ("signals", SIGNALS, 1),
        ("kills", range(6), 1),
        ("secrets", SECRETS, 1),
        ("trees", range(20), 1),
        ("races", range(0, 60, 12), 1),
        ("flips", FLIPS, 1),
        ("store", range(12), 1),
        ("store", range(125, 137), 1),
        ("rerun", range(20), 1),
        ("resume", (0, 1, 5), 1),
        ("edits", range(0, 1700, 150), 1),
        ("clocks", range(0, 400, 40), 1),
        ("faults", range(25), 1),
        ("hostile", HOSTILE, 1),
        ("damage", (*range(0, 300, 38), 300), 1),
    ],
)
def test_every_case_passes(name: str, numbers: Sequence[int], seed: int) -> None:
    tally = run(named(name), numbers, seed=seed)
    assert not tally.failures, tally.explained()
    assert tally.cases == len(numbers)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_what_a_mutant_changes_stands_in_the_file(mutant: Mutant) -> None:
    assert mutant.old in (ROOT / "wfopt" / "optimizer" / mutant.file).read_text()


@pytest.mark.skipif(not small_disks.are_possible(), reason="no disks of our own can be made here")
def test_a_disk_that_is_full_costs_stored_results_alone() -> None:
    numbers = (0, 3, 90, 205, 290, 330)
    tally = run(named("disks"), numbers)
    assert not tally.failures, tally.explained()
    assert tally.cases == len(numbers)
