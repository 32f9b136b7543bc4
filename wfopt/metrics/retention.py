"""Forgets the oldest runs, a few at a time, so that the history does not grow for ever."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable

from wfopt.metrics.keep import TIDY_EVERY_S, Keep
from wfopt.metrics.spool import known_shapes, note_shapes
from wfopt.metrics.writing import transaction

_DAY_S = 86_400.0
_BATCH = 100
_PAGES = 500
_SPARE = 0.25
"""The share of the file that may be empty."""

_UNUSED = {
    "texts": (
        "id NOT IN (SELECT workflow FROM runs UNION SELECT branch FROM runs UNION SELECT setup FROM runs"
        " UNION SELECT workflow FROM rewrites UNION SELECT step FROM traces)"
    ),
    "hosts": "id NOT IN (SELECT host FROM runs)",
    "shapes": "id NOT IN (SELECT shape FROM runs)",
    "rewrites": "id <= (SELECT max(id) FROM rewrites) - 10000",
}


def is_due(connection: sqlite3.Connection, now: float) -> bool:
    """Return whether it is time to tidy up: once a day, or when the clock was set back."""
    last = _last(connection)
    return last is None or not 0 <= now - last < TIDY_EVERY_S


def tidy(
    connection: sqlite3.Connection, folder: str, keep: Keep, *, now: float, stop: Callable[[], bool]
) -> bool:
    """Forget what need not be kept, in small transactions; return whether all is done.

    Nothing is forgotten for its age if the last time was longer ago than that: then it is likely that the
    clock is wrong, and the next time will tell.

    Args:
        connection: the database.
        folder: where it is.
        keep: what is kept.
        now: seconds since the epoch.
        stop: whether to leave the rest for the next time; asked after each transaction.

    Raises:
        sqlite3.Error, OSError: it cannot be done.
    """
    last = _last(connection)
    days = keep.days
    if days is not None and last is not None and now - last > days * _DAY_S:
        days = None
    tidier = _Tidier(connection, keep.runs, stop)
    done = (
        (days is None or tidier.by_age(now - days * _DAY_S))
        and (keep.rows is None or tidier.by_rows(keep.rows))
        and (keep.size_bytes is None or tidier.by_size(keep.size_bytes))
        and _forget_unused(connection, folder)
        and tidier.shrink()
    )
    if done:
        with transaction(connection):
            connection.execute("INSERT OR REPLACE INTO upkeep (name, value) VALUES ('tidied', ?)", (now,))
        # Its time tells who has little to write; without it that goes to the database: slower, no more.
        with contextlib.suppress(OSError):
            note_shapes(folder, known_shapes(folder))
    return done


def _last(connection: sqlite3.Connection) -> float | None:
    found = connection.execute("SELECT value FROM upkeep WHERE name = 'tidied'").fetchone()
    return None if found is None else float(found[0])


class _Tidier:
    """Forgets runs until it is told to stop; each method returns whether there is nothing left to do."""

    def __init__(self, connection: sqlite3.Connection, kept: int, stop: Callable[[], bool]) -> None:
        self._connection = connection
        self._stop = stop
        newest = "SELECT run FROM runs ORDER BY run DESC LIMIT 1 OFFSET ?"
        found = connection.execute(newest, (max(0, kept),)).fetchone()
        self._until = -1 if found is None else int(found[0])

    def by_age(self, since: float) -> bool:
        """Forget what started before a moment."""
        query = "SELECT run, ran + 1 FROM runs WHERE started_at < ? AND run <= ? LIMIT ?"
        return self._forget(lambda: self._connection.execute(query, (since, self._until, _BATCH)).fetchall())

    def by_rows(self, most: int) -> bool:
        """Forget the oldest while there are more attempts than that."""
        ((rows,),) = self._connection.execute("SELECT coalesce(sum(ran + 1), 0) FROM runs")
        excess = rows - most

        def oldest() -> list[tuple[int, int]]:
            nonlocal excess
            chosen = []
            for run, weight in self._oldest():
                if excess <= 0:
                    break
                chosen.append((run, weight))
                excess -= weight
            return chosen

        return self._forget(oldest)

    def by_size(self, most: int) -> bool:
        """Forget the oldest while the content takes more bytes than that."""
        return self._forget(lambda: self._oldest() if self._used() > most else [])

    def shrink(self) -> bool:
        """Give empty pages back if there are many."""
        while self._number("freelist_count") > max(_PAGES, _SPARE * self._number("page_count")):
            if self._stop():
                return False
            self._connection.execute(f"PRAGMA incremental_vacuum({_PAGES})").fetchall()
        return True

    def _forget(self, chosen: Callable[[], list[tuple[int, int]]]) -> bool:
        while batch := chosen():
            with transaction(self._connection):
                runs = [(run,) for run, _ in batch]
                for table in ("figures", "details", "traces", "runs"):
                    self._connection.executemany(f"DELETE FROM {table} WHERE run = ?", runs)  # noqa: S608
            if self._stop():
                return False
        return True

    def _oldest(self) -> list[tuple[int, int]]:
        query = "SELECT run, ran + 1 FROM runs WHERE run <= ? ORDER BY run LIMIT ?"
        return self._connection.execute(query, (self._until, _BATCH)).fetchall()

    def _used(self) -> int:
        pages = self._number("page_count") - self._number("freelist_count")
        return pages * self._number("page_size")

    def _number(self, pragma: str) -> int:
        ((value,),) = self._connection.execute(f"PRAGMA {pragma}")
        return int(value)


def _forget_unused(connection: sqlite3.Connection, folder: str) -> bool:
    """Delete what no run refers to any more, in one transaction."""
    with transaction(connection):
        query = f"SELECT hash FROM shapes WHERE {_UNUSED['shapes']}"  # noqa: S608  # constants
        unused = {hashed for (hashed,) in connection.execute(query)}
        known = known_shapes(folder)
        if unused & set(known):
            note_shapes(folder, [each for each in known if each not in unused])
        for table, condition in _UNUSED.items():
            connection.execute(f"DELETE FROM {table} WHERE {condition}")  # noqa: S608  # constants
    return True
