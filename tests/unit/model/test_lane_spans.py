"""Spans are laid out so that no lane holds two at a time."""

import random
from itertools import pairwise

import pytest

from wfopt.model.lanes import lanes_of

Span = tuple[float, float]


@pytest.mark.parametrize(
    ("spans", "lanes"),
    [
        ([], []),
        ([(0.0, 1.0)], [0]),
        ([(0.0, 1.0), (1.0, 2.0)], [0, 0]),
        ([(0.0, 2.0), (1.0, 3.0)], [0, 1]),
        ([(1.0, 3.0), (0.0, 2.0)], [1, 0]),
        ([(0.0, 5.0), (0.0, 1.0), (0.0, 3.0), (2.0, 4.0)], [0, 1, 2, 1]),
        # The lowest lane that is free, not the one that was freed first.
        ([(0.0, 3.0), (0.0, 2.0), (0.0, 1.0), (3.5, 4.0)], [0, 1, 2, 0]),
        # An end is noticed a little late.
        ([(0.0, 1.0002), (1.0, 2.0)], [0, 0]),
        # Spans without length take a lane all the same.
        ([(0.0, 2.0), (1.0, 1.0), (1.0, 1.0)], [0, 1, 1]),
        ([(2.0, 1.0), (2.0, 3.0)], [0, 0]),
    ],
)
def test_each_span_takes_the_lowest_lane_that_is_free(spans: list[Span], lanes: list[int]) -> None:
    assert lanes_of(spans, 0.0005) == lanes


@pytest.mark.parametrize("seed", range(8))
def test_no_lane_holds_two_and_none_is_too_many(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - reproducible spans
    starts = [round(chance.uniform(0, 20), 1) for _ in range(60)]
    spans = [(start, start + 0.1 + round(chance.uniform(0, 4), 1)) for start in starts]
    lanes = lanes_of(spans, 0.0005)
    for lane in set(lanes):
        own = sorted(span for span, place in zip(spans, lanes, strict=True) if place == lane)
        assert all(first[1] <= then[0] + 0.001 for first, then in pairwise(own))
    most = max(sum(start <= moment < end - 0.001 for start, end in spans) for moment, _ in spans)
    assert max(lanes) + 1 == most
