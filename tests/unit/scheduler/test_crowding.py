"""How long a schedule keeps all cpus busy."""

import pytest

from wfopt.scheduler.crowding import crowded_s
from wfopt.scheduler.schedule import Schedule


def schedule(*times: tuple[float, float]) -> Schedule:
    starts, ends = tuple(start for start, _ in times), tuple(end for _, end in times)
    order = tuple(sorted(range(len(times)), key=starts.__getitem__))
    return Schedule(order=order, ready=starts, starts=starts, ends=ends, makespan=max(ends, default=0.0))


@pytest.mark.parametrize(
    ("times", "loads", "cpus", "expected"),
    [
        ([], [], 2.0, 0.0),
        ([(0.0, 4.0), (1.0, 3.0)], [1.0, 1.0], 2.0, 2.0),
        ([(0.0, 4.0), (1.0, 3.0)], [1.0, 0.9], 2.0, 2.0),
        # One of them sleeps most of the time.
        ([(0.0, 4.0), (1.0, 3.0)], [1.0, 0.2], 2.0, 0.0),
        # There is a cpu left.
        ([(0.0, 4.0), (1.0, 3.0)], [1.0, 1.0], 4.0, 0.0),
        # A step alone is as quick as it always was, however many cpus it uses.
        ([(0.0, 4.0)], [2.0], 2.0, 0.0),
        ([(0.0, 4.0), (4.0, 5.0)], [1.0, 1.0], 1.0, 0.0),
        ([(0.0, 2.0), (2.0, 4.0), (0.0, 4.0), (1.0, 1.0)], [1.0, 1.0, 1.0, 1.0], 2.0, 4.0),
    ],
)
def test_the_time_in_which_all_cpus_are_busy(
    times: list[tuple[float, float]], loads: list[float], cpus: float, expected: float
) -> None:
    assert crowded_s(schedule(*times), loads, cpus) == expected
