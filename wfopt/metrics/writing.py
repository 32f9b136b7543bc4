"""Puts runs into the database."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator

from wfopt.metrics.attempt_encoding import Packed, pack_attempts, pack_plain
from wfopt.metrics.effect_encoding import pack_effects
from wfopt.metrics.encoding import DECODING_ERRORS, ENDINGS, seconds, to_bytes, to_json
from wfopt.metrics.run_encoding import (
    NO_MEMORY,
    Cast,
    cast_hash,
    cast_of,
    pack_cast,
    pack_printed,
    pack_run,
    pack_samples,
    sizes_in,
)
from wfopt.metrics.spool import Spooled, known_shapes, note_shapes, read, take
from wfopt.model.history import Ending, Host, Rewrite, RunStory, Shape

_UNFINISHED = ENDINGS.index(Ending.UNFINISHED)
_IMPOSSIBLE = (*DECODING_ERRORS, sqlite3.InterfaceError, sqlite3.ProgrammingError, sqlite3.IntegrityError)
_NOBODY = Cast((), Shape(()))
_INSERT = (
    "INSERT OR REPLACE INTO runs (run, run_id, workflow, branch, host, shape, setup, ending, started_at,"
    " wall_s, cpu_s, peak_memory_bytes, ran, statuses, about) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Do all or nothing, as the only writer.

    Raises:
        sqlite3.Error: it cannot be done.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
        raise


def write_story(connection: sqlite3.Connection, story: RunStory) -> bytes:
    """Write a run, in place of what was known of it while it went on; return the hash of its graph.

    A run that ended and is there already stays as it is.

    Raises:
        sqlite3.Error: it cannot be written; nothing has changed then.
        ValueError, LookupError, TypeError, OverflowError: something in it is impossible.
    """
    with transaction(connection):
        return insert_story(connection, story)


def insert_story(connection: sqlite3.Connection, story: RunStory) -> bytes:
    """Do what `write_story` does within a transaction of the caller, who may have many to write."""
    cast = cast_of(story)
    hashed, run = cast_hash(cast), story.run
    place = _place_of(connection, run.run_id)
    if place is None:
        return hashed
    packed = pack_attempts(cast.members, story.attempts)
    shared, own = pack_run(run, sizes_in(story.attempts))
    row = (
        run.run_id,
        _text(connection, run.workflow),
        _text(connection, run.revision.branch),
        _host(connection, run.host),
        _shape(connection, hashed, cast),
        _text(connection, shared),
        ENDINGS.index(run.ending),
        seconds(run.started_at),
        seconds(run.wall_s),
        seconds(run.cpu_s),
        run.peak_memory_bytes,
    )
    rest = (pack_samples(story.samples), pack_printed(story.printed))
    _insert(connection, (place, *row, packed.ran, packed.statuses, own), packed, rest)
    for each in story.traces:
        traced = (place, _text(connection, each.step), each.fingerprint, pack_effects(each.effects))
        connection.execute(
            "INSERT OR REPLACE INTO traces (run, step, fingerprint, effects) VALUES (?, ?, ?, ?)", traced
        )
    return hashed


def write_rewrite(connection: sqlite3.Connection, rewrite: Rewrite) -> None:
    """Write an optimization.

    Raises:
        sqlite3.Error: it cannot be written; nothing has changed then.
        ValueError: a number in it is not finite.
    """
    content = to_json([rewrite.before, rewrite.after, rewrite.passes, rewrite.predicted_saving_s])
    with transaction(connection):
        row = (seconds(rewrite.at), _text(connection, rewrite.workflow), content)
        connection.execute("INSERT INTO rewrites (at, workflow, content) VALUES (?, ?, ?)", row)


def fold(connection: sqlite3.Connection, folder: str) -> int:
    """Move what is in the spool to the database; return how many lines were damaged.

    Raises:
        OSError, sqlite3.Error: it cannot be done; nothing is lost then.
    """
    damaged = 0
    for path in take(folder):
        found, bad = read(path)
        damaged += bad
        write_spooled(connection, found)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
    return damaged


def write_spooled(connection: sqlite3.Connection, found: list[Spooled]) -> None:
    """Write runs of a spool, but for those that are there already.

    Raises:
        sqlite3.Error: they cannot be written; nothing has changed then.
    """
    with transaction(connection):
        for each in found:
            # A line with an impossible value was not written by this program.
            with contextlib.suppress(*_IMPOSSIBLE):
                _write_spooled(connection, each)


def remember_shape(folder: str, hashed: bytes) -> None:
    """Say that the database has a graph, so that runs of it can be spooled.

    Raises:
        OSError: it cannot be written.
    """
    known = known_shapes(folder)
    if hashed not in known:
        note_shapes(folder, [*known, hashed])


def _write_spooled(connection: sqlite3.Connection, each: Spooled) -> None:
    place = _place_of(connection, each.run_id)
    if place is None:
        return
    packed, peak = each.packed, each.peak_memory_bytes
    shape = connection.execute("SELECT id FROM shapes WHERE hash = ?", (each.shape,)).fetchone()
    if shape is None:
        # The database that had the graph is gone; what is known of the run as a whole remains.
        packed, shape = pack_plain([]), (_shape(connection, cast_hash(_NOBODY), _NOBODY),)
    row = (
        each.run_id,
        _text(connection, each.workflow),
        _text(connection, each.branch),
        _host(connection, each.host),
        shape[0],
        _text(connection, each.shared),
        each.ending,
        *each.figures,
        peak,
    )
    _insert(connection, (place, *row, packed.ran, packed.statuses, each.own), packed, (None, None))


def _insert(
    connection: sqlite3.Connection, row: tuple[object, ...], packed: Packed, rest: tuple[object, object]
) -> None:
    place = row[0]
    connection.execute(_INSERT, row)
    for table in ("figures", "details"):
        connection.execute(f"DELETE FROM {table} WHERE run = ?", (place,))  # noqa: S608  # constants
    if packed.ran:
        figures = (place, packed.records, packed.early)
        connection.execute("INSERT INTO figures (run, records, early) VALUES (?, ?, ?)", figures)
    details = (place, packed.details, *rest)
    connection.execute("INSERT INTO details (run, attempts, samples, printed) VALUES (?, ?, ?, ?)", details)


def _place_of(connection: sqlite3.Connection, run_id: str) -> int | None:
    """Return the row for a run; None if it ended and is there already."""
    found = connection.execute("SELECT run, ending FROM runs WHERE run_id = ?", (run_id,)).fetchone()
    if found is not None:
        return int(found[0]) if found[1] == _UNFINISHED else None
    ((newest,),) = connection.execute("SELECT coalesce(max(run), 0) FROM runs")
    return int(newest) + 1


def _text(connection: sqlite3.Connection, text: str) -> int:
    return _number_of(connection, "texts", ("text",), (to_bytes(text),))


def _host(connection: sqlite3.Connection, host: Host) -> int:
    memory = NO_MEMORY if host.memory_bytes is None else host.memory_bytes
    columns = ("name", "cpus", "memory_bytes")
    return _number_of(connection, "hosts", columns, (to_bytes(host.name), host.cpus, memory))


def _shape(connection: sqlite3.Connection, hashed: bytes, cast: Cast) -> int:
    found = connection.execute("SELECT id FROM shapes WHERE hash = ?", (hashed,)).fetchone()
    if found is not None:
        return int(found[0])
    row = (hashed, pack_cast(cast))
    return int(connection.execute("INSERT INTO shapes (hash, content) VALUES (?, ?)", row).lastrowid or 0)


def _number_of(
    connection: sqlite3.Connection, table: str, columns: tuple[str, ...], values: tuple[object, ...]
) -> int:
    """Return the number of a row of a dictionary, which is added if it is missing."""
    same = " AND ".join(f"{column} = ?" for column in columns)
    found = connection.execute(f"SELECT id FROM {table} WHERE {same}", values).fetchone()  # noqa: S608
    if found is not None:
        return int(found[0])
    marks = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608  # constants
    return int(connection.execute(statement, values).lastrowid or 0)
