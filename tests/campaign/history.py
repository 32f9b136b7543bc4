"""The history is damaged, filled up, shared and killed: what was promised is there, and nothing else ends.

Damage of the database costs what was in it at most, and is told; whatever the damage, a run can be written
right away. Processes that write at the same time lose nothing, nor do those that are killed, but for the
run that they were busy with.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.campaign.base import Campaign, Verdict, chance
from tests.campaign.scribes import STEPS, end, start, tale, troubles
from tests.support.forks import in_fork
from wfopt.metrics.damage import HistoryError
from wfopt.metrics.spool import append
from wfopt.metrics.store import open_history, read_history
from wfopt.model.history import Scope
from wfopt.model.workflow import StepId

WRITERS = 8
"""How many processes write at the same time."""

_NOW = 1.75e9
_LIMIT_S = 60.0
_SPOOLED = 5


def material(seed: int, number: int) -> bytes:
    """Return what is done in a case."""
    return f"{_kind(number)[0]}, {chance('history', seed, number).random()}\n".encode()


def check(seed: int, numbers: Sequence[int], folder: Path) -> Iterator[Verdict]:
    """Check cases one after the other."""
    for number in numbers:
        name, work = _kind(number)
        here, rnd = folder / str(number), chance("history", seed, number)
        here.mkdir()
        started_at = time.monotonic()
        label, problems = work(here, rnd)
        wall = time.monotonic() - started_at
        shutil.rmtree(here)
        trouble = "\n".join(problems[:5])
        yield Verdict(case=number, label=f"{name}, {label}" if label else name, trouble=trouble, wall_s=wall)


Outcome = tuple[str, list[str]]
"""What came of a case, in a word, and what is wrong."""


def _damage(folder: Path, rnd: random.Random) -> Outcome:
    """Damage a file of the database, then write and read."""
    in_log = rnd.random() < 0.5
    _fill(folder, leave_log=in_log)
    names = ["history.db", *(["history.db-wal", "history.db-shm"] if in_log else [])]
    path = folder / rnd.choice(names)
    way = rnd.choice(_WAYS)
    way(path, rnd)
    found = in_fork(lambda: _write_and_read(folder), _LIMIT_S)
    if found.raised:
        return "", [f"{way.__name__} of {path.name}: {found.raised}"]
    label, problems = found.answer
    return label, [f"{way.__name__} of {path.name}: {problem}" for problem in problems]


def _fill(folder: Path, *, leave_log: bool) -> None:
    """Write some runs, in a process that is gone without letting go of the files if the log is to be left."""

    def fill() -> None:
        history = open_history(
            str(folder / "history.db"), wall=lambda: _NOW, monotonic=time.monotonic, warn=_must_not_warn
        )
        for number in range(12):
            if not history.write(tale(f"old-{number}")):
                raise AssertionError("it cannot be written")
        if leave_log:
            os._exit(0)
        history.close()

    in_fork(fill, _LIMIT_S)


def _must_not_warn(said: object) -> None:
    raise AssertionError(said)


def _write_and_read(folder: Path) -> Outcome:
    """Write a run twice, as two runs would; return what happened, and what is wrong."""
    path, said, problems = str(folder / "history.db"), [], []
    for name in ("new-1", "new-2"):
        with open_history(path, wall=lambda: _NOW, monotonic=time.monotonic, warn=said.append) as history:
            if not history.write(tale(name)):
                problems.append(f"{name} was not written: {[(each.message, each.causes) for each in said]}")
            history.tidy()
    if problems and all("a later version" in each.causes[0] for each in said):
        return "taken for a later version", []
    if len(said) > 2:
        problems.append(f"{len(said)} warnings")
    unreadable = False
    for ask in _QUESTIONS:
        try:
            with read_history(path) as history:
                ask(history)
        except HistoryError:
            unreadable = True
    return "started anew" if said else "unreadable in part" if unreadable else "as before", problems


_QUESTIONS: tuple[Callable[..., object], ...] = (
    lambda history: history.workflows(),
    lambda history: history.runs(Scope()),
    lambda history: history.run_points(Scope()),
    lambda history: history.step_totals(Scope()),
    lambda history: history.step_points(Scope(), StepId(STEPS[3])),
    lambda history: history.attempts_of(Scope(), StepId(STEPS[3])),
    lambda history: [history.story(f"old-{number}") for number in range(12)],
)


def flip(path: Path, rnd: random.Random) -> None:
    content = bytearray(path.read_bytes())
    for _ in range(rnd.choice([1, 1, 8])):
        content[rnd.randrange(len(content))] ^= 1 << rnd.randrange(8)
    path.write_bytes(content)


def flip_at_the_start(path: Path, rnd: random.Random) -> None:
    content = bytearray(path.read_bytes())
    content[rnd.randrange(100)] ^= 1 << rnd.randrange(8)
    path.write_bytes(content)


def truncate(path: Path, rnd: random.Random) -> None:
    os.truncate(path, rnd.randrange(path.stat().st_size))


def truncate_at_a_page(path: Path, rnd: random.Random) -> None:
    os.truncate(path, rnd.randrange(path.stat().st_size // 4096 + 1) * 4096)


def tear_a_page(path: Path, rnd: random.Random) -> None:
    content = bytearray(path.read_bytes())
    start = rnd.randrange(len(content) // 4096) * 4096
    torn = slice(start + rnd.choice([0, 512, 2048]), start + 4096)
    content[torn] = rnd.choice([bytes, rnd.randbytes])(len(content[torn]))
    path.write_bytes(content)


def replace_by_a_folder(path: Path, rnd: random.Random) -> None:
    path.unlink()
    path.mkdir()
    (path / "file").touch()


def replace_by_a_link(path: Path, rnd: random.Random) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def replace_by_a_pipe(path: Path, rnd: random.Random) -> None:
    path.unlink()
    os.mkfifo(path)


def remove(path: Path, rnd: random.Random) -> None:
    path.unlink()


def replace_by_text(path: Path, rnd: random.Random) -> None:
    path.write_bytes(rnd.choice([b"", b"history\n", rnd.randbytes(5000)]))


_WAYS = (
    *(flip, flip_at_the_start, truncate, truncate_at_a_page, tear_a_page, flip, truncate, tear_a_page),
    *(replace_by_a_folder, replace_by_a_link, replace_by_a_pipe, remove, replace_by_text),
)


def _damaged_spool(folder: Path, rnd: random.Random) -> Outcome:
    """Damage the spool: only lines that are hit are missing, and that is told."""
    _fill(folder, leave_log=False)
    told = [tale(f"idle-{number}", idle=True) for number in range(_SPOOLED)]
    if not all(append(str(folder), each) for each in told):
        return "", ["nothing was spooled"]
    way = rnd.choice([flip, truncate])
    way(folder / "history.spool", rnd)
    said: list[object] = []
    path = str(folder / "history.db")
    with open_history(path, wall=lambda: _NOW, monotonic=time.monotonic, warn=said.append) as history:
        written = history.write(tale("new"))
    with read_history(path) as history:
        found = [history.story(each.run.run_id) for each in told]
    lost = [number for number, each in enumerate(found) if each != told[number]]
    problems = [] if written else ["the next run was not written"]
    if any(found[number] is not None for number in lost):
        problems.append("a damaged line was believed")
    if (way is flip and len(lost) > 8) or (lost and not said and way is flip):
        problems.append(f"{len(lost)} runs are lost, said: {said}")
    return f"{len(lost)} of {_SPOOLED} lines lost", problems


def _full_disk(folder: Path, rnd: random.Random) -> Outcome:
    """Let files grow no further: nothing is raised, one warning at most is given, what was there stays."""
    before = rnd.random() < 0.7
    if before:
        _fill(folder, leave_log=False)
    limit = rnd.choice([0, 100, rnd.randrange(8192), rnd.randrange(200_000)])

    def work() -> list[str]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        said: list[object] = []
        append(str(folder), tale("idle", idle=True))
        history = open_history(
            str(folder / "history.db"), wall=lambda: _NOW, monotonic=time.monotonic, warn=said.append
        )
        done = [history.write(tale(f"new-{number}")) for number in range(5)]
        history.close()
        return [] if all(done) or len(said) == 1 else [f"{done}, said: {said}"]

    found = in_fork(work, _LIMIT_S)
    problems = [found.raised] if found.raised else found.answer
    label, after = _write_and_read(folder)
    if before and label != "as before":
        problems.append(f"afterwards the history is {label}")
    return "", [*problems, *after]


def _clocks(folder: Path, rnd: random.Random) -> Outcome:
    """Let the clock jump between runs: nothing is negative, and the newest runs stay."""
    path, names = str(folder / "history.db"), []
    for number in range(30):
        now = _NOW + rnd.choice([0.0, 86_400.0 * number, 3e8, -3e8, -_NOW, 1e11])
        told = tale(f"run-{number}")
        with open_history(path, wall=lambda: now, monotonic=time.monotonic, warn=_must_not_warn) as history:  # noqa: B023
            history.write(told)
            history.tidy()
        names.append(told.run.run_id)
    with read_history(path) as history:
        found = [run.run_id for run in history.runs(Scope())]
    return "", [] if found == names else [f"{len(found)} of {len(names)} runs are left, or in another order"]


def _crowd(folder: Path, rnd: random.Random, runs: int = 15) -> Outcome:
    """Write from several processes at once."""
    for pid in [start(folder, f"writer{number}", runs) for number in range(WRITERS)]:
        end(pid)
    return f"{WRITERS} x {runs} runs", list(troubles(folder))


def _large_crowd(folder: Path, rnd: random.Random) -> Outcome:
    return _crowd(folder, rnd, 1000)


def _kills(folder: Path, rnd: random.Random) -> Outcome:
    """Kill writers at any moment; others go on."""
    killed = 0
    for turn in range(6):
        pids = [start(folder, f"writer{turn}.{number}", 1000) for number in range(2)]
        time.sleep(rnd.uniform(0.0, 0.08))  # noqa: TID251 - the moment of the kill is what is tried
        for pid in pids:
            end(pid, kill=True)
        killed += len(pids)
    end(start(folder, "last", 1))
    return "", list(troubles(folder, killed=killed))


_KINDS: tuple[tuple[str, Callable[[Path, random.Random], Outcome]], ...] = (
    ("damage", _damage),
    ("damage", _damage),
    ("kills", _kills),
    ("damage", _damage),
    ("spool", _damaged_spool),
    ("full", _full_disk),
    ("damage", _damage),
    ("clocks", _clocks),
    ("damage", _damage),
    ("crowd", _crowd),
)


def _kind(number: int) -> tuple[str, Callable[[Path, random.Random], Outcome]]:
    return ("crowd", _large_crowd) if number % 1000 == 999 else _KINDS[number % len(_KINDS)]


CAMPAIGN = Campaign(
    name="history",
    summary="damage, kills, a full disk and parallel writers cost a history no run that they did not hit",
    cases=3000,
    jobs=2,
    batch=100,
    patience_s=300.0,
    check=check,
    material=material,
)
