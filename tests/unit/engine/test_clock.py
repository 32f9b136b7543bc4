"""The machine's clock."""

import time

from wfopt.engine.clock import SystemClock


def test_shows_the_monotonic_time() -> None:
    before = time.monotonic()
    assert before <= SystemClock().now() <= time.monotonic()


def test_shows_the_time_of_day() -> None:
    # 2024-01-01 and 2100-01-01.
    assert 1_704_067_200 < SystemClock().wall() < 4_102_444_800
