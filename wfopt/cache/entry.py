"""The result of a step: what it wrote, printed and handed on, and how long that took."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from wfopt.dataclass import dataclass, field

LATEST_S = 2**32 - 1
"""The last second since 1970 that a result can name, early in 2106."""

LONGEST_S = (2**32 - 1) / 1000
"""The longest that a step can have run, in seconds: 49 days."""

LONGEST_INLINE_LOG = 512
"""Bytes of a log that stand in the result itself; a longer one is a blob."""


class Kind(Enum):
    """What an output is; the value stands in records."""

    FILE = "f"
    TRACKED = "t"
    FOLDER = "d"
    LINK = "l"


@dataclass(frozen=True, slots=True)
class Item:
    """One output of a step as it was when the step ended.

    Attributes:
        path: relative to the workspace, `/`-separated; bytes that are not UTF-8 as lone surrogates.
        kind: a file with a copy in the store, a file without one, a folder, or a link.
        mode: the permission bits, at most 0o7777; 0 for a link.
        size: bytes of a file; else 0.
        content: the sha256 of a file in hexadecimal digits, the target of a link, "" for a folder.
    """

    path: str
    kind: Kind
    mode: int = 0
    size: int = 0
    content: str = ""

    @property
    def is_file(self) -> bool:
        """Whether it is a file, with or without a copy in the store."""
        return self.kind in {Kind.FILE, Kind.TRACKED}


@dataclass(frozen=True, slots=True)
class Log:
    """What a step printed.

    Attributes:
        text: what it printed, if that is short; else it is in a blob.
        digest: the sha256 of that blob, or "".
        size: bytes of that blob, or 0.
    """

    text: bytes = b""
    digest: str = ""
    size: int = 0


NO_LOG = Log()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The result of a step that succeeded.

    Attributes:
        key: the key of the step; it is part of the seal, not of the body.
        workflow: the path of the workflow file that it ran for, relative to the workspace.
        step: the id of the step.
        created_at: when it ended, in whole seconds since 1970, up to `LATEST_S`.
        wall_s: how long it ran, in whole milliseconds, up to `LONGEST_S`.
        outputs: what it wrote, sorted by `in_order`.
        log: what it printed.
        captured: the values that it handed on, by name.
        parts: what its key was made of, packed; see `wfopt.cache.parts`.
    """

    key: str
    workflow: str
    step: str
    created_at: int
    wall_s: float
    outputs: tuple[Item, ...] = ()
    log: Log = NO_LOG
    captured: Mapping[str, str] = field(default_factory=dict)
    parts: bytes = b""

    def blobs(self) -> dict[str, int]:
        """Return the sizes of all blobs that this result needs, by digest."""
        needed = {item.content: item.size for item in self.outputs if item.kind is Kind.FILE}
        if self.log.digest:
            needed[self.log.digest] = self.log.size
        return needed
