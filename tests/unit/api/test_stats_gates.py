"""Which runs a gate looks at."""

from __future__ import annotations

import pytest

from tests.support.history import FakeHistory, past_run, story
from wfopt.api.stats_gates import USUAL_FLOOR, judged
from wfopt.metrics.gate import GateResult, parse_gate
from wfopt.model.history import Scope


def result(walls: list[tuple[float, float]]) -> GateResult:
    """Return what a gate says of runs with these wall and cpu seconds."""
    told = [
        story(past_run(f"r{number:03}", wall_s=wall, cpu_s=cpu)) for number, (wall, cpu) in enumerate(walls)
    ]
    history = FakeHistory(told)
    (found,) = judged(history, Scope(), (parse_gate("wall p50 +10%"),), host="north", floor=USUAL_FLOOR)
    return found


BUSY = [(10.0, 5.0)] * 12
SLOWER = [(20.0, 5.0)] * 5
NOTHING_RAN = [(0.1, 0.0)] * 6


@pytest.mark.parametrize(
    ("walls", "tripped"),
    [
        ([*BUSY, *SLOWER], True),
        ([*BUSY, *SLOWER, *NOTHING_RAN], True),
        ([*BUSY, *NOTHING_RAN, *BUSY[:5]], False),
        ([*NOTHING_RAN, *BUSY], False),
    ],
)
def test_runs_in_which_nothing_ran_do_not_count(walls: list[tuple[float, float]], tripped: bool) -> None:
    assert result(walls).tripped is tripped
