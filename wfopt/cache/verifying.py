"""Reads everything in a store; what is damaged is put aside, so that the next run makes it again."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from enum import Enum
from typing import NamedTuple

from wfopt.cache.inventory import RECORDS_A_TURN, Row, entry_of, in_turns, rows
from wfopt.cache.leftovers import put_record_aside, set_database_aside
from wfopt.cache.store import Store
from wfopt.dataclass import dataclass, field


class Part(Enum):
    """What is damaged; the value stands in documents."""

    DATABASE = "database"
    RECORD = "record"
    CONTENT = "content"


class Damage(NamedTuple):
    """Something that is damaged.

    Attributes:
        part: what it is.
        name: the key of a record, the digest of a content, or "".
        about: what is wrong with the database.
        users: the workflow and the step of each result that needs a damaged content.
    """

    part: Part
    name: str
    about: str = ""
    users: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What came of reading a store.

    Attributes:
        records: how many records were read.
        contents: how many contents were read.
        content_bytes: their size.
        incomplete: how many sound results lack a content, and have to be made again.
        damages: what is damaged; it is put aside now.
    """

    records: int = 0
    contents: int = 0
    content_bytes: int = 0
    incomplete: int = 0
    damages: tuple[Damage, ...] = ()


@dataclass(slots=True)
class _Records:
    """What the records of a store need."""

    count: int = 0
    needs: list[frozenset[str]] = field(default_factory=list)
    users: dict[str, dict[tuple[str, str], None]] = field(default_factory=dict)
    damages: list[Damage] = field(default_factory=list)


def verify(store: Store) -> Verified:
    """Read everything; nothing is collected meanwhile.

    Args:
        store: not read-only.

    Raises:
        StoreError: the records cannot be read, or damaged ones not be put aside.
        OSError: the contents cannot be read, or not be locked.
    """
    with store.shared():
        damages = _database(store)
        records = _read_records(store)
        sizes: dict[str, int] = {}
        for kept in store.blobs:
            if store.blobs.is_sound(kept):
                sizes[kept.digest] = kept.size
            else:
                users = tuple(records.users.get(kept.digest, ()))
                records.damages.append(Damage(Part.CONTENT, kept.digest, users=users))
    return Verified(
        records=records.count,
        contents=len(sizes),
        content_bytes=sum(sizes.values()),
        incomplete=sum(not each <= sizes.keys() for each in records.needs),
        damages=(*damages, *records.damages),
    )


def _database(store: Store) -> list[Damage]:
    """Check the database as such; one with anything odd in it is replaced by one with the same records."""
    problems = store.records.check()
    if problems and not store.records.set_aside:
        kept = [(row.key, record) for row, record in rows(store)]
        store.records.close()
        set_database_aside(store.folder)
        for some in in_turns(kept, RECORDS_A_TURN):
            store.records.put_many(dict(some))
    return [Damage(Part.DATABASE, "", about=problem) for problem in problems]


def _read_records(store: Store) -> _Records:
    read = _Records()
    damaged: list[tuple[Row, bytes]] = []
    for row, record in rows(store):
        entry = entry_of(row.key, record, store.blobs)
        if entry is None:
            damaged.append((row, record))
            continue
        read.count += 1
        read.needs.append(frozenset(entry.blobs()))
        for digest in entry.blobs():
            read.users.setdefault(digest, {})[entry.workflow, entry.step] = None
    # One by one, a database full of damage would take minutes.
    for some in in_turns(damaged, RECORDS_A_TURN):
        _put_aside(store, {row.key: record for row, record in some})
    read.damages += [Damage(Part.RECORD, row.key) for row, _ in damaged]
    return read


def _put_aside(store: Store, records: Mapping[str, bytes]) -> None:
    with suppress(OSError):
        for record in records.values():
            put_record_aside(store.folder, record)
    now = store.records.get_many(records)
    # Whoever ran the step meanwhile has healed it.
    store.records.delete_many(key for key, record in records.items() if now.get(key) == record)
