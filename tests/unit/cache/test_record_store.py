"""A store of records that is opened when it is first asked."""

from tests.support.stores import MemoryRecords
from wfopt.cache.record_store import LateRecords, RecordStore


def test_it_is_opened_once_and_only_when_it_is_needed() -> None:
    made: list[MemoryRecords] = []

    def make() -> RecordStore:
        made.append(MemoryRecords())
        return made[-1]

    late = LateRecords(make)
    late.close()
    assert late.set_aside == ""
    assert made == []
    late.put_many({"a": b"1", "b": b"2"})
    late.delete_many(["a"])
    assert late.get_many(["a", "b"]) == {"b": b"2"}
    listed = late.keys()
    assert [each.key for each in listed] == ["b"]
    assert late.check() == []
    made[0].set_aside = "moved"
    assert late.set_aside == "moved"
    late.close()
    assert made[0].calls[-1] == "close"
    assert len(made) == 1


def test_nothing_is_made_to_look_where_there_is_nothing() -> None:
    made: list[RecordStore] = []
    missing = True

    def make() -> RecordStore:
        made.append(MemoryRecords({"a": b"1"}))
        return made[-1]

    late = LateRecords(make, lambda: missing)
    assert late.get_many(["a"]) == {}
    assert made == []
    late.put_many({"b": b"2"})
    assert late.get_many(["a", "b"]) == {"a": b"1", "b": b"2"}
    missing = False
    assert LateRecords(make, lambda: missing).get_many(["a"]) == {"a": b"1"}
    assert len(made) == 2
