"""Who sees to limits, where several do."""

from __future__ import annotations

from wfopt.engine.executors.levels import weaker
from wfopt.model.outcome import Enforcer

KERNEL, WATCHDOG, ADVISORY = Enforcer.KERNEL, Enforcer.WATCHDOG, Enforcer.ADVISORY


def test_no_more_is_promised_than_the_weaker_one_can_do() -> None:
    behind = {"memory": KERNEL, "pids": KERNEL, "cpu": ADVISORY}
    front = {"memory": WATCHDOG, "cpu": WATCHDOG, "nice": KERNEL}
    expected = {"memory": WATCHDOG, "pids": KERNEL, "cpu": ADVISORY, "nice": KERNEL}
    assert weaker(behind, front) == weaker(front, behind) == expected
    assert weaker(behind, {}) == behind
