"""The figures about a cache."""

from pathlib import Path

from tests.support.cache_stores import OLD, add_result, store_at
from wfopt.cache.inventory import take_inventory
from wfopt.cache.leftovers import Leftover
from wfopt.cache.summary import MOST_STEPS, CacheInfo, StepShare, summarize


def test_nothing() -> None:
    assert CacheInfo(folder="x").is_empty


def test_figures(tmp_path: Path) -> None:
    with store_at(tmp_path) as store:
        add_result(store, "k1", {"a": b"12345", "same": b"123"}, step="build", created_at=OLD)
        add_result(
            store, "k2", {"a": b"123456", "same": b"123"}, step="build", created_at=OLD + 5, log=b"1" * 9
        )
        add_result(store, "k3", {"same": b"123"}, workflow="other.yml", step="test", created_at=OLD - 5)
        store.blobs.add_bytes(b"needless")
        store.records.put_many({"odd": b"no record"})
        sizes = {each.key: each.size for each in store.records.keys()}  # noqa: SIM118
        info = summarize(
            "x", 100, take_inventory(store), [Leftover("bad/1", 7, 0.0), Leftover("bad/2", 5, 0.0)]
        )
    assert info == CacheInfo(
        folder="x",
        limit=100,
        results=3,
        steps=2,
        workflows=2,
        record_bytes=sum(sizes.values()),
        contents=5,
        content_bytes=5 + 6 + 3 + 9 + 8,
        log_bytes=9,
        unneeded_bytes=8,
        oldest_at=OLD - 5,
        newest_at=OLD + 5,
        damaged=1,
        aside=2,
        aside_bytes=12,
        largest=(
            StepShare(workflow="wfopt.yml", step="build", results=2, size=sizes["k1"] + sizes["k2"] + 23),
            StepShare(workflow="other.yml", step="test", results=1, size=sizes["k3"] + 3),
        ),
    )
    assert not info.is_empty


def test_only_the_largest_steps_are_told_apart(tmp_path: Path) -> None:
    with store_at(tmp_path) as store:
        for number in range(MOST_STEPS + 2):
            add_result(store, f"k{number:02}", {"a": b"x" * 10 * number})
        largest = summarize("x", None, take_inventory(store), []).largest
    assert [each.step for each in largest] == [f"k{number:02}" for number in range(MOST_STEPS + 1, 1, -1)]
