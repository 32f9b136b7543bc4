"""How a run uses the cache."""

from __future__ import annotations

from enum import Enum

from wfopt.dataclass import dataclass

USUAL_SIZE = 10 * 1024**3
"""Bytes that a cache may take up if nobody says anything else."""


class Mode(Enum):
    """Whether results are looked up and stored; the value is the word for it on the command line.

    `RW` does both, `RO` only looks up and changes nothing in the cache, `OFF` does neither.
    """

    RW = "rw"
    RO = "ro"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class CachePolicy:
    """What a run is asked to do with the cache.

    Attributes:
        mode: whether it looks up and stores.
        folder: the absolute path of the cache folder; "" for `cache` in the state folder.
        force: whether every step runs; the results are stored all the same.
        forced: the names of steps that run in any case, as the user wrote them.
        size_limit: bytes that the cache may take up.
        ttl_s: how old, in seconds, a result may be, or None; a step's own `ttl` counts as well.
        namespace: results of one namespace are never used in another.
    """

    mode: Mode = Mode.RW
    folder: str = ""
    force: bool = False
    forced: tuple[str, ...] = ()
    size_limit: int = USUAL_SIZE
    ttl_s: float | None = None
    namespace: str = ""


USUAL_POLICY = CachePolicy()
