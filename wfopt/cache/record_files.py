"""The files of the database of records, and in which state they are."""

from __future__ import annotations

import os
from hashlib import blake2b

from wfopt.cache.memo import packed_of

FOLDER = "meta"
"""Where they are in a store."""

DATABASE = "cache.db"
COMPANIONS = ("-wal", "-shm")
"""What sqlite appends to a database's name for the files that belong to it."""

STATE_BYTES = 12


def state_of(store: str) -> bytes:
    """Return what is different whenever the records of a store may be; empty if that is not known.

    Nobody may have the database open in this process. To be asked before anything is read, and again after
    all is written: whatever another process did in between is taken for what this one did.

    Args:
        store: the store's folder.
    """
    path = os.path.join(store, FOLDER, DATABASE)
    try:
        database = packed_of(os.lstat(path))
        try:
            waiting = os.lstat(path + COMPANIONS[0])
        except FileNotFoundError:
            log: bytes | None = b""
        else:
            # Whoever only reads makes an empty one, and deletes it again.
            log = packed_of(waiting) if waiting.st_size else b""
    except OSError:
        return b""
    if database is None or log is None:
        return b""
    return blake2b(database + log, digest_size=STATE_BYTES).digest()
