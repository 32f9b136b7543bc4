"""What is in a store: every result with the contents that it needs, and every content."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeVar

from wfopt.cache.blobs import BlobStore, Kept
from wfopt.cache.entry import Entry
from wfopt.cache.packing import pointed_at, unpack
from wfopt.cache.record_store import Listed
from wfopt.cache.store import Store
from wfopt.dataclass import dataclass

RECORDS_A_TURN = 500
"""How many records are in memory at the same time."""

_MARK_BYTES = 80

_Item = TypeVar("_Item")


class Row(NamedTuple):
    """A record as it was when the inventory was taken.

    Attributes:
        key: its key.
        size: in bytes.
        used_at: when it was last used, in seconds since 1970.
        mark: its first bytes, by which a record that replaced it is told.
    """

    key: str
    size: int
    used_at: float
    mark: bytes


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a step.

    Attributes:
        row: its record.
        workflow: the file that the step is in, relative to the workspace.
        step: the id of the step.
        created_at: when the step ended, in seconds since 1970.
        blobs: the digests of all contents that it needs, also that of a long record.
        log: the digest of what the step printed, or "" if that is in the record.
    """

    row: Row
    workflow: str
    step: str
    created_at: float
    blobs: tuple[str, ...] = ()
    log: str = ""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What a store holds.

    Attributes:
        results: what can be read.
        damaged: records that cannot.
        blobs: contents by digest.
        trouble: why some of the contents could not be listed, or "".
    """

    results: tuple[Result, ...]
    damaged: tuple[Row, ...]
    blobs: dict[str, Kept]
    trouble: str = ""


def take_inventory(store: Store) -> Inventory:
    """Return what is in a store; others may go on using it.

    Raises:
        StoreError: the records cannot be read.
        OSError: a long record cannot be read, but may be another time.
    """
    # The contents go first: what is stored meanwhile is then in a record that nobody will miss a content of.
    blobs, trouble = _blobs(store.blobs)
    results: list[Result] = []
    damaged: list[Row] = []
    for row, record in rows(store):
        entry = entry_of(row.key, record, store.blobs)
        if entry is None:
            damaged.append(row)
        else:
            results.append(_result(row, record, entry))
    return Inventory(tuple(results), tuple(damaged), blobs, trouble)


def rows(store: Store) -> Iterator[tuple[Row, bytes]]:
    """Yield every record of a store.

    Raises:
        StoreError: they cannot be read.
    """
    listed: list[Listed] = list(store.records.keys())
    for some in in_turns(listed, RECORDS_A_TURN):
        found = store.records.get_many([each.key for each in some])
        for key, size, used_at in some:
            if key in found:
                yield Row(key, size, used_at, mark_of(found[key])), found[key]


def mark_of(record: bytes) -> bytes:
    """Return what tells a record from another one with its key: the seal, or all of a short one."""
    return record[:_MARK_BYTES]


def entry_of(key: str, record: bytes, blobs: BlobStore) -> Entry | None:
    """Return the result that a record holds; None if it is damaged, or lies where the disk is.

    Raises:
        OSError: it cannot be read, but may be another time.
    """
    try:
        return unpack(key, record, blobs)
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        return None


def in_turns(items: Sequence[_Item], count: int) -> Iterator[Sequence[_Item]]:
    """Yield items a certain number at a time."""
    for start in range(0, len(items), count):
        yield items[start : start + count]


def _result(row: Row, record: bytes, entry: Entry) -> Result:
    needed = list(entry.blobs())
    pointed = pointed_at(record)
    if pointed is not None and pointed.digest not in needed:
        needed.append(pointed.digest)
    return Result(row, entry.workflow, entry.step, entry.created_at, tuple(needed), entry.log.digest)


def _blobs(blobs: BlobStore) -> tuple[dict[str, Kept], str]:
    found: dict[str, Kept] = {}
    try:
        for kept in blobs:
            found[kept.digest] = kept
    except OSError as error:
        return found, f"the contents cannot be listed: {error.strerror or error}"
    return found, ""
