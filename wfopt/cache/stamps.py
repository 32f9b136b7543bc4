"""Steps that were up to date, and how their files looked then: the quick way to see that they still are.

A stamp stands for the key of a step's result and everything that the key and the comparison of the step's
outputs depend on: the workflow as it was loaded, with all that the load had looked at, and the identity of
each input and output. Whoever finds the stamp that was kept need not read, hash or compare anything. The key
itself is not kept: a stamp that was made for another key than the one asked about is another stamp.

Only steps of the plainest kind have one, and most are: inputs and outputs are files named in full, and
nothing in the step waits for the run. As in the memo, a file counts as unchanged if device, inode, size and
both times are, and only if it had been left alone for a while when it was read.

Beside its stamp stands what a run tells of a result, so that its record need not be read either. That counts
only while the records are in the state in which they were when the stamps were written: a result that was
deleted since is none.
"""

from __future__ import annotations

import os
import stat
from hashlib import blake2b
from struct import Struct
from typing import NamedTuple

from wfopt.cache.entry import NO_LOG, Entry
from wfopt.cache.framing import framed
from wfopt.cache.memo import Memo, packed_of
from wfopt.cache.record_files import STATE_BYTES
from wfopt.cache.sealed_file import read_sealed, seal, write_sealed
from wfopt.model.workflow import Step

_MAGIC = b"wfopt-stamps-3\n"
_NAME, _STAMP = 6, 10
"""Bytes. The name only finds the stamp, which the step's id is a part of."""

_TOLD = Struct("<II")
_ROW = Struct(f"{_NAME}s{_STAMP + _TOLD.size}s")
_MOST = 200_000

_ASK = 2**32 - 1
_NOTHING_TOLD = _TOLD.pack(0, _ASK)

_LATE = ("needs.", "failed.")


class Stamp(NamedTuple):
    """A step is up to date; this is what a run tells of its result.

    Attributes:
        created_at: when the step ended, in whole seconds since 1970.
        wall_s: how long it ran, in seconds; None if the record has to be asked, for this or for more.
    """

    created_at: int
    wall_s: float | None


class Stamps:
    """The stamps of the steps of a workflow, in a file that all workflows of a workspace share.

    Args:
        path: the file's absolute path.
        workspace: its absolute path.
        basis: stands for the workflow as it was loaded and for the store; empty if that is not known, and
            then there are no stamps.
        memo: knows the files that are settled.
        records: the state that the records are in; see `record_files.state_of`.
    """

    def __init__(self, path: str, workspace: str, basis: bytes, memo: Memo, records: bytes = b"") -> None:
        self._path = path
        self._top = workspace.rstrip("/") + "/"
        self._basis = basis
        self._memo = memo
        self._known: dict[bytes, bytes] = {}
        self._seen: list[bytes] = []
        self._grown = False
        self._records = b""
        if basis:
            self._load(records)

    def _load(self, records: bytes) -> None:
        data = read_sealed(self._path, _MAGIC, STATE_BYTES + _MOST * _ROW.size) or b""
        rows = data[STATE_BYTES:]
        if len(rows) % _ROW.size:
            return
        self._known = dict(_ROW.iter_unpack(rows))
        self._records = data[:STATE_BYTES]
        if not records or self._records != records:
            self._known = {name: row[:_STAMP] + _NOTHING_TOLD for name, row in self._known.items()}

    def find(self, step: Step, key: str) -> Stamp | None:
        """Return the stamp of a step if it is known to be up to date with the result of this key."""
        known = self._known.get(self._name(step)) if self._known else None
        looks = None if known is None else self._files(step)
        if known is None or looks is None:
            return None
        files = b"".join(looks)
        if self._stamp(step, key, files) != known[:_STAMP]:
            return None
        self._seen += looks
        created_at, wall_ms = _TOLD.unpack_from(known, _STAMP)
        return Stamp(created_at, None if wall_ms == _ASK else wall_ms / 1000)

    def note(self, step: Step, entry: Entry) -> None:
        """Note that a step is up to date with a result."""
        looks = self._files(step) if self._basis else None
        if looks is not None and all(self._memo.keep(look) for look in looks):
            stamp = self._stamp(step, entry.key, b"".join(looks))
            self._put(self._name(step), stamp + _told_of(entry))

    def complete(self, step: Step, entry: Entry) -> None:
        """Note what a run tells of the result that the stamp of a step stands for."""
        name = self._name(step)
        self._put(name, self._known[name][:_STAMP] + _told_of(entry))

    def _put(self, name: bytes, row: bytes) -> None:
        if self._known.get(name) != row:
            self._known[name] = row
            self._grown = True

    def save(self, records: bytes = b"") -> None:
        """Write the stamps, if there is anything new.

        Args:
            records: the state in which this run leaves the records.

        Raises:
            OSError: they cannot be written; the old ones are still there.
        """
        records = records or bytes(STATE_BYTES)
        if self._known and (self._grown or records != self._records):
            rows = list(self._known.items())[-_MOST:]
            body = records + b"".join(name + row for name, row in rows)
            write_sealed(self._path, seal(_MAGIC, body))

    def keep_memo(self) -> None:
        """Let the memo know which files were found unchanged without it."""
        for look in self._seen:
            self._memo.keep(look)

    def _name(self, step: Step) -> bytes:
        return blake2b(step.id.encode("utf-8", "surrogatepass"), digest_size=_NAME, key=self._basis).digest()

    def _stamp(self, step: Step, key: str, files: bytes) -> bytes:
        return blake2b(framed((step.id, key)) + files, digest_size=_STAMP, key=self._basis).digest()

    def _files(self, step: Step) -> list[bytes] | None:
        """Return how each input and output looks; None if one of them, or the step, is not plain."""
        if step.cache.extras or any(each.startswith(_LATE) for each in step.references):
            return None
        top, found = self._top, []
        try:
            for pattern in (*(step.inputs or ()), *(step.outputs or ())):
                if pattern.is_glob or pattern.negated:
                    return None
                look = os.lstat(top + pattern.text)
                packed = packed_of(look) if stat.S_ISREG(look.st_mode) else None
                if packed is None:
                    return None
                found.append(packed)
        except OSError:
            return None
        return found


def _told_of(entry: Entry) -> bytes:
    wall_ms = round(entry.wall_s * 1000)
    if entry.log != NO_LOG or entry.captured or not 0 <= wall_ms < _ASK:
        return _NOTHING_TOLD
    return _TOLD.pack(entry.created_at, wall_ms)
