"""What is free is counted exactly, however many resources there are."""

import pytest

from wfopt.scheduler.base import Demands
from wfopt.scheduler.stock import Packing, Stock

SLOTS, CPU, MEMORY = range(3)


def stock(*rows: tuple[int, int, int], capacity: tuple[int, int, int] = (3, 4000, 7)) -> Stock:
    """Return a stock of slots, cpu and memory; node for node, the rows are what each takes."""
    demands = Demands(
        resources=("slots", "cpu", "memory"), capacity=capacity, rows=rows, kinds=tuple(range(len(rows)))
    )
    return Stock(Packing(demands))


def short_of(free: Stock, node: int) -> list[int]:
    missing = free.lacking(node)
    return [place for place, (guard, _) in enumerate(free.packing.fields) if missing & guard]


@pytest.mark.parametrize(
    ("rows", "fits"),
    [
        ([(1, 1000, 0)] * 4, [True, True, True, False]),
        ([(1, 4000, 0), (1, 1, 0)], [True, False]),
        ([(1, 3000, 0), (1, 1001, 0), (1, 1000, 7)], [True, False, True]),
        ([(1, 1, 4), (1, 1, 4), (1, 1, 3)], [True, False, True]),
        ([(3, 1, 0), (1, 1, 0)], [True, False]),
    ],
)
def test_limits(rows: list[tuple[int, int, int]], fits: list[bool]) -> None:
    free = stock(*rows)
    for _ in range(2):
        assert [free.take(node) for node in range(len(rows))] == fits
        for node in [node for node, taken in enumerate(fits) if taken]:
            free.release(node)
    assert free.slots == 3


def test_fits_takes_nothing() -> None:
    free = stock((3, 1, 0))
    assert free.fits(0)
    assert free.take(0)
    assert not free.fits(0)


def test_full_means_that_nobody_has_room() -> None:
    free = stock((1, 1500, 0), (1, 2000, 2))
    assert not free.full
    free.take(1)
    assert not free.full
    free.take(0)
    assert (free.slots, free.full) == (1, True)


def test_full_without_nodes() -> None:
    assert not stock().full


def test_lacking_names_the_resources() -> None:
    free = stock((2, 3000, 7), (1, 2000, 1))
    assert short_of(free, 0) == []
    free.take(1)
    assert short_of(free, 0) == [CPU, MEMORY]
    free.take(0)
    free.take(1)
    assert short_of(free, 0) == [SLOTS, CPU, MEMORY]


def test_less_of_some_resources() -> None:
    packing = stock((1, 2000, 0), (1, 3000, 4), (1, 1000, 4)).packing
    cpu = packing.fields[CPU][0]
    assert [packing.less(kind, 1) for kind in range(3)] == [cpu, 0, cpu]
    assert packing.less(1, 0) == 0


def test_hold_leaves_what_the_holder_cannot_use() -> None:
    free = stock((1, 3000, 2), (1, 4000, 1), (1, 1, 0), (1, 0, 1), (1, 0, 5))
    free.take(0)
    held = free.copy()
    held.hold(1)
    assert held.slots == 1
    assert not held.fits(2)
    assert not held.fits(4)
    assert held.fits(3)
    assert free.fits(2)


def test_copy_is_apart() -> None:
    free = stock((3, 4000, 7))
    twin = free.copy()
    assert twin.take(0)
    assert free.take(0)


def test_a_resource_of_which_there_is_none() -> None:
    free = stock((1, 1, 0), (1, 1, 0), capacity=(2, 2, 0))
    assert free.take(0)
    assert free.take(1)
    assert free.slots == 0
