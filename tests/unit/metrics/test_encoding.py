"""Runs are packed into few bytes and come back whole."""

from __future__ import annotations

import zlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.history import not_started, past_attempt, story
from wfopt.metrics.attempt_encoding import pack_attempts, plain, unpack_attempts
from wfopt.metrics.encoding import RAN, RECORD_BYTES, squeeze, to_bytes, to_text, unsqueeze
from wfopt.metrics.run_encoding import (
    MOST_PRINTED_BYTES,
    MOST_PRINTED_BYTES_A_RUN,
    MOST_SAMPLES,
    Cast,
    cast_hash,
    cast_of,
    pack_cast,
    pack_printed,
    pack_samples,
    unpack_cast,
    unpack_printed,
    unpack_samples,
)
from wfopt.model.history import NO_SIZES, PastAttempt, Sample, Shape
from wfopt.model.outcome import Enforcer, LimitHit, LimitKind, StepStatus
from wfopt.model.workflow import StepId

CAST = tuple(StepId(name) for name in ("a", "b", "c", "d"))
SECONDS = st.floats(0, 1e9, allow_nan=False)
SIZES = st.integers(0, 1 << 50)
LIMITS = st.builds(
    LimitHit,
    kind=st.sampled_from(LimitKind),
    limit=SECONDS,
    observed=SECONDS,
    enforced_by=st.sampled_from(Enforcer),
)
STARTED = st.builds(
    PastAttempt,
    step=st.sampled_from(CAST),
    attempt=st.integers(1, 9),
    status=st.sampled_from(StepStatus),
    reason=st.text(max_size=5),
    allowed=st.booleans(),
    key=st.sampled_from(["", "k" * 24]),
    started_s=st.none() | SECONDS,
    waited_s=SECONDS,
    wall_s=st.none() | SECONDS,
    cpu_s=st.none() | SECONDS,
    peak_memory_bytes=st.none() | SIZES,
    read_bytes=SIZES,
    written_bytes=SIZES,
    input_bytes=st.none() | SIZES,
    exit_code=st.none() | st.integers(0, 255),
    signal=st.none() | st.integers(1, 64),
    limit=st.none() | LIMITS,
    cpu_milli=SIZES,
    memory_bytes=st.none() | SIZES,
    critical=st.booleans(),
    sizes=st.just(NO_SIZES),
)
NOT_STARTED = st.builds(
    not_started,
    st.sampled_from(CAST),
    st.sampled_from(StepStatus),
    st.text(max_size=5),
    allowed=st.booleans(),
)


def there_and_back(attempts: tuple[PastAttempt, ...]) -> tuple[PastAttempt, ...]:
    packed = pack_attempts(CAST, attempts)
    assert len(packed.statuses) == len(CAST)
    assert len(packed.records) == RECORD_BYTES * sum(bool(status & RAN) for status in packed.statuses)
    return unpack_attempts(CAST, packed.statuses, packed.records, packed.early, packed.details)


@settings(max_examples=40, deadline=None)
@given(st.lists(STARTED | NOT_STARTED, max_size=8).map(tuple))
def test_attempts_come_back(attempts: tuple[PastAttempt, ...]) -> None:
    expected = attempts
    if plain(CAST, attempts) is not None:
        expected = tuple(sorted(attempts, key=lambda each: CAST.index(each.step)))
    assert there_and_back(attempts) == expected


def test_steps_that_were_not_started_keep_how_they_ended_and_why() -> None:
    told = PastAttempt(step=CAST[0], attempt=0, status=StepStatus.CACHED, reason="why", key="k", cpu_milli=7)
    (found,) = there_and_back((told,))
    assert found == not_started("a", reason="why")
    first, _ = there_and_back((told, past_attempt("b")))
    assert first == not_started("a", reason="why")


def test_times_that_cannot_be_become_zero() -> None:
    odd = past_attempt("a", float("inf"), cpu_s=-1.0, waited_s=float("nan"), started_s=-3.0)
    (found,) = there_and_back((odd,))
    assert (found.wall_s, found.cpu_s, found.waited_s, found.started_s) == (0.0, 0.0, 0.0, 0.0)


