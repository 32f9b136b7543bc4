"""A store of records in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from wfopt.cache.record_store import Listed, StoreError
from wfopt.cache.records import is_key, refuse_unfit


class MemoryRecords:
    """Keeps records in a dictionary.

    Attributes:
        records: what is stored.
        trouble: while this is not empty, every method but `close` fails and gives it as the reason.
        set_aside: what a real store says after it moved a damaged database.
        calls: the methods that were called, in order.
        now: the time of day, in seconds since 1970.
    """

    def __init__(self, records: Mapping[str, bytes] | None = None, *, read_only: bool = False) -> None:
        self.records = dict(records or {})
        self.trouble = ""
        self.set_aside = ""
        self.calls: list[str] = []
        self.now = 0.0
        self._used_at = dict.fromkeys(self.records, 0.0)
        self._read_only = read_only

    def get_many(self, keys: Iterable[str]) -> dict[str, bytes]:
        self._called("get_many")
        return {key: self.records[key] for key in keys if key in self.records}

    def put_many(self, records: Mapping[str, bytes]) -> None:
        self._called("put_many", writes=True)
        refuse_unfit(records)
        self.records.update(records)
        self._used_at.update(dict.fromkeys(records, self.now))

    def delete_many(self, keys: Iterable[str]) -> None:
        self._called("delete_many", writes=True)
        for key in keys:
            self.records.pop(key, None)

    def keys(self) -> Iterator[Listed]:
        self._called("keys")
        yield from [
            Listed(key, len(record), self._used_at[key])
            for key, record in self.records.items()
            if is_key(key)
        ]

    def check(self) -> list[str]:
        self._called("check")
        return []

    def close(self) -> None:
        self.calls.append("close")

    def _called(self, name: str, *, writes: bool = False) -> None:
        self.calls.append(name)
        if self.trouble:
            raise StoreError(self.trouble)
        if writes and self._read_only:
            raise StoreError("the record store is open for reading only")
