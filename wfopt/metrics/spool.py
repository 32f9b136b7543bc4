"""The spool: where runs in which little was started are noted until somebody opens the database.

To open it and to write to it takes as long as a short step. Each run is one sealed line, written in one go to
the end of `history.spool`. Whoever opens the database for writing folds the spool in: it is renamed first,
and deleted when its runs are in the database. A run that is there already is not added again, so that nothing
is lost or doubled wherever a folder is killed.

A line names the graph of its run by a hash. `history.shapes` says which graphs the database has; it names
the database too, so that it does not speak for another one. Its time says when the database was last known
to be tidy: a run that comes a day later goes to the database, so that old runs are forgotten.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import threading
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import groupby
from typing import Any

from wfopt.dataclass import dataclass
from wfopt.metrics.attempt_encoding import Packed, Plain, pack_attempts, pack_plain, plain
from wfopt.metrics.encoding import DECODING_ERRORS, ENDINGS, seconds, to_json
from wfopt.metrics.keep import TIDY_EVERY_S
from wfopt.metrics.run_encoding import SHAPE_HASH_BYTES, cast_hash, cast_of, pack_run, sizes_in
from wfopt.model.history import Host, RunStory

DATABASE = "history.db"
SPOOL = "history.spool"
SHAPES = "history.shapes"
FOLDED = ".fold"
"""The end of the name of a spool that is being folded in."""

MOST_SPOOL_BYTES = 1024 * 1024
MOST_SHAPES = 64

MOST_STARTED = 16
"""A run in which more attempts were started goes to the database: it takes long enough for that."""

_SEAL_BYTES = 8
_SEAL_DIGITS = 2 * _SEAL_BYTES
_RIGHTS = 0o600
_PAUSE_S = 0.01
_TRIES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Spooled:
    """A run of the spool.

    Attributes:
        run_id: its name.
        workflow: its workflow.
        branch: its branch.
        host: where it ran.
        shape: the hash of its graph.
        ending: the place of its ending in `ENDINGS`.
        figures: when it started, its wall time, its cpu time.
        shared: what it shares with others, as JSON.
        own: what else is kept of it, as JSON.
        packed: what became of its steps.
        peak_memory_bytes: the peak of a step, or None.
    """

    run_id: str
    workflow: str
    branch: str
    host: Host
    shape: bytes
    ending: int
    figures: tuple[float, float, float]
    shared: str
    own: str
    packed: Packed
    peak_memory_bytes: int | None


def append(folder: str, story: RunStory) -> bool:
    """Note a run in which little was started, without the database.

    Args:
        folder: where the history is: `.wfopt`.
        story: the run.

    Returns:
        whether it was noted. If not, it is to be written to the database: many steps were started, there is
        more to keep than how they ended, the database does not have the graph yet or is to be tidied up, the
        spool is full, or it cannot be written.
    """
    started = sum(1 for each in story.attempts if each.attempt)
    if started > MOST_STARTED or story.samples or story.printed or story.traces:
        return False
    try:
        if started and not _is_tidy(folder, story):
            return False
        cast = cast_of(story)
        shape = cast_hash(cast)
        if shape not in known_shapes(folder):
            return False
        ended = None if started else plain(cast.members, story.attempts)
        packed = None if ended is not None else pack_attempts(cast.members, story.attempts)
        return _append_line(os.path.join(folder, SPOOL), _line(story, shape, ended or [], packed))
    except (OSError, *DECODING_ERRORS):
        return False


def _is_tidy(folder: str, story: RunStory) -> bool:
    """Return whether the database was tidied up lately, seen from the end of a run."""
    now = story.run.started_at + story.run.wall_s
    return abs(now - os.stat(os.path.join(folder, SHAPES)).st_mtime) < TIDY_EVERY_S


def known_shapes(folder: str) -> list[bytes]:
    """Return the hashes of graphs that the database surely has; none if there is no word about it.

    Raises:
        OSError: that cannot be read.
    """
    try:
        with open(os.path.join(folder, SHAPES), "rb") as file:
            data = file.read()
        info = os.stat(os.path.join(folder, DATABASE))
    except FileNotFoundError:
        return []
    size = SHAPE_HASH_BYTES
    owner = _owner(info)
    if len(data) % size or data[:size] != owner:
        return []
    return [data[start : start + size] for start in range(size, len(data), size)]


def note_shapes(folder: str, shapes: Sequence[bytes]) -> None:
    """Say which graphs the database has.

    Raises:
        OSError: it cannot be written.
    """
    path = os.path.join(folder, SHAPES)
    draft = f"{path}.new-{os.getpid()}-{os.urandom(4).hex()}"
    owner = _owner(os.stat(os.path.join(folder, DATABASE)))
    try:
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _RIGHTS)
        try:
            os.write(fd, b"".join((owner, *shapes[-MOST_SHAPES:])))
        finally:
            os.close(fd)
        os.rename(draft, path)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(draft)


def take(folder: str) -> list[str]:
    """Put the spool aside, so that nobody adds to it; return the paths of all that were put aside.

    Raises:
        OSError: it cannot be moved.
    """
    path = os.path.join(folder, SPOOL)
    with contextlib.suppress(FileNotFoundError):
        os.rename(path, f"{path}-{os.getpid()}-{os.urandom(4).hex()}{FOLDED}")
    return _aside(folder)


def waiting(folder: str) -> list[str]:
    """Return the paths of all that is to be folded in, the spool last.

    Raises:
        OSError: the folder cannot be read.
    """
    path = os.path.join(folder, SPOOL)
    return [*_aside(folder), *([path] if os.path.lexists(path) else [])]


def read(path: str) -> tuple[list[Spooled], int]:
    """Return the runs of a spool, and how many lines are damaged; whoever still writes is waited for.

    Raises:
        OSError: it cannot be read, or somebody holds it for long.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return [], 0
    with os.fdopen(fd, "rb") as file:
        _lock(fd, fcntl.LOCK_SH)
        data = file.read(2 * MOST_SPOOL_BYTES)
    lines = [line for line in data.split(b"\n") if line]
    found = [each for each in map(_parse, lines) if each is not None]
    return found, len(lines) - len(found)


