"""What `wfopt cache info` tells."""

from __future__ import annotations

from collections.abc import Callable

from wfopt.api.cache_place import cache_at
from wfopt.cache.inventory import take_inventory
from wfopt.cache.leftovers import put_aside
from wfopt.cache.summary import CacheInfo, summarize


def cache_info(folder: str, *, limit: int | None, wall: Callable[[], float]) -> CacheInfo:
    """Return what is in a cache; nothing is changed.

    Args:
        folder: the cache folder.
        limit: the bytes that it may take, or None for any number.
        wall: tells the seconds since the epoch.

    Raises:
        UserError: it cannot be read.
    """
    with cache_at(folder, wall=wall, read_only=True) as store:
        if store is None:
            return CacheInfo(folder=folder, limit=limit)
        return summarize(folder, limit, take_inventory(store), put_aside(store.folder))
