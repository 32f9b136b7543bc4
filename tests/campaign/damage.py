"""Databases of records that are damaged or in use all the time: the run goes on, without results if need be.

Most cases damage the database, with nothing waiting in its write-ahead log or with something. The last ones
are about others: many that open a new store at once, and one that was stopped while it held a lock.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random

from tests.campaign.base import Campaign, Verdict, chance
from tests.support.forks import Forked, in_fork, load_what_forks_need
from tests.support.workbench import Bench, troubles_of
from wfopt.api.cache_upkeep import collect_garbage, verify_cache
from wfopt.cache.policy import CachePolicy
from wfopt.engine.clock import SystemClock
from wfopt.errors import WfoptError

DAMAGES = 300
CROWD = 8
"""So many processes open a store at once."""

LONGEST_WAIT_S = 10.0
LIMIT_S = 90.0
PAGE = 4096
WALL = SystemClock().wall

Damage = Callable[[Random, Path], object]
"""Takes the folder of the database."""


def _database(meta: Path) -> Path:
    return meta / "cache.db"


def _patch(path: Path, place: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        file.write(data)


def _header(rnd: Random, meta: Path) -> None:
    _patch(_database(meta), rnd.randrange(100), rnd.randbytes(1))


def _whole_header(rnd: Random, meta: Path) -> None:
    _patch(_database(meta), 0, rnd.randbytes(100))


def _page(rnd: Random, meta: Path) -> None:
    pages = _database(meta).stat().st_size // PAGE
    data = rnd.choice([bytes(PAGE), rnd.randbytes(PAGE), b"\xff" * PAGE])
    _patch(_database(meta), rnd.randrange(pages) * PAGE, data)


def _bytes(rnd: Random, meta: Path) -> None:
    for _ in range(rnd.choice([1, 1, 10, 100])):
        _patch(_database(meta), rnd.randrange(_database(meta).stat().st_size), rnd.randbytes(1))


def _swapped_pages(rnd: Random, meta: Path) -> None:
    data = _database(meta).read_bytes()
    pages = len(data) // PAGE
    one, other = rnd.randrange(pages), rnd.randrange(pages)
    _patch(_database(meta), one * PAGE, data[other * PAGE : other * PAGE + PAGE])
    _patch(_database(meta), other * PAGE, data[one * PAGE : one * PAGE + PAGE])


def _cut(rnd: Random, meta: Path) -> None:
    size = _database(meta).stat().st_size
    left = [0, 1, 99, 100, PAGE, rnd.randrange(size), size - PAGE, size - 1]
    os.truncate(_database(meta), rnd.choice(left))


def _longer(rnd: Random, meta: Path) -> None:
    with _database(meta).open("ab") as file:
        file.write(rnd.randbytes(rnd.choice([1, PAGE, 10 * PAGE])))


def _gone(rnd: Random, meta: Path) -> None:
    _database(meta).unlink()


def _log_patched(rnd: Random, meta: Path) -> None:
    log = _companion(rnd, meta)
    _patch(log, rnd.randrange(max(1, log.stat().st_size)), rnd.randbytes(rnd.choice([1, 32, PAGE])))


def _log_cut(rnd: Random, meta: Path) -> None:
    log = _companion(rnd, meta)
    os.truncate(log, rnd.randrange(max(1, log.stat().st_size)))


def _log_gone(rnd: Random, meta: Path) -> None:
    _companion(rnd, meta).unlink()


def _log_of_garbage(rnd: Random, meta: Path) -> None:
    _companion(rnd, meta).write_bytes(rnd.randbytes(rnd.choice([10, PAGE, 50_000])))


def _older_database(rnd: Random, meta: Path) -> None:
    """Leave the log beside a database that is empty, or of another store."""
    _database(meta).write_bytes(rnd.choice([b"", (meta.parent / "other.db").read_bytes()]))


def _log_of_other(rnd: Random, meta: Path) -> None:
    shutil.copy(meta.parent / "other.db-wal", meta / "cache.db-wal")
    (meta / "cache.db-wal").chmod(0o600)


def _companion(rnd: Random, meta: Path) -> Path:
    path = meta / f"cache.db-{rnd.choice(['wal', 'shm'])}"
    path.touch(0o600)
    return path


KINDS: tuple[Damage, ...] = (
    *(_header, _whole_header, _page, _bytes, _swapped_pages, _cut, _longer, _gone),
    *(_log_patched, _log_cut, _log_gone, _log_of_garbage, _older_database, _log_of_other),
)


def material(seed: int, number: int) -> bytes:
    """Return what a case is."""
    return f"{_label(number)} {chance('damage', seed, number).randrange(1 << 30)}\n".encode()


def _label(number: int) -> str:
    if number >= DAMAGES:
        return list(CONTENTIONS)[(number - DAMAGES) % len(CONTENTIONS)]
    waiting = "log " if number // len(KINDS) % 2 else ""
    return waiting + KINDS[number % len(KINDS)].__name__.lstrip("_").replace("_", " ")


def check(seed: int, numbers: Sequence[int], folder: Path) -> Iterator[Verdict]:
    """Check cases one after the other."""
    load_what_forks_need()
    folder = folder.resolve()
    templates = Templates(folder / "templates")
    for number in numbers:
        rnd = chance("damage", seed, number)
        here = folder / str(number)
        if number >= DAMAGES:
            contention = CONTENTIONS[_label(number)]
            trouble, wall = contention(here)
        else:
            waiting = bool(number // len(KINDS) % 2)
            bench = templates.copy(here, waiting=waiting)
            KINDS[number % len(KINDS)](rnd, bench.store / "meta")
            trouble, wall = _damaged(bench)
        shutil.rmtree(here, ignore_errors=True)
        yield Verdict(case=number, label=_label(number), trouble=trouble, wall_s=wall)


class Templates:
    """Workspaces with results, one with something in the write-ahead log; they are copied for each case."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def copy(self, target: Path, *, waiting: bool) -> Bench:
        source = self._folder / ("waiting" if waiting else "closed")
        if not source.exists():
            _make_template(source, waiting=waiting)
        shutil.copytree(source, target, symlinks=True)
        return Bench(target)


