"""Steps that were up to date, and how their files looked then: the quick way to see that they still are.

A stamp stands for the key of a step's result and everything that the key and the comparison of the step's
outputs depend on: the workflow as it was loaded, with all that the load had looked at, and the identity of
each input and output. Whoever finds the stamp that was kept need not read, hash or compare anything. The key
itself is not kept: a stamp that was made for another key than the one asked about is another stamp.

Only steps of the plainest kind have one, and most are: inputs and outputs are files named in full, and
nothing in the step waits for the run. As in the memo, a file counts as unchanged if device, inode, size and
both times are, and only if it had been left alone for a while when it was read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from hashlib import blake2b

from wfopt.cache.framing import framed
from wfopt.cache.memo import Memo
from wfopt.cache.sealed_file import read_sealed, seal, write_sealed
from wfopt.model.patterns import PathPattern
from wfopt.model.workflow import Step

_MAGIC = b"wfopt-stamps-2\n"
_NAME, _STAMP = 6, 10
"""Bytes. The name only finds the stamp, which the step's id is a part of."""

_ROW = _NAME + _STAMP
_MOST = 200_000

_LATE = ("needs.", "failed.")


class Stamps:
    """The stamps of the steps of a workflow, in a file that all workflows of a workspace share.

    Args:
        path: the file's absolute path.
        workspace: its absolute path.
        basis: stands for the workflow as it was loaded and for the store; empty if that is not known, and
            then there are no stamps.
        memo: knows the files that are settled.
    """

    def __init__(self, path: str, workspace: str, basis: bytes, memo: Memo) -> None:
        self._path = path
        self._top = workspace.rstrip("/") + "/"
        self._basis = basis
        self._memo = memo
        self._known: dict[bytes, bytes] = {}
        self._grown = False
        if basis:
            data = read_sealed(path, _MAGIC, _MOST * _ROW) or b""
            for start in range(0, len(data) - _ROW + 1, _ROW):
                self._known[data[start : start + _NAME]] = data[start + _NAME : start + _ROW]

    def is_current(self, step: Step, key: str) -> bool:
        """Return whether a step is known to be up to date with the result of this key."""
        known = self._known.get(self._name(step)) if self._known else None
        return known is not None and known == self._stamp(step, key)

    def note(self, step: Step, key: str) -> None:
        """Note that a step is up to date with the result of this key."""
        if not self._basis:
            return
        stamp = self._stamp(step, key)
        if stamp is not None:
            self._known[self._name(step)] = stamp
            self._grown = True

    def save(self) -> None:
        """Write the stamps, if there are new ones.

        Raises:
            OSError: they cannot be written; the old ones are still there.
        """
        if self._grown:
            rows = list(self._known.items())[-_MOST:]
            write_sealed(self._path, seal(_MAGIC, b"".join(name + stamp for name, stamp in rows)))

    def _name(self, step: Step) -> bytes:
        return blake2b(framed((self._basis, step.id)), digest_size=_NAME).digest()

    def _stamp(self, step: Step, key: str) -> bytes | None:
        if step.cache.extras or any(each.startswith(_LATE) for each in step.references):
            return None
        identities = self._identities((*(step.inputs or ()), *(step.outputs or ())))
        if identities is None:
            return None
        row = framed((step.id, key, identities))
        return blake2b(row, digest_size=_STAMP, key=self._basis).digest()

    def _identities(self, patterns: Iterable[PathPattern]) -> bytes | None:
        """Return the identities of the files that patterns name; None if one is not a settled file."""
        pieces = []
        for pattern in patterns:
            if pattern.is_glob or pattern.negated:
                return None
            try:
                found = os.lstat(self._top + pattern.text)
            except OSError:
                return None
            identity = self._memo.settled(found) if stat.S_ISREG(found.st_mode) else None
            if identity is None:
                return None
            pieces.append(identity)
        return b"".join(pieces)
