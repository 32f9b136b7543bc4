"""What runs at once stays within what there is."""

import pytest

from tests.support.builders import step
from tests.support.pools import Pool
from wfopt.model.workflow import MatrixGroup, Step
from wfopt.resources.pool import Capacity

GROUP = MatrixGroup(definition="t", max_parallel=1, fail_fast=False)
FREE = MatrixGroup(definition="u", max_parallel=None, fail_fast=False)
ROOM = Capacity(slots=3, cpu_milli=3000, memory_bytes=10, tokens={"gpu": 1})


@pytest.mark.parametrize(
    ("steps", "fits"),
    [
        ([step(name, cpu_milli=1) for name in "abcd"], [True, True, True, False]),
        ([step("a", cpu_milli=2000), step("b", cpu_milli=1001), step("c")], [True, False, True]),
        ([step("a", cpu_milli=9000), step("b", cpu_milli=1)], [True, False]),
        ([step("a", memory_bytes=6), step("b", memory_bytes=5), step("c")], [True, False, True]),
        ([step("a", tokens={"gpu": 1}), step("b", tokens={"gpu": 1})], [True, False]),
        ([step("a", tokens={"unknown": 1})], [False]),
        ([step("a", group=GROUP), step("b", group=GROUP), step("c", group=FREE)], [True, False, True]),
    ],
)
def test_limits(steps: list[Step], fits: list[bool]) -> None:
    pool = Pool(steps, ROOM)
    assert [pool.take(node) for node in range(len(steps))] == fits
    for node in [node for node, taken in enumerate(fits) if taken]:
        pool.release(node)
    assert [pool.take(node) for node in range(len(steps))] == fits


def test_memory_without_limit() -> None:
    assert Pool([step("a", memory_bytes=10**15)], Capacity(slots=1, cpu_milli=1)).take(0)


@pytest.mark.parametrize(("slots", "cpu_milli", "full"), [(1, 2000, True), (2, 1000, True), (2, 2000, False)])
def test_full(slots: int, cpu_milli: int, full: bool) -> None:
    pool = Pool([step("a")], Capacity(slots=slots, cpu_milli=cpu_milli))
    assert not pool.full
    pool.take(0)
    assert pool.full is full


def test_copy_is_apart() -> None:
    everything = step("a", cpu_milli=3000, memory_bytes=10, tokens={"gpu": 1}, group=GROUP)
    pool = Pool([everything], ROOM)
    twin = pool.copy()
    assert twin.take(0)
    assert not twin.take(0)
    assert pool.take(0)


def test_interactive_step_has_the_run_for_itself() -> None:
    pool = Pool([step("a", cpu_milli=1), step("shell", cpu_milli=1, interactive=True)], ROOM)
    assert pool.take(0)
    assert not pool.take(1)
    assert not pool.full
    pool.release(0)
    assert pool.take(1)
    assert pool.full
    assert not pool.take(0)
    twin = pool.copy()
    assert twin.full
    assert not twin.take(0)
    pool.release(1)
    assert not pool.full
    assert pool.take(0)


def test_interactive_steps_run_one_after_another() -> None:
    pool = Pool([step(name, cpu_milli=1, interactive=True) for name in "ab"], ROOM)
    assert [pool.take(0), pool.take(1)] == [True, False]
    pool.release(0)
    assert pool.take(1)


def test_interactive_step_must_fit_too() -> None:
    pool = Pool([step("shell", tokens={"gpu": 2}, interactive=True), step("a")], ROOM)
    assert not pool.take(0)
    assert not pool.full
    assert pool.take(1)


def test_taking_an_interactive_step_from_a_copy_changes_nothing_here() -> None:
    pool = Pool([step("shell", interactive=True), step("a")], ROOM)
    assert pool.copy().take(0)
    assert pool.take(1)
