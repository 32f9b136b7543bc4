"""The course of a run in few samples."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfopt.metrics.thinning import Thinning, sample_of
from wfopt.model.history import Sample
from wfopt.model.samples import MachineSample, StepSample, Tick
from wfopt.model.workflow import StepId


def thinned(values: list[float], most: int = 4) -> tuple[Sample, ...]:
    thinning = Thinning(most)
    for place, value in enumerate(values):
        thinning.add(Sample(at=place, cpus=value, memory_bytes=int(value), running=int(value)))
    return thinning.samples()


def test_few_samples_stay_as_they_are() -> None:
    assert [each.cpus for each in thinned([3, 1, 2])] == [3, 1, 2]
    assert thinned([]) == ()


def test_neighbors_are_merged() -> None:
    assert thinned([0, 4, 2, 0]) == (Sample(1, 2.0, 4, 4), Sample(3, 1.0, 2, 2))
    # The last stands for one so far, then for two.
    assert thinned([0, 4, 2, 0, 9])[2] == Sample(4, 9.0, 9, 9)
    assert thinned([0, 4, 2, 0, 9, 1])[2] == Sample(5, 5.0, 9, 9)


def test_weights_are_equal_after_many_mergers() -> None:
    values = [float(each) for each in range(32)]
    assert [each.cpus for each in thinned(values)] == [sum(range(16)) / 16, sum(range(16, 32)) / 16]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 100), max_size=300), st.sampled_from([2, 4, 10]))
def test_bounds_and_peaks(values: list[float], most: int) -> None:
    samples = thinned(values, most)
    assert len(samples) <= most
    assert [each.at for each in samples] == sorted({each.at for each in samples})
    assert max((each.memory_bytes for each in samples), default=0) == int(max(values, default=0))
    if values:
        assert samples[-1].at == len(values) - 1
        assert min(values) - 1e-9 <= min(each.cpus for each in samples)
        assert max(each.cpus for each in samples) <= max(values) + 1e-9


def test_a_long_run_keeps_at_most_two_hundred() -> None:
    thinning = Thinning()
    for place in range(2000):
        thinning.add(Sample(at=place, cpus=1.5, memory_bytes=place, running=2))
    samples = thinning.samples()
    assert 100 <= len(samples) <= 200
    assert {each.cpus for each in samples} == {1.5}


@pytest.mark.parametrize("count", [0, 2])
def test_all_steps_together(count: int) -> None:
    step = StepSample(cpus_busy=0.5, cpu_s=3.0, memory_bytes=100)
    steps = {StepId(str(number)): step for number in range(count)}
    tick = Tick(at=7.0, machine=MachineSample(cpus_busy=2.0, cpus=2.0), steps=steps)
    assert sample_of(tick) == Sample(at=7.0, cpus=0.5 * count, memory_bytes=100 * count, running=count)
