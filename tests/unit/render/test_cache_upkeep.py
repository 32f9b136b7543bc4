"""What came of working on a cache, for people and programs."""

import json

import pytest

from wfopt.cache.collecting import Collected
from wfopt.cache.verifying import Damage, Part, Verified
from wfopt.render.cache_upkeep import collected_document, collected_text, verify_document, verify_text

DIGEST = "0123456789abcdef" * 4
STEPS = (("wfopt.yml", "a"), ("wfopt.yml", "b"), ("w\x1b.yml", "c"), ("wfopt.yml", "d"))
DAMAGED = Verified(
    records=1,
    contents=2,
    content_bytes=3000,
    incomplete=2,
    damages=(
        Damage(Part.DATABASE, "", about="it is \x1b"),
        Damage(Part.RECORD, "key"),
        Damage(Part.CONTENT, DIGEST),
        Damage(Part.CONTENT, DIGEST, users=STEPS[:1]),
        Damage(Part.CONTENT, DIGEST, users=STEPS),
    ),
)


def test_a_sound_cache() -> None:
    assert verify_text(Verified(records=2, contents=1, content_bytes=5)) == (
        "2 records and 1 content are sound, 5 B\n"
    )


def test_a_damaged_cache() -> None:
    assert verify_text(DAMAGED).splitlines() == [
        "damaged: it is \\x1b",
        "damaged: record key",
        "damaged: content 0123456789ab",
        "damaged: content 0123456789ab of a (wfopt.yml)",
        "damaged: content 0123456789ab of a (wfopt.yml), b (wfopt.yml), c (w\\x1b.yml) and 1 more",
        "1 record and 2 contents are sound, 2.9 KiB; what is damaged was set aside",
        "2 results lack a content: their steps will run again",
    ]


def test_the_document_of_verify() -> None:
    document = verify_document(DAMAGED)
    damages = document.pop("damages")
    assert document == {
        "schema": "wfopt.cache-verify/1",
        "records": 1,
        "contents": 2,
        "content_bytes": 3000,
        "incomplete": 2,
    }
    assert isinstance(damages, list)
    assert [damages[0], damages[1], damages[3]] == [
        {"part": "database", "name": None, "cause": "it is \x1b", "steps": []},
        {"part": "record", "name": "key", "cause": None, "steps": []},
        {"part": "content", "name": DIGEST, "cause": None, "steps": [{"workflow": "wfopt.yml", "step": "a"}]},
    ]
    assert json.dumps(damages)


@pytest.mark.parametrize(
    ("collected", "lines"),
    [
        (Collected(left=3, left_bytes=2048), ["nothing to delete", "left 3 results, 2 KiB"]),
        (
            Collected(
                expired=1,
                evicted=2,
                damaged=1,
                record_bytes=1000,
                blobs=2,
                blob_bytes=40,
                leftovers=1,
                leftover_bytes=8,
                left=1,
                left_bytes=10,
            ),
            [
                "freed 1 KiB: 1 result too old, 2 results, 1 damaged record, 2 contents, 1 leftover",
                "left 1 result, 10 B",
            ],
        ),
        (
            Collected(busy=True, dropped=True, blobs=1, blob_bytes=5, trouble=["it \x1b"]),
            [
                "freed 5 B: 1 content",
                "all records were deleted: the disk has no room to delete some",
                "left 0 results, 0 B",
                "others are at work, so not all of it was done",
                "trouble: it \\x1b",
            ],
        ),
    ],
)
def test_what_was_deleted(collected: Collected, lines: list[str]) -> None:
    assert collected_text(collected).splitlines() == lines


def test_the_document_of_deleting() -> None:
    document = collected_document(
        Collected(expired=1, record_bytes=5, blobs=2, blob_bytes=7, trouble=["x"]), "gc"
    )
    assert document == {
        "schema": "wfopt.cache-gc/1",
        "busy": False,
        "damaged": 0,
        "expired": 1,
        "evicted": 0,
        "record_bytes": 5,
        "contents": 2,
        "content_bytes": 7,
        "leftovers": 0,
        "leftover_bytes": 0,
        "freed_bytes": 12,
        "left": 0,
        "left_bytes": 0,
        "dropped": False,
        "trouble": ["x"],
    }
    assert collected_document(Collected(), "clear")["schema"] == "wfopt.cache-clear/1"