def _make_template(folder: Path, *, waiting: bool) -> None:
    bench = Bench(folder)
    bench.set_up()
    bench.run()
    other = bench.store / "other.db"
    connection = sqlite3.connect(other, isolation_level=None)
    connection.execute("PRAGMA journal_mode = wal")
    connection.execute("CREATE TABLE planted (x)")
    if waiting:
        # Whoever opens the database last and is killed leaves the log as it is.
        reader = sqlite3.connect(_database(bench.store / "meta"), isolation_level=None)
        reader.execute("SELECT count(*) FROM Cache").fetchall()
        bench.edit(1)
        bench.run()
        bench.edit(0)
        bench.run()
        kept = bench.folder / "kept"
        shutil.copytree(bench.store / "meta", kept)
        reader.close()
        shutil.rmtree(bench.store / "meta")
        kept.rename(bench.store / "meta")
        assert (bench.store / "meta" / "cache.db-wal").stat().st_size
    shutil.copy(f"{other}-wal", bench.folder / "log")
    connection.close()
    (bench.folder / "log").rename(f"{other}-wal")


def _ran(bench: Bench, policy: CachePolicy | None = None) -> Forked:
    """Run in a fork; the answer is what is wrong, how many warnings there were, and how many results."""

    def work() -> tuple[str, list[str], int]:
        ran = bench.run(policy)
        trouble = troubles_of(ran) or bench.wrong_outputs()
        return trouble, [each.message for each in ran.notices], len(ran.cached)

    return in_fork(work, LIMIT_S)


def _damaged(bench: Bench) -> tuple[str, float]:
    """Return what is wrong with the runs and commands after a damage, and how long the slowest took."""
    slowest = 0.0
    for place in range(3):
        bench.delete_outputs()
        if place == 1:
            done = in_fork(lambda: _verified(bench), LIMIT_S)
            if done.raised:
                return f"verify: {done.raised}", done.wall_s
        done = _ran(bench)
        slowest = max(slowest, done.wall_s)
        if done.raised:
            return f"run {place + 1}: {done.raised}", slowest
        trouble, notices, cached = done.answer
        if trouble:
            return f"run {place + 1}: {trouble}: {notices}", slowest
        if place == 2 and (cached != 4 or notices):
            return f"not healed: {cached} results, {notices}", slowest
    return "", slowest


def _verified(bench: Bench) -> None:
    # That it cannot be used at all is an answer, too.
    with suppress(WfoptError):
        verify_cache(str(bench.state_folder / "cache"), wall=WALL)


