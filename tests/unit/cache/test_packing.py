"""Records of any length."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from wfopt.cache import packing as module
from wfopt.cache.blobs import BlobStore
from wfopt.cache.entry import Entry, Item, Kind
from wfopt.cache.packing import pack, pointed_at, unpack
from wfopt.cache.sealing import seal

KEY = "4f" * 32
ENTRY = Entry(
    key=KEY,
    workflow="wfopt.yml",
    step="a",
    created_at=5,
    wall_s=1.0,
    outputs=tuple(Item(f"{number:04}", Kind.FILE, 0o644, number, "a" * 64) for number in range(200)),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[BlobStore]:
    with BlobStore(str(tmp_path / "store")) as opened:
        yield opened


def test_a_short_record_is_the_sealed_entry(store: BlobStore) -> None:
    record = pack(ENTRY, store)
    assert record == seal(ENTRY)
    assert pointed_at(record) is None
    assert unpack(KEY, record, store) == ENTRY
    assert list(store) == []


def test_a_long_record_is_in_a_blob(store: BlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_INLINE", 1000)
    record = pack(ENTRY, store)
    assert len(record) < 100
    blob = pointed_at(record)
    assert [(kept.digest, kept.size) for kept in store] == [blob]
    assert unpack(KEY, record, store) == ENTRY
    assert unpack("other", record, store) is None
    assert [length for length in range(len(record)) if unpack(KEY, record[:length], store) is not None] == []
    assert blob is not None
    store.remove(blob.digest)
    assert unpack(KEY, record, store) is None


def test_a_blob_that_is_too_large_is_not_read(store: BlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_INLINE", 1000)
    monkeypatch.setattr(module, "LARGEST_RECORD", 2000)
    assert unpack(KEY, pack(ENTRY, store), store) is None


def test_a_blob_that_holds_something_else_is_a_miss(store: BlobStore) -> None:
    blob = store.add_bytes(b"something else entirely")
    assert unpack(KEY, f"blob:{blob.digest}:{blob.size}".encode(), store) is None
