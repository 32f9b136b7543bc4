"""What keeps records, whatever it keeps them in, and one that is opened when it is first asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, Protocol

from wfopt.errors import WfoptError


class StoreError(WfoptError):
    """The store cannot do what it was asked for; says in a few words why."""


class FullError(StoreError):
    """The disk has no room for what is to be written, which also deleting does."""


class Listed(NamedTuple):
    """A record as the store lists it.

    Attributes:
        key: its key.
        size: in bytes.
        used_at: when it was last put, in seconds since 1970; who uses a record puts it again.
    """

    key: str
    size: int
    used_at: float


class RecordStore(Protocol):
    """Keeps records by key. Every method but `close` may raise `StoreError`, and nothing else."""

    @property
    def set_aside(self) -> str:
        """Where a damaged database was moved to and why; empty if there was none."""

    def get_many(self, keys: Iterable[str]) -> dict[str, bytes]:
        """Return those of the records that there are."""

    def put_many(self, records: Mapping[str, bytes]) -> None:
        """Store all of these records or, if that fails, none; the old ones of these keys go."""

    def delete_many(self, keys: Iterable[str]) -> None:
        """Delete all of these records that there are or, if that fails, none."""

    def keys(self) -> Iterator[Listed]:
        """Yield what there is, without the records; storing and deleting meanwhile is allowed."""

    def check(self) -> list[str]:
        """Look at everything; return what is wrong, one sentence each."""

    def close(self) -> None:
        """Let go of all files; the next call of another method opens them again."""


class LateRecords:
    """Hands everything on to a store that is made when it is needed: a run with nothing to do needs none.

    Args:
        make: makes that store; called once at most.
        is_missing: returns whether there is nothing yet in its place, so that it has no records.
    """

    def __init__(
        self, make: Callable[[], RecordStore], is_missing: Callable[[], bool] = lambda: False
    ) -> None:
        self._make = make
        self._is_missing = is_missing
        self._made: RecordStore | None = None

    @property
    def set_aside(self) -> str:
        return self._made.set_aside if self._made is not None else ""

    def get_many(self, keys: Iterable[str]) -> dict[str, bytes]:
        if self._made is None and self._is_missing():
            return {}
        return self._store().get_many(keys)

    def put_many(self, records: Mapping[str, bytes]) -> None:
        self._store().put_many(records)

    def delete_many(self, keys: Iterable[str]) -> None:
        self._store().delete_many(keys)

    def keys(self) -> Iterator[Listed]:
        return self._store().keys()

    def check(self) -> list[str]:
        return self._store().check()

    def close(self) -> None:
        if self._made is not None:
            self._made.close()

    def _store(self) -> RecordStore:
        if self._made is None:
            self._made = self._make()
        return self._made
