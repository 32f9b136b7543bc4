"""Sealed records of any length: what is too long for the record store goes into a blob of its own."""

from __future__ import annotations

import os
import re

from wfopt.cache.blobs import BlobStore
from wfopt.cache.copying import Blob
from wfopt.cache.entry import Entry
from wfopt.cache.sealing import LARGEST_RECORD, seal, unseal

LONGEST_INLINE = 512 * 1024
"""Bytes: the record store takes up to twice as many. About 5,000 outputs fit."""

_POINTER = re.compile(rb"blob:([0-9a-f]{64}):([1-9][0-9]{0,8})")


def pack(entry: Entry, blobs: BlobStore) -> bytes:
    """Return the record of a result: its sealed form, or where in the store of blobs that is.

    Raises:
        ValueError: see `seal`.
        OSError: the store of blobs cannot be written to.
    """
    sealed = seal(entry)
    if len(sealed) <= LONGEST_INLINE:
        return sealed
    blob = blobs.add_bytes(sealed)
    return f"blob:{blob.digest}:{blob.size}".encode("ascii")


def unpack(key: str, record: bytes, blobs: BlobStore) -> Entry | None:
    """Return the result of a record, or None if anything about it is odd, missing or damaged.

    Raises:
        OSError: the store of blobs cannot be read.
    """
    blob = pointed_at(record)
    if blob is None:
        return unseal(key, record)
    if blob.size > LARGEST_RECORD:
        return None
    with blobs.open_verified(blob) as fd:
        if fd is None:
            return None
        with os.fdopen(os.dup(fd), "rb") as file:
            return unseal(key, file.read(blob.size))


def pointed_at(record: bytes) -> Blob | None:
    """Return the blob that a long record is in; it is needed as long as the record is."""
    found = _POINTER.fullmatch(record)
    return None if found is None else Blob(found[1].decode("ascii"), int(found[2]))
