"""What all rules for alerts share."""

from __future__ import annotations

import pytest

from wfopt.resources.alerts.base import Rule, Unit, percent, threshold_text
from wfopt.resources.alerts.rules.disk import DISK
from wfopt.resources.alerts.rules.memory import MEMORY


@pytest.mark.parametrize(
    ("rule", "reading", "beyond", "back"),
    [
        (MEMORY, 0.95, True, False),
        (MEMORY, 0.90, True, False),
        (MEMORY, 0.89, False, False),
        (MEMORY, 0.85, False, True),
        (DISK, 2**30, True, False),
        (DISK, 2**29, True, False),
        (DISK, 2**30 + 1, False, False),
        (DISK, 2**31, False, True),
    ],
)
def test_between_alarming_and_fine_there_is_room(
    rule: Rule, reading: float, beyond: bool, back: bool
) -> None:
    assert (rule.beyond(reading, rule.warning), rule.back(reading, rule.warning)) == (beyond, back)


@pytest.mark.parametrize(
    ("unit", "threshold", "text"),
    [
        (Unit.SHARE, 0.97, "97 %"),
        (Unit.SHARE, 0.905, "90.5 %"),
        (Unit.SHARE, 1.5, "150 %"),
        (Unit.SIZE, 100 << 20, "100 MiB"),
        (Unit.FACTOR, 3.0, "3 times"),
        (Unit.FACTOR, 1.25, "1.25 times"),
    ],
)
def test_thresholds_for_people(unit: Unit, threshold: float, text: str) -> None:
    assert threshold_text(unit, threshold) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "0 %"), (0.57, "57 %"), (0.9999, "99 %"), (1.0, "100 %"), (2.5, "250 %")]
)
def test_shares_for_people(share: float, text: str) -> None:
    assert percent(share) == text
