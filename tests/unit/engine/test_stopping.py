"""Signals, as a run sees them."""

import pytest

from tests.support.runs import FakeInterrupts
from wfopt.engine.stopping import Stop


@pytest.mark.parametrize(
    ("batches", "heard", "number", "forced"),
    [
        ([[]], [False], None, False),
        ([[2]], [True], 2, False),
        ([[2], []], [True, False], 2, False),
        ([[15], [2]], [True, True], 15, True),
        ([[2, 2]], [True], 2, True),
        ([[1], [], [15], []], [True, False, True, False], 1, True),
        ([[2, 15, 1]], [True], 2, True),
    ],
)
def test_the_first_signal_names_the_end_and_the_second_forces_it(
    batches: list[list[int]], heard: list[bool], number: int | None, forced: bool
) -> None:
    interrupts = FakeInterrupts()
    stop = Stop(interrupts)
    found = []
    for batch in batches:
        interrupts.numbers += batch
        found.append(stop.listen())
    assert (found, stop.number, stop.forced) == (heard, number, forced)