def _crowd(folder: Path) -> tuple[str, float]:
    """Let many runs make a store at the same time."""
    benches = [Bench(folder / str(number)) for number in range(CROWD)]
    for bench in benches:
        bench.set_up()
    started_at = time.monotonic()
    policy = CachePolicy(folder=str(folder / "shared"))
    pids = [_forked(lambda bench=bench: _into(bench, policy)) for bench in benches]  # type: ignore[misc]
    for pid in pids:
        os.waitpid(pid, 0)
    wall = time.monotonic() - started_at
    for bench in benches:
        trouble = (bench.folder / "trouble").read_text()
        if trouble:
            return trouble, wall
    done = _ran(benches[0], policy)
    if done.raised or done.answer[0] or done.answer[2] != 4:
        return f"the run after the crowd: {done}", wall
    return "", wall


def _into(bench: Bench, policy: CachePolicy) -> None:
    done = _ran(bench, policy)
    trouble = done.raised or done.answer[0] or "".join(done.answer[1])
    (bench.folder / "trouble").write_text(trouble)


def _forked(work: Callable[[], object]) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    return pid


class Holder:
    """A process that was stopped while it held something."""

    def __init__(self, take: Callable[[], object]) -> None:
        reading, writing = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                held = take()
                os.write(writing, b"x")
                signal.pause()
                del held
            finally:
                os._exit(0)
        os.close(writing)
        assert os.read(reading, 1) == b"x"
        os.close(reading)
        os.kill(self._pid, signal.SIGSTOP)

    def end(self) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)


def _transaction(kind: str) -> Callable[[Bench], object]:
    def take(bench: Bench) -> object:
        connection = sqlite3.connect(_database(bench.store / "meta"), isolation_level=None)
        if kind == "ALONE":
            connection.execute("PRAGMA locking_mode = exclusive")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE Settings SET value = value")
        return connection

    return take


def _lock(operation: int) -> Callable[[Bench], object]:
    def take(bench: Bench) -> object:
        fd = os.open(bench.store / "gc.lock", os.O_RDWR)
        fcntl.flock(fd, operation)
        return fd

    return take


def _stopped(take: Callable[[Bench], object], number: int) -> Callable[[Path], tuple[str, float]]:
    """Return the contention in which somebody was stopped; `number` is the input of the run."""

    def contention(folder: Path) -> tuple[str, float]:
        bench = Bench(folder)
        bench.set_up()
        bench.run()
        bench.delete_outputs()
        bench.edit(number)
        holder = Holder(lambda: take(bench))
        try:
            done = in_fork(lambda: _in_spite(bench, number), LIMIT_S)
            gc = in_fork(lambda: _collected(bench), LIMIT_S)
        finally:
            holder.end()
        slow = "" if done.wall_s <= LONGEST_WAIT_S + 4 else f"it waited for {done.wall_s:.1f} s"
        if trouble := done.raised or done.answer or slow or gc.raised:
            return trouble, done.wall_s
        after = in_fork(lambda: _in_spite(bench, number), LIMIT_S)
        bench.delete_outputs()
        again = in_fork(lambda: len(bench.run().cached), LIMIT_S)
        if trouble := after.raised or after.answer or again.raised:
            return f"afterwards: {trouble}", done.wall_s
        return "" if again.answer == 4 else f"afterwards only {again.answer} are stored", done.wall_s

    return contention


def _in_spite(bench: Bench, number: int) -> str:
    ran = bench.run()
    trouble = troubles_of(ran, number) or bench.wrong_outputs(number)
    return trouble and f"{trouble}: {[each.message for each in ran.notices]}"


def _collected(bench: Bench) -> None:
    with suppress(WfoptError):
        collect_garbage(str(bench.state_folder / "cache"), limit=1, ttl=None, wall=WALL)


CONTENTIONS: dict[str, Callable[[Path], tuple[str, float]]] = {
    "crowd": _crowd,
    "somebody writes for ever, restore": _stopped(_transaction("SHARED"), 0),
    "somebody writes for ever, store": _stopped(_transaction("SHARED"), 1),
    "somebody has the database alone, restore": _stopped(_transaction("ALONE"), 0),
    "somebody has the database alone, store": _stopped(_transaction("ALONE"), 1),
    "somebody collects for ever, restore": _stopped(_lock(fcntl.LOCK_EX), 0),
    "somebody collects for ever, store": _stopped(_lock(fcntl.LOCK_EX), 1),
    "somebody restores for ever, store": _stopped(_lock(fcntl.LOCK_SH), 1),
}

CAMPAIGN = Campaign(
    name="damage",
    summary="no damage of the database and no stuck process keeps a run from its end",
    cases=DAMAGES + 2 * len(CONTENTIONS),
    jobs=2,
    batch=50,
    patience_s=240.0,
    check=check,
    material=material,
)
