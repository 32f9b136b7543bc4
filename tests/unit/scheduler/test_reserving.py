"""Who passes the first one that does not fit must not delay it."""

import pytest

from wfopt.scheduler.base import Demands
from wfopt.scheduler.reserving import Reserving
from wfopt.scheduler.stock import Packing, Stock

HEAD, SHORT, LONG, TINY, WIDE = range(2, 7)
"""What they ask for is in `ROWS`; nodes 0 and 1 run."""

ROWS = ((1, 3), (1, 1), (1, 4), (1, 1), (1, 1), (1, 0), (1, 2))


def reserving(
    weights: tuple[float, ...], running: dict[int, float], *, cpus: int = 5, now: float = 0.0
) -> Reserving:
    demands = Demands(
        resources=("slots", "cpu"), capacity=(7, cpus), rows=ROWS, kinds=tuple(range(len(ROWS)))
    )
    stock = Stock(Packing(demands))
    for node in running:
        assert stock.take(node)
    return Reserving(stock, weights, running, now)


def test_nothing_is_reserved_while_everything_fits() -> None:
    room = reserving((10.0,) * 7, {0: 0.0})
    assert room.take(LONG)
    assert room.take(SHORT)
    assert not room.take(HEAD)


@pytest.mark.parametrize(
    ("seconds", "cpus", "fits"),
    [
        (10.0, 4, True),  # ends just in time
        (10.5, 4, False),  # would delay the first one
        (10.5, 5, True),  # is left over beside it
    ],
)
def test_passing(seconds: float, cpus: int, fits: bool) -> None:
    room = reserving((10.0, 1, 5, seconds, 1, 1, 1), {0: 0.0}, cpus=cpus)
    assert not room.take(HEAD)
    assert room.take(SHORT) is fits
    assert not room.full


def test_what_is_left_over_is_given_once() -> None:
    room = reserving((10.0, 1, 5, 50, 50, 50, 50), {0: 0.0})
    assert not room.take(HEAD)
    assert not room.take(WIDE)
    assert room.take(LONG)
    assert not room.take(SHORT)
    assert room.take(TINY)


@pytest.mark.parametrize(("seconds", "fits"), [(20.0, True), (21.0, False)])
def test_who_started_just_now_counts_as_running(seconds: float, fits: bool) -> None:
    # The wide one runs for 20 s and leaves one cpu beside the first one, which the long one takes.
    room = reserving((1.0, 10, 5, seconds, 50, 1, 20), {1: 0.0})
    assert room.take(WIDE)
    assert not room.take(HEAD)
    assert room.take(LONG)
    assert room.take(SHORT) is fits


def test_overdue_nodes_are_taken_to_end_now() -> None:
    room = reserving((10.0, 1, 5, 2, 2, 1, 1), {0: 0.0}, cpus=4, now=30.0)
    assert not room.take(HEAD)
    assert not room.take(SHORT)
    timely = reserving((10.0, 1, 5, 2, 2, 1, 1), {0: 25.0}, cpus=4, now=30.0)
    assert not timely.take(HEAD)
    assert timely.take(SHORT)


def test_all_that_ends_in_time_makes_room() -> None:
    # Node 1 ends with node 0, so both make room for the first one and for what is left beside it.
    room = reserving((10.0, 10.0, 5, 50, 50, 1, 1), {0: 0.0, 1: 0.0})
    assert not room.take(HEAD)
    assert room.take(LONG)


def test_all_that_is_overdue_makes_room_now() -> None:
    room = reserving((10.0, 12.0, 5, 50, 50, 1, 1), {0: 0.0, 1: 0.0}, now=30.0)
    assert not room.take(HEAD)
    assert room.take(LONG)
