"""Processes that share a store of results are killed at any moment: nothing is lost, nothing is wrong."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.campaign.base import Campaign, Verdict, chance
from tests.campaign.keepers import clean_up, now, opened, start, store_and_read, wrong_with
from wfopt.cache.collecting import collect
from wfopt.cache.leftovers import abandoned
from wfopt.cache.verifying import verify

WORKERS = 8
LIMIT = 2_000_000
"""Bytes in a store with a limit; all different contents take four times as many."""

BATCH = 125
LATER_S = 700.0
"""When the store is cleaned up for the last time, whatever was under way counts as given up."""


def material(seed: int, number: int) -> bytes:
    """Return when which process is killed."""
    rnd = chance("store", seed, number)
    pause, victim = rnd.uniform(0.0, 0.08), rnd.randrange(WORKERS + 1)
    return f"after {pause} s process {victim}\n".encode()


def check(seed: int, numbers: Sequence[int], folder: Path) -> Iterator[Verdict]:
    """Kill one process of those that use a store for each case; every second batch has a limit."""
    strict = (numbers[0] // BATCH) % 2 == 0
    place = folder / str(numbers[0])
    (place / "stored").mkdir(parents=True)
    shop = _Shop(place, strict=strict)
    try:
        for number in numbers:
            words = material(seed, number).split()
            threading.Event().wait(float(words[1]))
            who = shop.replace(int(words[4]), number)
            problems = shop.problems()
            if number == numbers[-1]:
                shop.close()
                who = f"{'strict' if strict else 'limited'} store of {shop.stored()} results"
                problems += list(_wrong_at_the_end(place, strict=strict))
            yield Verdict(case=number, label=who, trouble="\n".join(problems[:5]))
    finally:
        shop.close()


class _Shop:
    """The processes that use a store; the last one cleans it up."""

    def __init__(self, place: Path, *, strict: bool) -> None:
        self._place = place
        self._strict = strict
        self._pids = [self._start(place_number, 0) for place_number in range(WORKERS + 1)]

    def replace(self, victim: int, number: int) -> str:
        """Kill one and start another one in its place; return what it was."""
        self._kill(self._pids[victim])
        self._pids[victim] = self._start(victim, number + 1)
        return "worker killed" if victim < WORKERS else "collector killed"

    def close(self) -> None:
        """Kill all."""
        while self._pids:
            self._kill(self._pids.pop())

    def problems(self) -> list[str]:
        """Return what the processes have found."""
        path = self._place / "problems"
        return path.read_text().splitlines() if path.exists() else []

    def stored(self) -> int:
        """Return how many results were stored."""
        return len(_stored(self._place))

    def _start(self, who: int, number: int) -> int:
        if who == WORKERS:
            return start(self._place, lambda: clean_up(self._place, None if self._strict else LIMIT))
        return start(self._place, lambda: store_and_read(self._place, f"{who}-{number}", strict=self._strict))

    def _kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if status != -signal.SIGKILL:
            with (self._place / "problems").open("a") as file:
                file.write(f"a process ended by itself with status {status}\n")


def _stored(place: Path) -> list[str]:
    texts = [path.read_text() for path in (place / "stored").iterdir()]
    # Who is killed while it notes something leaves a line without an end.
    return [key for text in texts for key in text.split("\n")[:-1]]


def _wrong_at_the_end(place: Path, *, strict: bool) -> Iterator[str]:
    with opened(place) as store:
        keys = _stored(place)
        yield from wrong_with(store, keys, strict=strict)
        limit = None if strict else LIMIT
        done = collect(store, limit=limit, ttl=None, now=now() + LATER_S)
        yield from done.trouble
        if done.busy or (limit is not None and done.left_bytes > limit):
            yield f"it could not be cleaned up: {done}"
        yield from wrong_with(store, keys, strict=strict)
        yield from (f"temporary: {each.path}" for each in abandoned(store.folder, now()))
        yield from (f"left in tmp: {name}" for name in os.listdir(os.path.join(store.folder, "tmp")))
        verified = verify(store)
        yield from map(str, verified.damages)
        if verified.incomplete or verified.records != done.left:
            yield f"records are missing or incomplete: {verified}"


CAMPAIGN = Campaign(
    name="store",
    summary="killed users and collectors of a store lose no result, damage none and leave no temporary file",
    cases=2000,
    jobs=1,
    batch=BATCH,
    patience_s=60.0,
    check=check,
    material=material,
)
