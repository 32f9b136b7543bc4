"""Stores of results on the disk, filled as a run fills them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from tests.support.trees import make_tree
from wfopt.cache.entry import Entry, Log
from wfopt.cache.intake import take_in
from wfopt.cache.packing import pack, unpack
from wfopt.cache.store import Store, open_cache
from wfopt.model.patterns import PathPattern

NOW = 1_800_000_000.0
"""The time of day in tests, in seconds since 1970."""

OLD = NOW - 3600.0
"""When everything in a store was added, unless a test says something else."""


def store_at(folder: Path, *, read_only: bool = False) -> Store:
    """Open a store, which is made unless it is read-only."""
    store = open_cache(str(folder), wall=lambda: NOW, read_only=read_only)
    assert store is not None
    return store


def add_result(
    store: Store,
    key: str,
    files: Mapping[str, bytes],
    *,
    workflow: str = "wfopt.yml",
    step: str = "",
    created_at: float = OLD,
    used_at: float = OLD,
    log: bytes = b"",
) -> Entry:
    """Add the result of a step with some output files; without a name the step is called like its key."""
    work = Path(store.folder).parents[1] / "work" / key
    work.mkdir(parents=True, exist_ok=True)
    make_tree(work, {name: ("file", 0o644, content) for name, content in files.items()})
    items = take_in(str(work), tuple(PathPattern(name) for name in files), store.blobs)
    blob = store.blobs.add_bytes(log) if log else None
    entry = Entry(
        key=key,
        workflow=workflow,
        step=step or key,
        created_at=int(created_at),
        wall_s=1.0,
        outputs=items,
        log=Log(digest=blob.digest, size=blob.size) if blob else Log(),
    )
    store.records.put_many({key: pack(entry, store.blobs)})
    set_used(store, key, used_at)
    set_added(store, OLD)
    return entry


def set_used(store: Store, key: str, used_at: float) -> None:
    """Change when a record was last used."""
    connection = sqlite3.connect(os.path.join(store.folder, "meta", "cache.db"), isolation_level=None)
    connection.execute("PRAGMA synchronous = 0")
    connection.execute("UPDATE Cache SET store_time = ? WHERE key = ?", (used_at, key))
    connection.close()


def set_added(store: Store, added_at: float, digest: str = "") -> None:
    """Change when all contents were added, or one of them."""
    for kept in store.blobs:
        if digest in ("", kept.digest):
            os.utime(blob_path(store, kept.digest), (added_at, added_at))


def blob_path(store: Store, digest: str) -> Path:
    """Return where a content is."""
    return Path(store.folder, "cas", digest[:2], digest[2:])


def keys_in(store: Store) -> list[str]:
    """Return the keys of all records, sorted."""
    return sorted(each.key for each in store.records.keys())  # noqa: SIM118


def contents_in(store: Store) -> list[bytes]:
    """Return all contents, sorted."""
    return sorted(blob_path(store, kept.digest).read_bytes() for kept in store.blobs)


def incomplete(store: Store) -> list[str]:
    """Return the keys of the results that are damaged or lack a content."""
    found = store.records.get_many(keys_in(store))
    entries = {key: unpack(key, record, store.blobs) for key, record in found.items()}
    there = {kept.digest for kept in store.blobs}
    return [key for key, entry in entries.items() if entry is None or not entry.blobs().keys() <= there]


def files_beside(store: Store) -> set[str]:
    """Return the files of a store that are neither contents nor records, relative to it."""
    return {
        path.relative_to(store.folder).as_posix()
        for path in Path(store.folder).rglob("*")
        if path.is_file() and path.relative_to(store.folder).parts[0] not in ("cas", "meta")
    }
