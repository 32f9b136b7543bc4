"""Processes that store results and read them back, and one that cleans up, until somebody kills them."""

from __future__ import annotations

import os
import random
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from wfopt.cache.collecting import collect
from wfopt.cache.copying import Blob
from wfopt.cache.entry import Entry, Item, Kind
from wfopt.cache.packing import pack, unpack
from wfopt.cache.store import Store, open_cache

COLLECTED_EACH_S = 0.3
CONTENTS = 400
"""How many different contents there are, so that results share some."""

_LARGEST = 40_000


def content(number: int) -> bytes:
    """Return a content, which depends on its number alone."""
    rnd = random.Random(number)  # noqa: S311 - the same content every time
    return rnd.randbytes(rnd.randrange(1, _LARGEST))


def opened(folder: Path) -> Store:
    """Open the store of a folder."""
    store = open_cache(str(folder / "cache"), wall=now)
    assert store is not None
    return store


def now() -> float:
    """Return the time of day, in seconds since 1970."""
    return time.clock_gettime(time.CLOCK_REALTIME)


def start(folder: Path, work: Callable[[], None]) -> int:
    """Do something in a process of its own until somebody kills it; return its number."""
    pid = os.fork()
    if pid:
        return pid
    try:
        work()
    except BaseException:  # noqa: BLE001 - nothing may get into the code of the parent
        tell(folder, traceback.format_exc().replace("\n", " / "))
    os._exit(1)


def store_and_read(folder: Path, name: str, *, strict: bool) -> None:
    """Store results and read them back, for ever; what is stored is noted in a file.

    Args:
        folder: where all of it is.
        name: different from that of all other processes.
        strict: whether every result that was stored must be there.
    """
    rnd = random.Random(name)  # noqa: S311 - the same each time
    stored: list[str] = []
    with opened(folder) as store, (folder / "stored" / name).open("ab", buffering=0) as notes:
        for number in range(1_000_000):
            key = f"{name}-{number}"
            with store.shared():
                store.records.put_many({key: _record(store, key, rnd)})
            notes.write(f"{key}\n".encode())
            stored.append(key)
            with store.shared():
                for problem in wrong_with(store, [rnd.choice(stored), key], strict=strict):
                    tell(folder, problem)


def clean_up(folder: Path, limit: int | None) -> None:
    """Clean the store up again and again."""
    pause = threading.Event()
    with opened(folder) as store:
        while True:
            for problem in collect(store, limit=limit, ttl=None, now=now()).trouble:
                tell(folder, f"collector: {problem}")
            pause.wait(COLLECTED_EACH_S)


def wrong_with(store: Store, keys: list[str], *, strict: bool) -> Iterator[str]:
    """Yield what is wrong with results; a missing one is wrong only where it must be there."""
    found = store.records.get_many(keys)
    for key in dict.fromkeys(keys):
        if key not in found:
            if strict:
                yield f"{key} is lost"
            continue
        entry = unpack(key, found[key], store.blobs)
        if entry is None:
            yield f"{key} is damaged"
            continue
        for item in entry.outputs:
            with store.blobs.open_verified(Blob(item.content, item.size)) as fd:
                if fd is None:
                    yield f"{key} has lost its content {item.path}"
                elif os.pread(fd, _LARGEST, 0) != content(int(item.path)):
                    yield f"{key} has another content {item.path}"


def tell(folder: Path, problem: str) -> None:
    """Note that something is wrong."""
    with (folder / "problems").open("ab", buffering=0) as file:
        file.write(f"{problem}\n".encode())


def _record(store: Store, key: str, rnd: random.Random) -> bytes:
    items = []
    for number in sorted({rnd.randrange(CONTENTS) for _ in range(rnd.randrange(1, 5))}, key=str):
        blob = store.blobs.add_bytes(content(number))
        items.append(Item(str(number), Kind.FILE, 0o644, blob.size, blob.digest))
    moment, outputs = int(now()), tuple(items)
    entry = Entry(key=key, workflow="wfopt.yml", step=key, created_at=moment, wall_s=1.0, outputs=outputs)
    return pack(entry, store.blobs)
