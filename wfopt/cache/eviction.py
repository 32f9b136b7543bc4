"""Decides which results leave a store, and which contents nobody needs then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from wfopt.cache.blobs import Kept
from wfopt.cache.due import WRONG_CLOCK_S
from wfopt.cache.inventory import Inventory, Result, Row
from wfopt.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """What leaves a store.

    Attributes:
        damaged: records that cannot be read.
        expired: records of results that are too old, the oldest first.
        evicted: records of results that there is no room for, the longest unused first.
        freed: contents that only these results need.
        unneeded: contents that no result needs, although none leaves.
        left: how many records stay.
        left_bytes: the size of these records and of the contents that they need.
    """

    damaged: tuple[Row, ...] = ()
    expired: tuple[Row, ...] = ()
    evicted: tuple[Row, ...] = ()
    freed: tuple[Kept, ...] = ()
    unneeded: tuple[Kept, ...] = ()
    left: int = 0
    left_bytes: int = 0

    @property
    def records(self) -> tuple[Row, ...]:
        """All records that leave, in order."""
        return (*self.damaged, *self.expired, *self.evicted)


def evict(inventory: Inventory, *, limit: int | None, ttl: float | None, now: float) -> Leaving:
    """Return what has to leave: first what is too old, then what was not used for longest.

    What is above the limit shrinks to nine tenths of it, so that the next result does not start it all over.
    The result that was used last stays, however large it is.

    Args:
        inventory: what there is.
        limit: the bytes that records and contents may take, or None for any number.
        ttl: the seconds after which a result is too old, or None.
        now: the time of day, in seconds since 1970.
    """
    old = [each for each in inventory.results if is_expired(each.created_at, ttl, now)]
    old.sort(key=lambda each: (each.created_at, each.row.key))
    gone = {each.row.key for each in old}
    young = [each for each in inventory.results if each.row.key not in gone]
    # A use in the future is one that a wrong clock has noted: nothing would ever be more recent.
    young.sort(key=lambda each: (min(each.row.used_at, now), each.created_at, each.row.key))
    evicted = _longest_unused(young, inventory.blobs, limit)
    return leaving(inventory, expired=old, evicted=evicted, damaged=inventory.damaged)


def is_expired(created_at: float, ttl: float | None, now: float) -> bool:
    """Return whether a result is too old; one from the future is, too, if age matters at all."""
    return ttl is not None and not -WRONG_CLOCK_S <= now - created_at <= ttl


def leaving(
    inventory: Inventory,
    *,
    expired: Sequence[Result] = (),
    evicted: Sequence[Result] = (),
    damaged: Sequence[Row] = (),
) -> Leaving:
    """Return what it means that some results leave."""
    going = [*expired, *evicted]
    keys = {each.row.key for each in going}
    staying = [each for each in inventory.results if each.row.key not in keys]
    needed = _needed(staying)
    needed_before = _needed(going)
    needless = [kept for digest, kept in inventory.blobs.items() if digest not in needed]
    return Leaving(
        damaged=tuple(damaged),
        expired=tuple(each.row for each in expired),
        evicted=tuple(each.row for each in evicted),
        freed=tuple(each for each in needless if each.digest in needed_before),
        unneeded=tuple(each for each in needless if each.digest not in needed_before),
        left=len(staying),
        left_bytes=_total(staying, needed, inventory.blobs),
    )


def _longest_unused(ordered: Sequence[Result], blobs: Mapping[str, Kept], limit: int | None) -> list[Result]:
    """Return the first of some results, so many that the others fit."""
    needed = _needed(ordered)
    total = _total(ordered, needed, blobs)
    gone: list[Result] = []
    if limit is None or total <= limit:
        return gone
    for result in ordered[:-1]:
        if total * 10 <= limit * 9:
            break
        gone.append(result)
        total -= result.row.size
        for digest in result.blobs:
            needed[digest] -= 1
            if not needed[digest] and digest in blobs:
                total -= blobs[digest].size
    return gone


def _needed(results: Iterable[Result]) -> Counter[str]:
    return Counter(digest for each in results for digest in each.blobs)


def _total(results: Iterable[Result], needed: Iterable[str], blobs: Mapping[str, Kept]) -> int:
    records = sum(each.row.size for each in results)
    return records + sum(blobs[digest].size for digest in needed if digest in blobs)
