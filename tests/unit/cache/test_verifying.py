"""Reading everything in a store."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cache_stores import add_result, blob_path, files_beside, keys_in, store_at
from tests.support.record_files import change
from wfopt.cache import copying, packing
from wfopt.cache.store import Store
from wfopt.cache.verifying import Damage, Part, Verified, verify


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "cache") as made:
        yield made


def spoil(store: Store, content: bytes) -> str:
    """Flip a bit of a content, its time kept; return its digest."""
    for kept in store.blobs:
        path = blob_path(store, kept.digest)
        if path.read_bytes() == content:
            times = path.stat()
            path.chmod(0o600)
            path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
            return kept.digest
    raise AssertionError("there is no such content")


def test_an_empty_store_is_sound(store: Store) -> None:
    assert verify(store) == Verified()


def test_a_sound_store(store: Store) -> None:
    add_result(store, "a", {"x": b"12345", "y": b"123"}, log=b"123")
    add_result(store, "b", {"x": b"12345"})
    assert verify(store) == Verified(records=2, contents=2, content_bytes=8)


def test_damaged_contents_are_set_aside(store: Store) -> None:
    add_result(store, "a", {"x": b"12345", "y": b"123"})
    add_result(store, "b", {"x": b"12345"}, workflow="other.yml", step="test[1]")
    add_result(store, "c", {"x": b"sound"})
    orphan = store.blobs.add_bytes(b"orphan")
    digest = spoil(store, b"12345")
    spoil(store, b"orphan")
    found = verify(store)
    assert (found.records, found.contents, found.content_bytes, found.incomplete) == (3, 2, 8, 2)
    assert set(found.damages) == {
        Damage(Part.CONTENT, digest, users=(("wfopt.yml", "a"), ("other.yml", "test[1]"))),
        Damage(Part.CONTENT, orphan.digest),
    }
    assert len([name for name in files_beside(store) if name.startswith("bad/")]) == 2
    assert verify(store) == Verified(records=3, contents=2, content_bytes=8, incomplete=2)


def test_damaged_records_are_set_aside(store: Store) -> None:
    add_result(store, "a", {"x": b"1"})
    store.records.put_many({"odd": b"no record"})
    assert verify(store).damages == (Damage(Part.RECORD, "odd"),)
    assert keys_in(store) == ["a"]
    (aside,) = Path(store.folder, "bad").iterdir()
    assert aside.read_bytes() == b"no record"
    assert verify(store).damages == ()


def test_a_long_record_whose_content_is_damaged(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "LONGEST_INLINE", 10)
    add_result(store, "a", {"x": b"1"})
    long = max(store.blobs, key=lambda kept: kept.size)
    spoil(store, blob_path(store, long.digest).read_bytes())
    found = verify(store)
    assert (found.damages, found.contents) == ((Damage(Part.RECORD, "a"),), 1)
    assert keys_in(store) == []


def test_a_record_that_was_healed_meanwhile_stays(store: Store) -> None:
    store.records.put_many({"a": b"no record"})
    get = store.records.get_many

    def healing(keys: list[str]) -> dict[str, bytes]:
        found = get(keys)
        if found == {"a": b"no record"}:
            add_result(store, "a", {"x": b"1"})
        return found

    store.records.get_many = healing  # type: ignore[method-assign, assignment]
    verify(store)
    assert keys_in(store) == ["a"]


def test_a_damaged_database_is_set_aside(store: Store) -> None:
    add_result(store, "a", {"x": b"1"})
    store.records.close()
    Path(store.folder, "meta", "cache.db").write_bytes(b"garbage")
    found = verify(store)
    assert [each.part for each in found.damages] == [Part.DATABASE]
    assert "was moved to" in found.damages[0].about
    assert (found.records, found.contents) == (0, 1)


def test_a_database_with_strange_rows_is_made_anew(store: Store) -> None:
    add_result(store, "a", {"x": b"1"})
    store.records.close()
    statement = "INSERT INTO Cache (key, raw, mode, filename, value) VALUES ('x', 1, 1, '../../key', x'00')"
    change(Path(store.folder, "meta", "cache.db"), statement)
    damage = Damage(Part.DATABASE, "", "1 rows of the record database are not records")
    assert verify(store) == Verified(records=1, contents=1, content_bytes=1, damages=(damage,))
    assert verify(store) == Verified(records=1, contents=1, content_bytes=1)
    assert any(name.startswith("meta.bad-") for name in files_beside(store))


def test_a_content_on_a_bad_spot_of_the_disk(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    add_result(store, "a", {"x": b"1"})

    def unreadable(number: int) -> None:
        def read(*_: object) -> bytes:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(copying.os, "read", read)

    unreadable(errno.EMFILE)
    with pytest.raises(OSError, match="Too many"):
        verify(store)
    unreadable(errno.EIO)
    found = verify(store)
    assert ([each.part for each in found.damages], found.incomplete) == ([Part.CONTENT], 1)
