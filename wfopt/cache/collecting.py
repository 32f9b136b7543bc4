"""Cleans a store up: results that are too old or too many go, then contents that nobody needs.

Others may use the store at the same time. The collector holds the lock for a moment only, a hundred records
or contents long, and again and again. A record goes before its contents: whenever it is interrupted, what is
left is at worst something that nobody needs, or a result that has to be made again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import TypeVar

from wfopt.cache.blobs import Kept
from wfopt.cache.due import WRONG_CLOCK_S, note_cleaned
from wfopt.cache.eviction import Leaving, evict, leaving
from wfopt.cache.inventory import Inventory, Result, Row, in_turns, mark_of, take_inventory
from wfopt.cache.leftovers import (
    DATABASE_FOLDER,
    Leftover,
    abandoned,
    drop_database,
    put_aside,
    remove,
    too_old,
)
from wfopt.cache.record_store import FullError, StoreError
from wfopt.cache.records import open_records
from wfopt.cache.reserve import give_up, put_by
from wfopt.cache.store import Store
from wfopt.dataclass import dataclass, field, replace

SPARED_S = 600.0
"""Seconds for which a content stays that no result has needed yet: the result may be under way."""

_SINCE_BEFORE_S = 1.0
"""The clock that stamps files runs a moment behind."""

_BATCH = 100
_BETWEEN_S = 2.0
_BREATH_S = 0.001
_MOST_TROUBLE = 20

_Answer = TypeVar("_Answer")


@dataclass(slots=True)
class Collected:
    """What came of cleaning a store up; filled while that goes on.

    Attributes:
        busy: whether somebody was at work, so that not all was done, or nothing.
        damaged: how many records were deleted that could not be read.
        expired: how many results were too old.
        evicted: how many results there was no room for.
        record_bytes: the size of all these records.
        blobs: how many contents were deleted.
        blob_bytes: their size.
        leftovers: how many temporary files, and damaged things kept for too long, were deleted.
        leftover_bytes: their size.
        left: how many records stay.
        left_bytes: the size of these records and of the contents that they need.
        dropped: whether all records had to go, since there was no room to delete some.
        trouble: what could not be done and why, one sentence each, but not too many of them.
    """

    busy: bool = False
    damaged: int = 0
    expired: int = 0
    evicted: int = 0
    record_bytes: int = 0
    blobs: int = 0
    blob_bytes: int = 0
    leftovers: int = 0
    leftover_bytes: int = 0
    left: int = 0
    left_bytes: int = 0
    dropped: bool = False
    trouble: list[str] = field(default_factory=list)

    @property
    def records(self) -> int:
        """How many records were deleted."""
        return self.damaged + self.expired + self.evicted

    @property
    def freed_bytes(self) -> int:
        """The size of all that was deleted."""
        return self.record_bytes + self.blob_bytes + self.leftover_bytes


def collect(
    store: Store, *, limit: int | None, ttl: float | None, now: float, patience_s: float = 0.0
) -> Collected:
    """Clean a store up; trouble is told in what is returned.

    Args:
        store: not read-only, and its lock not held by the caller.
        limit: the bytes that records and contents may take, or None for any number.
        ttl: the seconds after which a result is too old, or None.
        now: the time of day, in seconds since 1970.
        patience_s: how long to wait while others are at work, in seconds.
    """
    collection = _Collection(store, now)
    with collection.troubles():
        with collection.turn(patience_s):
            collection.sweep(all_aside=False)
        inventory = collection.inventory()
        collection.let_go(evict(inventory, limit=limit, ttl=ttl, now=now), inventory.trouble)
        put_by(store.folder)
        collection.note_size()
    return collection.done


def clear(
    store: Store,
    chosen: Callable[[Inventory], Iterable[Result]] | None,
    *,
    now: float,
    patience_s: float = 0.0,
) -> Collected:
    """Delete results with all contents that only they need; nobody else gets in meanwhile.

    Args:
        store: not read-only, and its lock not held by the caller.
        chosen: returns the results that go; None if everything goes that is in the store.
        now: the time of day, in seconds since 1970.
        patience_s: how long to wait while others are at work, in seconds.
    """
    collection = _Collection(store, now)
    with collection.troubles(), collection.turn(patience_s):
        collection.alone = True
        if chosen is None:
            _clear_all(store, collection)
            return collection.done
        inventory = collection.inventory()
        plan = leaving(inventory, evicted=list(chosen(inventory)))
        collection.let_go(plan, inventory.trouble, orphans=False)
    return collection.done


def _clear_all(store: Store, collection: _Collection) -> None:
    try:
        inventory = collection.inventory()
        plan = leaving(inventory, evicted=inventory.results, damaged=inventory.damaged)
        collection.let_go(plan, inventory.trouble)
    except (StoreError, OSError):
        # Nothing of it is needed any more, so it does not matter what it says.
        collection.drop_records()
        collection.contents(list(store.blobs))
    collection.sweep(all_aside=True)
    give_up(store.folder)
    collection.note_size()


class _BusyError(Exception):
    """Somebody else is at work."""


class _Collection:
    """One cleaning of a store."""

    def __init__(self, store: Store, now: float) -> None:
        self.done = Collected()
        self.now = now
        self.alone = False
        self._store = store

    @contextmanager
    def troubles(self) -> Iterator[None]:
        """Let nothing out that may happen to a store."""
        try:
            yield
        except _BusyError:
            self.done.busy = True
        except (StoreError, OSError) as error:
            self._note("", error)

    @contextmanager
    def turn(self, patience_s: float = _BETWEEN_S) -> Iterator[None]:
        """Keep everybody else away for a moment.

        Raises:
            _BusyError: somebody is at work.
        """
        if self.alone:
            yield
            return
        with self._store.alone(patience_s) as alone:
            if not alone:
                raise _BusyError
            yield
        # Who waits does not get in unless the lock is free for a moment.
        self._store.pause(_BREATH_S)

    def inventory(self) -> Inventory:
        """Return what there is.

        Raises:
            StoreError, OSError: see `take_inventory`.
        """
        try:
            return self._with_room(partial(take_inventory, self._store))
        except FullError:
            # Even reading writes a little, unless the database is opened in another way.
            folder = os.path.join(self._store.folder, DATABASE_FOLDER)
            records = open_records(folder, wall=lambda: self.now, read_only=True)
            try:
                return take_inventory(replace(self._store, records=records))
            finally:
                records.close()

    def _with_room(self, work: Callable[[], _Answer]) -> _Answer:
        """Do something; if the disk is full, do it once more with the room that was put by."""
        try:
            return work()
        except FullError:
            if not give_up(self._store.folder):
                raise
        return work()

    def let_go(self, plan: Leaving, listing_trouble: str, *, orphans: bool = True) -> None:
        """Delete what leaves; the lock is free in between unless all is done alone."""
        if listing_trouble:
            self.done.trouble.append(listing_trouble)
        self.done.left, self.done.left_bytes = plan.left, plan.left_bytes
        contents = [*self._gone_for_good(plan), *(self._unneeded(plan) if orphans else ())]
        try:
            self._records(plan)
        except FullError:
            # A result without its contents is one that has to be made again, so these may go first.
            self.contents(contents)
            try:
                self._records(plan)
            except FullError:
                self.drop_records()
        else:
            self.contents(contents)

    def sweep(self, *, all_aside: bool) -> None:
        """Delete what was left behind, and what was put aside if that is too old or `all_aside`."""
        folder = self._store.folder
        kept = put_aside(folder)
        for each in (*abandoned(folder, self.now), *(kept if all_aside else too_old(kept, self.now))):
            self._sweep(each)

    def note_size(self) -> None:
        """Note how much is left; if that is impossible, the next run cleans up, too."""
        with suppress(OSError):
            note_cleaned(self._store.folder, self.done.left_bytes, self.now)

    def contents(self, blobs: Sequence[Kept]) -> None:
        """Delete contents, but none that was added again meanwhile."""
        for some in in_turns(blobs, _BATCH):
            with self.turn():
                for kept in some:
                    self._content(kept)

    def drop_records(self) -> None:
        """Delete the database as a whole."""
        with self.turn():
            self._store.records.close()
            drop_database(self._store.folder)
        self.done.dropped = True
        self.done.left = self.done.left_bytes = 0

    def _records(self, plan: Leaving) -> None:
        for name in ("damaged", "expired", "evicted"):
            for some in in_turns(getattr(plan, name), _BATCH):
                with self.turn():
                    count = self._with_room(partial(self._delete, some))
                setattr(self.done, name, getattr(self.done, name) + count)

    def _delete(self, rows: Sequence[Row]) -> int:
        """Delete records unless they were replaced meanwhile; return how many."""
        found = self._store.records.get_many([row.key for row in rows])
        going = [row for row in rows if row.key in found and mark_of(found[row.key]) == row.mark]
        self._store.records.delete_many([row.key for row in going])
        self.done.record_bytes += sum(row.size for row in going)
        return len(going)

    def _gone_for_good(self, plan: Leaving) -> Iterator[Kept]:
        """Yield the contents of what leaves that nobody has added again since the inventory began."""
        for kept in plan.freed:
            if self.alone or self._is_older(kept, _SINCE_BEFORE_S):
                yield kept

    def _unneeded(self, plan: Leaving) -> Iterator[Kept]:
        for kept in plan.unneeded:
            if self.alone or self._is_older(kept, SPARED_S):
                yield kept

    def _is_older(self, kept: Kept, seconds: float) -> bool:
        return not -WRONG_CLOCK_S <= self.now - kept.added_at <= seconds

    def _content(self, kept: Kept) -> None:
        try:
            if self._store.blobs.remove(kept.digest, added_at=kept.added_at):
                self.done.blobs += 1
                self.done.blob_bytes += kept.size
        except OSError as error:
            self._note(f"content {kept.digest[:12]} cannot be deleted: ", error)

    def _sweep(self, leftover: Leftover) -> None:
        try:
            remove(self._store.folder, leftover)
        except OSError as error:
            self._note(f"`{leftover.path}` cannot be deleted: ", error)
        else:
            self.done.leftovers += 1
            self.done.leftover_bytes += leftover.size

    def _note(self, what: str, error: Exception) -> None:
        if len(self.done.trouble) < _MOST_TROUBLE:
            self.done.trouble.append(f"{what}{getattr(error, 'strerror', None) or error}")
