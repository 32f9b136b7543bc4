"""Whoever was passed over too often goes first."""

from wfopt.scheduler.base import Demands
from wfopt.scheduler.claims import PATIENCE, Claims
from wfopt.scheduler.stock import Packing, Stock

# Node 0 is small, 1 large, 2 wants two tokens, 3 all cpus and one token, 4 as many cpus as 1.
DEMANDS = Demands(
    resources=("slots", "cpu", "token:db"),
    capacity=(4, 4, 2),
    rows=((1, 1, 0), (1, 4, 0), (1, 0, 2), (1, 4, 1), (1, 4, 2)),
    kinds=(0, 1, 2, 3, 4),
)
LEADERS = {node: node for node in range(5)}


def claims(*running: int) -> tuple[Claims, Stock]:
    packing = Packing(DEMANDS)
    stock = Stock(packing)
    for node in running:
        assert stock.take(node)
    return Claims(packing, DEMANDS.kinds), stock


def test_patience_ends() -> None:
    counted, stock = claims(0)
    for _ in range(PATIENCE - 1):
        counted.note([0], {1: 1}, stock)
    assert counted.first(LEADERS) is None
    counted.note([0], {1: 1}, stock)
    assert counted.first(LEADERS) == 1
    assert counted.first({0: 0}) is None
    counted.note([1], {}, stock)
    assert counted.first(LEADERS) is None
    counted.note([0] * (PATIENCE - 1), {1: 1}, stock)
    assert counted.first(LEADERS) is None


def test_only_who_asks_for_less_of_what_is_lacking_passes_over() -> None:
    counted, stock = claims(3)
    counted.note([0, 1, 4] * PATIENCE, {2: 2}, stock)
    assert counted.first(LEADERS) is None
    counted.note([3] * PATIENCE, {2: 2}, stock)
    assert counted.first(LEADERS) == 2


def test_who_still_fits_is_not_passed_over() -> None:
    counted, stock = claims(0)
    counted.note([0, 3] * PATIENCE, {2: 2}, stock)
    assert counted.first(LEADERS) is None


def test_the_first_to_have_a_claim_keeps_it() -> None:
    counted, stock = claims(0)
    counted.note([0] * PATIENCE, {3: 3}, stock)
    counted.note([0] * 5 * PATIENCE, {1: 1}, stock)
    assert counted.first(LEADERS) == 3
    counted.note([3], {}, stock)
    assert counted.first(LEADERS) == 1
