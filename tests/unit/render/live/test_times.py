"""Durations in the live display."""

import pytest

from wfopt.render.live.times import interval, rounded, whole_seconds
from wfopt.render.live.view import Span


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-1, "0 s"), (0, "0 s"), (59.99, "59 s"), (60, "1m 00s"), (3599.9, "59m 59s"), (90_000, "1d 01h")],
)
def test_time_that_has_passed_is_not_rounded_up(seconds: float, text: str) -> None:
    assert whole_seconds(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.5, "1m 00s"), (59.4, "59 s")]
)
def test_time_that_is_expected_is_rounded(seconds: float, text: str) -> None:
    assert rounded(seconds) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [(15, 25, "15-25 s"), (15.1, 14.9, ""), (1, 90, "1.0 s-1m 30s"), (70, 90, "1m 10s-1m 30s")],
)
def test_an_interval(low: float, high: float, text: str) -> None:
    assert interval(Span(expected_s=20, low_s=low, high_s=high), "-") == text
