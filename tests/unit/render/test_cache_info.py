"""What is in a cache, for people and programs."""

import json

import pytest

from wfopt.cache.summary import CacheInfo, StepShare
from wfopt.render.cache_info import info_document, info_text

NOW = 1_800_000_000.0
INFO = CacheInfo(
    folder=".wfopt/cache",
    limit=10 * 1024**3,
    results=41,
    steps=3,
    workflows=1,
    record_bytes=52_000,
    contents=7,
    content_bytes=222_000_000,
    log_bytes=2_000,
    unneeded_bytes=1_000,
    oldest_at=NOW - 300_000,
    newest_at=NOW - 5,
    damaged=1,
    aside=2,
    aside_bytes=300,
    largest=(
        StepShare(workflow="wfopt.yml", step="build", results=40, size=212_000_000),
        StepShare(workflow="a\x1b.yml", step="tést[1]", results=1, size=500),
    ),
    trouble="the contents cannot be listed: \x1b",
)

TEXT = """cache     .wfopt/cache
results   41 of 3 steps in 1 workflow
size      212 MiB of at most 10 GiB
records   50.8 KiB
contents  212 MiB in 7 files, 2 KiB of them logs
unneeded  1000 B; `wfopt cache gc` frees it after a while
oldest    3d 11h ago
newest    5.00 s ago
damaged   1 record; `wfopt cache verify` sets it aside
set aside 2 damaged things, 300 B
trouble   the contents cannot be listed: \\x1b

the largest steps
  build    202 MiB  40 results  wfopt.yml
  tést[1]    500 B  1 result    a\\x1b.yml
"""


def test_all_there_is_to_say() -> None:
    assert info_text(INFO, NOW) == TEXT


def test_nothing_to_say() -> None:
    assert info_text(CacheInfo(folder="a\x1b", limit=5), NOW) == "the cache a\\x1b is empty\n"


def test_little_to_say() -> None:
    text = info_text(CacheInfo(folder="x", contents=1, content_bytes=5), NOW)
    assert text.splitlines()[1:] == [
        "results   0 of 0 steps in 0 workflows",
        "size      5 B",
        "records   0 B",
        "contents  5 B in 1 file",
    ]


@pytest.mark.parametrize(("at", "text"), [(NOW + 7200, "2h 00m in the future"), (NOW, "0 s ago")])
def test_ages(at: float, text: str) -> None:
    info = CacheInfo(folder="x", results=1, oldest_at=at, newest_at=at)
    assert f"newest    {text}\n" in info_text(info, NOW)


def test_the_document() -> None:
    document = info_document(INFO)
    assert json.loads(json.dumps(document)) == document
    assert document == {
        "schema": "wfopt.cache-info/1",
        "folder": ".wfopt/cache",
        "size_limit": 10 * 1024**3,
        "size": 222_052_000,
        "results": 41,
        "steps": 3,
        "workflows": 1,
        "record_bytes": 52_000,
        "contents": 7,
        "content_bytes": 222_000_000,
        "log_bytes": 2_000,
        "unneeded_bytes": 1_000,
        "oldest_at": NOW - 300_000,
        "newest_at": NOW - 5,
        "damaged": 1,
        "set_aside": 2,
        "set_aside_bytes": 300,
        "largest": [
            {"workflow": "wfopt.yml", "step": "build", "results": 40, "bytes": 212_000_000},
            {"workflow": "a\x1b.yml", "step": "tést[1]", "results": 1, "bytes": 500},
        ],
        "trouble": "the contents cannot be listed: \x1b",
    }
    empty = info_document(CacheInfo(folder="x"))
    assert [empty[name] for name in ("size_limit", "oldest_at", "newest_at", "trouble")] == [None] * 4