def _aside(folder: str) -> list[str]:
    names = sorted(os.listdir(folder))
    return [
        os.path.join(folder, name) for name in names if name.startswith(f"{SPOOL}-") and name.endswith(FOLDED)
    ]


def _owner(info: os.stat_result) -> bytes:
    """Return what stands for a file in the place of the first hash."""
    return blake2b(b"%d %d" % (info.st_dev, info.st_ino), digest_size=SHAPE_HASH_BYTES).digest()


def _line(story: RunStory, shape: bytes, ended: Plain, packed: Packed | None) -> bytes:
    run = story.run
    shared, own = pack_run(run, sizes_in(story.attempts))
    content = [
        *(run.run_id, run.workflow, run.revision.branch),
        [run.host.name, run.host.cpus, run.host.memory_bytes],
        *(shape.hex(), ENDINGS.index(run.ending)),
        [run.started_at, seconds(run.wall_s), seconds(run.cpu_s)],
        *(shared, own, ended),
    ]
    if packed is not None:
        # Of a thousand steps nearly all have the same status.
        statuses = [[status, len(list(same))] for status, same in groupby(packed.statuses)]
        columns = (packed.records, packed.early, packed.details)
        content.append([run.peak_memory_bytes, packed.ran, statuses, *(column.hex() for column in columns)])
    text = to_json(content).encode()
    # The line end in front ends a line that was cut off.
    return b"\n%b %b\n" % (_seal(text), text)


def _packed(ended: Plain, started: list[Any]) -> tuple[Packed, int | None]:
    """Return the attempts of a line, and the peak of the memory."""
    if not started:
        return pack_plain(ended), None
    peak, ran, statuses, *columns = started
    records, early, details = map(bytes.fromhex, columns)
    packed = Packed(
        statuses=b"".join(bytes((status,)) * steps for status, steps in statuses),
        records=records,
        early=early,
        ran=ran,
        details=details,
    )
    return packed, peak


def _seal(text: bytes) -> bytes:
    return blake2b(text, digest_size=_SEAL_BYTES, person=b"wfopt-spool-1").hexdigest().encode()


def _parse(line: bytes) -> Spooled | None:
    text = line[_SEAL_DIGITS + 1 :]
    if line[: _SEAL_DIGITS + 1] != _seal(text) + b" ":
        return None
    try:
        run_id, workflow, branch, host, shape, ending, figures, shared, own, *steps = json.loads(text)
        packed, peak = _packed(steps[0], *(steps[1:] or [[]]))
        return Spooled(
            run_id=run_id,
            workflow=workflow,
            branch=branch,
            host=Host(name=host[0], cpus=host[1], memory_bytes=host[2]),
            shape=bytes.fromhex(shape),
            ending=ending,
            figures=(figures[0], figures[1], figures[2]),
            shared=shared,
            own=own,
            packed=packed,
            peak_memory_bytes=peak,
        )
    except DECODING_ERRORS:
        return None


def _append_line(path: str, line: bytes) -> bool:
    """Add a line unless the spool is full; a spool that is put aside meanwhile gets nothing more."""
    for _ in range(_TRIES):
        with _opened(path) as fd:
            _lock(fd, fcntl.LOCK_EX)
            mine = os.fstat(fd)
            if not _stands_there(path, mine):
                continue
            if mine.st_size + len(line) > MOST_SPOOL_BYTES:
                return False
            if os.write(fd, line) == len(line):
                return True
            os.ftruncate(fd, mine.st_size)
            return False
    return False


@contextlib.contextmanager
def _opened(path: str) -> Iterator[int]:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    fd = os.open(path, flags, _RIGHTS)
    try:
        yield fd
    finally:
        os.close(fd)


def _stands_there(path: str, info: os.stat_result) -> bool:
    try:
        there = os.lstat(path)
    except FileNotFoundError:
        return False
    return (there.st_dev, there.st_ino) == (info.st_dev, info.st_ino)


def _lock(fd: int, kind: int) -> None:
    for _ in range(_TRIES):
        try:
            return fcntl.flock(fd, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            threading.Event().wait(_PAUSE_S)
    raise OSError("another process holds its lock")
