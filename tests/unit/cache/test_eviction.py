"""Which results leave a store."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfopt.cache.blobs import Kept
from wfopt.cache.eviction import evict, is_expired, leaving
from wfopt.cache.inventory import Inventory, Result, Row

NOW = 1000.0
DAY = 86_400.0


def result(key: str, *blobs: str, size: int = 10, used_at: float = 0.0, created_at: float = 0.0) -> Result:
    return Result(Row(key, size, used_at, b""), "wfopt.yml", key, created_at, blobs)


def inventory(*results: Result, damaged: tuple[str, ...] = (), **blobs: int) -> Inventory:
    rows = tuple(Row(key, 10, 0.0, b"") for key in damaged)
    return Inventory(results, rows, {name: Kept(name, size, 0.0) for name, size in blobs.items()})


def keys(rows: tuple[Row, ...]) -> str:
    return "".join(row.key for row in rows)


def names(blobs: tuple[Kept, ...]) -> str:
    return "".join(sorted(kept.digest for kept in blobs))


def test_without_limits_only_what_nobody_needs_goes() -> None:
    plan = evict(inventory(result("a", "x"), damaged=("d",), x=5, y=7), limit=None, ttl=None, now=NOW)
    assert (keys(plan.records), names(plan.freed), names(plan.unneeded)) == ("d", "", "y")
    assert (plan.left, plan.left_bytes) == (1, 15)


@pytest.mark.parametrize(
    ("created_at", "ttl", "expired"),
    [
        (NOW, None, False),
        (NOW + 10 * DAY, None, False),
        (NOW - 10, 10.0, False),
        (NOW - 11, 10.0, True),
        (NOW, 0.0, False),
        (NOW + 300, 10.0, False),
        (NOW + 301, 10.0, True),
        (NOW + 301, DAY, True),
    ],
)
def test_ages(created_at: float, ttl: float | None, expired: bool) -> None:
    assert is_expired(created_at, ttl, NOW) is expired


def test_what_is_too_old_goes_first_and_even_the_newest() -> None:
    stock = inventory(
        result("b", "x", used_at=9, created_at=NOW - 20),
        result("a", "x", "y", created_at=NOW - 30),
        x=5,
        y=7,
    )
    plan = evict(stock, limit=None, ttl=10.0, now=NOW)
    assert (keys(plan.expired), keys(plan.evicted), names(plan.freed)) == ("ab", "", "xy")
    assert (plan.left, plan.left_bytes) == (0, 0)


@pytest.mark.parametrize(
    ("limit", "evicted", "freed", "left_bytes"),
    [
        (400, "", "", 400),
        (399, "c", "z", 290),
        (300, "ca", "xz", 180),
        (199, "cab", "xyz", 70),
        (10, "cab", "xyz", 70),
        (0, "cab", "xyz", 70),
    ],
)
def test_the_longest_unused_go_until_there_is_room(
    limit: int, evicted: str, freed: str, left_bytes: int
) -> None:
    stock = inventory(
        result("a", "x", "shared", used_at=2),
        result("b", "y", "shared", used_at=3),
        result("c", "z", "shared", used_at=1),
        result("d", "shared", used_at=4),
        x=100,
        y=100,
        z=100,
        shared=60,
    )
    plan = evict(stock, limit=limit, ttl=None, now=NOW)
    assert (keys(plan.evicted), names(plan.freed), plan.left_bytes) == (evicted, freed, left_bytes)


def test_it_goes_down_to_nine_tenths() -> None:
    stock = inventory(*(result(f"{number}", used_at=number, size=100) for number in range(11)))
    plan = evict(stock, limit=1000, ttl=None, now=NOW)
    assert (keys(plan.evicted), plan.left_bytes) == ("01", 900)


def test_what_nobody_needs_takes_no_room_from_results() -> None:
    plan = evict(inventory(result("a", "x"), x=50, y=1000), limit=60, ttl=None, now=NOW)
    assert (keys(plan.records), names(plan.unneeded)) == ("", "y")


def test_a_use_in_the_future_is_one_of_now() -> None:
    stock = inventory(
        result("a", used_at=NOW + DAY, created_at=1), result("b", used_at=NOW, created_at=2), result("c")
    )
    assert keys(evict(stock, limit=15, ttl=None, now=NOW).evicted) == "ca"


def test_a_content_that_is_missing_counts_for_nothing() -> None:
    plan = evict(inventory(result("a", "gone"), result("b", "gone")), limit=15, ttl=None, now=NOW)
    assert (keys(plan.evicted), plan.left_bytes) == ("a", 10)


def test_chosen_results_leave() -> None:
    stock = inventory(result("a", "x"), result("b", "x", "y"), x=1, y=2, z=4)
    plan = leaving(stock, evicted=[stock.results[1]])
    assert (keys(plan.records), names(plan.freed), names(plan.unneeded)) == ("b", "y", "z")
    assert (plan.left, plan.left_bytes) == (1, 11)


RESULTS = st.lists(
    st.tuples(st.integers(0, 50), st.floats(0, 2000), st.floats(0, 2000), st.sets(st.sampled_from("uvwxyz"))),
    max_size=12,
)


@given(RESULTS, st.dictionaries(st.sampled_from("uvwxyz"), st.integers(0, 90)), st.integers(0, 300))
def test_promises(drawn: list[tuple[int, float, float, set[str]]], blobs: dict[str, int], limit: int) -> None:
    stock = inventory(
        *(
            result(f"{number}", *sorted(needed), size=size, used_at=used_at, created_at=created_at)
            for number, (size, used_at, created_at, needed) in enumerate(drawn)
        ),
        **blobs,
    )
    plan = evict(stock, limit=limit, ttl=500.0, now=NOW)
    gone = {row.key for row in plan.records}
    staying = [each for each in stock.results if each.row.key not in gone]
    needed = {digest for each in staying for digest in each.blobs}
    assert {kept.digest for kept in (*plan.freed, *plan.unneeded)} == blobs.keys() - needed
    assert plan.left_bytes == sum(each.row.size for each in staying) + sum(
        blobs[digest] for digest in needed & blobs.keys()
    )
    assert plan.left_bytes <= limit or len(staying) == 1
    used = [min(each.row.used_at, NOW) for each in staying]
    assert all(min(row.used_at, NOW) <= min(used) for row in plan.evicted)
    assert not plan.evicted or staying