def test_a_step_takes_few_bytes() -> None:
    cast = tuple(StepId(f"step-{number}") for number in range(1000))
    attempts = [
        past_attempt(
            step, number / 7, key=f"{number * 7919:024}", peak_memory_bytes=number << 12, reason="new"
        )
        for number, step in enumerate(cast)
    ]
    packed = pack_attempts(cast, attempts)
    assert len(packed.statuses + packed.records + packed.early + packed.details) < 100 * len(cast)
    idle = pack_attempts(cast, [not_started(step) for step in cast])
    assert len(idle.statuses + idle.records + idle.early + idle.details) < 1100


def test_columns_of_different_lengths_are_damage() -> None:
    packed = pack_attempts(CAST, [past_attempt("a"), past_attempt("b")])
    details = unsqueeze(packed.details)
    details["step"].append(1)
    with pytest.raises(ValueError, match="different lengths"):
        unpack_attempts(CAST, packed.statuses, packed.records, packed.early, squeeze(details))
    with pytest.raises(ValueError, match="not as many records"):
        unpack_attempts(CAST, packed.statuses, packed.records[:-8], packed.early, packed.details)


def test_more_steps_than_the_graph_has_are_left_out() -> None:
    packed = pack_attempts(CAST, [not_started(step) for step in CAST])
    assert len(unpack_attempts(CAST[:2], b"", b"", b"", packed.details)) == 2


@given(st.text(st.characters(), max_size=9))
def test_any_text_comes_back(text: str) -> None:
    assert to_text(to_bytes(text)) == text
    assert unsqueeze(squeeze([text])) == [text]


def test_what_is_far_too_large_is_not_unpacked() -> None:
    with pytest.raises(ValueError, match="too large"):
        unsqueeze(zlib.compress(bytes(33 << 20), 9))
    with pytest.raises(ValueError, match="cut off"):
        unsqueeze(squeeze(list(range(1000)))[:-5])


def test_casts_come_back_and_differ() -> None:
    one = cast_of(
        story("r", [past_attempt("a"), past_attempt("finally:x")], steps=["a", "b"], edges=[(0, 1)])
    )
    assert one.members == ("a", "b", "finally:x")
    assert unpack_cast(pack_cast(one)) == one
    others = (
        Cast(one.members, Shape(one.members, one.shape.edges)),
        Cast(one.members, replace(one.shape, edges=())),
        Cast(one.members[:2], one.shape),
    )
    assert len({cast_hash(each) for each in (one, *others)}) == 4


@pytest.mark.parametrize("count", [0, 1, MOST_SAMPLES, MOST_SAMPLES + 1, 1234])
def test_samples_are_thinned(count: int) -> None:
    samples = [Sample(number / 2, 1.5, number << 20, number) for number in range(count)]
    found = unpack_samples(pack_samples(samples))
    assert len(found) == min(count, MOST_SAMPLES)
    assert found[:1] == tuple(samples[:1])
    assert found[-1:] == tuple(samples[-1:])
    assert [each.at for each in found] == sorted({each.at for each in found})


def test_the_end_of_what_was_printed_is_kept() -> None:
    text = "x" + "ä" * MOST_PRINTED_BYTES
    found = unpack_printed(pack_printed({StepId("a"): text, StepId("b"): "short"}))
    assert found[StepId("b")] == "short"
    assert found[StepId("a")] == "ä" * (MOST_PRINTED_BYTES // 2)
    odd = unpack_printed(pack_printed({StepId("a"): "ä" * MOST_PRINTED_BYTES + "x"}))
    assert odd[StepId("a")] == "ä" * (MOST_PRINTED_BYTES // 2 - 1) + "x"


def test_a_run_keeps_so_much_of_what_was_printed() -> None:
    printed = {StepId(f"s{number}"): "y" * 20_000 for number in range(20)}
    found = unpack_printed(pack_printed(printed))
    assert sum(map(len, found.values())) == MOST_PRINTED_BYTES_A_RUN
    assert list(found) == list(printed)
    assert pack_printed({}) is None
    assert unpack_printed(None) == {}
