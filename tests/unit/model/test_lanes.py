"""Which slot each attempt had."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.history import not_started, past_attempt
from wfopt.model.lanes import NO_SLOT, slots_of, span_us


@pytest.mark.parametrize(
    ("times", "slots"),
    [
        ([], ()),
        ([(0, 2), (0, 1), (1, 1)], (1, 0, 0)),
        ([(1, 1), (0, 1)], (0, 0)),
        ([(0, 5), (1, 1), (2, 1), (1, 5)], (0, 1, 1, 2)),
        ([(0, 1), (0, 1), (0, 1), (1, 1)], (0, 1, 2, 0)),
        ([(0, 0), (0, 0), (0, 1)], (0, 0, 0)),
        ([(0.1, 0.2), (0.30000000000000004, 1)], (0, 0)),
    ],
)
def test_each_attempt_takes_the_lowest_free_slot(
    times: list[tuple[float, float]], slots: tuple[int, ...]
) -> None:
    attempts = [past_attempt("a", wall, started_s=start) for start, wall in times]
    assert slots_of(attempts) == slots


def test_what_was_not_started_has_no_slot() -> None:
    attempts = [past_attempt("a"), not_started("b"), past_attempt("c")]
    assert slots_of(attempts) == (0, NO_SLOT, 1)
    assert span_us(attempts[1]) is None


def test_spans_are_whole_microseconds() -> None:
    assert span_us(past_attempt("a", 0.1234567, started_s=1.0000004)) == (1_000_000, 1_123_457)


TIMES = st.floats(0, 100).map(lambda value: round(value, 1))


@given(st.lists(st.tuples(TIMES, TIMES), max_size=30))
def test_slots_never_overlap_and_are_as_few_as_can_be(times: list[tuple[float, float]]) -> None:
    attempts = [past_attempt("a", wall, started_s=start) for start, wall in times]
    spans = [span for each in attempts if (span := span_us(each))]
    slots = slots_of(attempts)
    for slot in set(slots):
        own = sorted(span for span, each in zip(spans, slots, strict=True) if each == slot)
        assert all(first[1] <= then[0] for first, then in itertools.pairwise(own))
    # What lasts no time needs a slot of its own only where something else is under way.
    moments = [start for start, _ in spans]
    most = max((sum(start <= at < max(end, start + 1) for start, end in spans) for at in moments), default=0)
    assert len(set(slots)) <= most
