"""The store that the commands about the cache work on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from wfopt.cache.record_store import StoreError
from wfopt.cache.store import VERSION, Store, open_cache
from wfopt.cache.trust import StoreRefusedError
from wfopt.codes import CACHE_TROUBLE
from wfopt.errors import Diagnostic, UserError


@contextmanager
def cache_at(folder: str, *, wall: Callable[[], float], read_only: bool = False) -> Iterator[Store | None]:
    """Open the store in a cache folder for a while; gives None if there is none, and makes none.

    Args:
        folder: the cache folder, as messages name it.
        wall: tells the seconds since the epoch.
        read_only: change nothing.

    Raises:
        UserError: it cannot be used, or what is done with it fails.
    """
    try:
        if not _is_there(folder, read_only=read_only):
            yield None
            return
        store = open_cache(os.path.abspath(folder), wall=wall, read_only=read_only)
        if store is None:
            yield None
            return
        with store:
            yield store
    except StoreRefusedError as error:
        raise trouble_with(folder, str(error)) from error
    except StoreError as error:
        hint = "`wfopt cache verify` sets aside what is damaged" if read_only else ""
        raise trouble_with(folder, str(error), hint) from error
    except OSError as error:
        raise trouble_with(folder, (error.strerror or str(error)).lower()) from error


def trouble_with(folder: str, cause: str, hint: str = "") -> UserError:
    """Return the error for a cache that cannot be used."""
    hints = (hint,) if hint else ()
    message = f"the cache `{folder}` cannot be used"
    return UserError((Diagnostic(code=CACHE_TROUBLE, message=message, causes=(cause,), hints=hints),))


def _is_there(folder: str, *, read_only: bool) -> bool:
    """Return whether there is a store.

    Raises:
        OSError: the folder is something else, or cannot be read.
        UserError: it cannot be written to, although it has to be.
    """
    try:
        os.listdir(folder)
        os.lstat(os.path.join(folder, VERSION))
    except FileNotFoundError:
        return False
    if not read_only:
        # What has to be written later is mostly more than this, but never less.
        for place in (folder, os.path.join(folder, VERSION)):
            if not os.access(place, os.W_OK):
                raise trouble_with(folder, f"`{place}` cannot be written to")
    return True
