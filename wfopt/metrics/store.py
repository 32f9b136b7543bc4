"""Where the history is opened: for writing by what runs, for reading by what asks.

Trouble costs the record of a run at most. Whoever writes is told once what is wrong, and nothing is raised.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable
from typing import Self

from wfopt.errors import Diagnostic
from wfopt.metrics.damage import (
    DamageError,
    ForeignError,
    Identity,
    diagnosis,
    identity,
    is_damage,
    set_aside,
    why,
)
from wfopt.metrics.encoding import DECODING_ERRORS
from wfopt.metrics.keep import USUAL_KEEP, Keep
from wfopt.metrics.reading import StoredHistory, reading, unreadable
from wfopt.metrics.retention import is_due, tidy
from wfopt.metrics.schema import copy_to_memory, create_in_memory, open_for_reading, open_for_writing
from wfopt.metrics.spool import read, waiting
from wfopt.metrics.writing import fold, remember_shape, write_rewrite, write_spooled, write_story
from wfopt.model.history import Rewrite, RunStory

PATIENCE_S = 5.0
"""How long a lock is waited for, in seconds."""

TIDY_S = 0.1
"""How long a run tidies up at its end, in seconds."""

_TRIES = 3
_TROUBLE = (sqlite3.Error, OSError, DamageError, ForeignError, *DECODING_ERRORS)


def open_history(
    path: str,
    *,
    wall: Callable[[], float],
    monotonic: Callable[[], float],
    warn: Callable[[Diagnostic], None],
    keep: Keep = USUAL_KEEP,
    patience_s: float = PATIENCE_S,
) -> HistoryWriter:
    """Return what writes to a history; no file is touched before the first call.

    Args:
        path: the database; it and its folder are made as needed.
        wall: tells the seconds since the epoch.
        monotonic: tells the seconds since any moment.
        warn: is told what is wrong: once at most that nothing can be written, and of damage.
        keep: what is kept.
        patience_s: how long to wait for a lock, in seconds.
    """
    return HistoryWriter(path, wall=wall, monotonic=monotonic, warn=warn, keep=keep, patience_s=patience_s)


def read_history(path: str) -> StoredHistory:
    """Return what answers questions about a history; an empty one if there is none.

    Runs in the spool count. If they can be moved to the database, they are; else nothing is changed, which
    works in folders that cannot be written, too.

    Raises:
        HistoryError: it cannot be read.
    """
    path = os.path.abspath(path)
    with reading(path):
        try:
            return StoredHistory(_open_to_read(path), path)
        except ForeignError as error:
            raise unreadable(path, str(error)) from error


class HistoryWriter:
    """Writes runs to a history; for one thread. None of its methods raises anything."""

    def __init__(
        self,
        path: str,
        *,
        wall: Callable[[], float],
        monotonic: Callable[[], float],
        warn: Callable[[Diagnostic], None],
        keep: Keep,
        patience_s: float,
    ) -> None:
        """Open nothing yet."""
        self._path = os.path.abspath(path)
        self._folder = os.path.dirname(self._path)
        self._wall = wall
        self._monotonic = monotonic
        self._warn = warn
        self._keep = keep
        self._patience_s = patience_s
        self._connection: sqlite3.Connection | None = None
        self._seen: Identity | None = None
        self._given_up = False

    def open(self) -> bool:
        """Open the database, so that the first write need not; return whether it can be written."""
        return self._attempt(lambda _: None)

    def write(self, story: RunStory) -> bool:
        """Write a run, or what is known of it so far; return whether it is kept.

        A run that is already there as unfinished is replaced; one that ended stays as it is.
        """

        def work(connection: sqlite3.Connection) -> None:
            hashed = write_story(connection, story)
            # Without the note the next run in which nothing is started goes to the database: slower, no more.
            with contextlib.suppress(OSError):
                remember_shape(self._folder, hashed)

        return self._attempt(work)

    def add_rewrite(self, rewrite: Rewrite) -> bool:
        """Write an optimization; return whether it is kept."""
        return self._attempt(lambda connection: write_rewrite(connection, rewrite))

    def tidy(self, budget_s: float = TIDY_S) -> bool:
        """Forget old runs, if it is time for that; return whether there is nothing left to do.

        Args:
            budget_s: about how long that may take, in seconds; the rest is done the next time.
        """
        until = self._monotonic() + budget_s
        done = True

        def work(connection: sqlite3.Connection) -> None:
            nonlocal done
            now = self._wall()
            if is_due(connection, now):
                stop = lambda: self._monotonic() >= until  # noqa: E731
                done = tidy(connection, self._folder, self._keep, now=now, stop=stop)

        return self._attempt(work) and done

    def close(self) -> None:
        """Let go of all files; the next call of another method opens them again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _attempt(self, work: Callable[[sqlite3.Connection], None]) -> bool:
        """Do something; again without the database if that is damaged, or was moved aside meanwhile."""
        for _ in range(0 if self._given_up else _TRIES):
            try:
                work(self._open())
                if identity(self._path) == self._seen:
                    return True
                self.close()
            except _TROUBLE as error:
                self.close()
                if not (is_damage(error) and self._set_aside(error)):
                    return self._give_up(why(error))
        return False if self._given_up else self._give_up("it is replaced again and again")

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._seen = identity(self._path)
            self._connection = open_for_writing(self._path, self._patience_s)
            self._seen = identity(self._path)
            if waiting(self._folder):
                self._fold(self._connection)
        return self._connection

    def _fold(self, connection: sqlite3.Connection) -> None:
        try:
            damaged = fold(connection, self._folder)
        except OSError:
            return
        if damaged:
            many = f"{damaged} runs are" if damaged > 1 else "1 run is"
            self._warn(diagnosis(f"{many} missing in the history", "their lines in the spool are damaged"))

    def _set_aside(self, error: BaseException) -> bool:
        """Move the database away; return whether it is worth trying again."""
        try:
            target = set_aside(self._path, self._seen, self._wall)
        except OSError as trouble:
            return self._give_up(f"it is damaged ({why(error)}) and cannot be moved aside: {why(trouble)}")
        if target is not None:
            hint = f"what is left of it is in `{target}`"
            message = f"the history `{self._path}` is damaged; it starts anew"
            self._warn(diagnosis(message, why(error), hint))
        return True

    def _give_up(self, cause: str) -> bool:
        if not self._given_up:
            self._given_up = True
            hint = "the run itself is not affected"
            self._warn(diagnosis(f"the history `{self._path}` cannot be written", cause, hint))
        return False


def _open_to_read(path: str) -> sqlite3.Connection:
    if not os.path.lexists(path):
        return create_in_memory()
    folder = os.path.dirname(path)
    if os.access(path, os.W_OK) and os.access(folder, os.W_OK):
        # What is in the way of writing need not be in the way of reading.
        with contextlib.suppress(sqlite3.OperationalError, OSError):
            return _open_folded(path, folder)
    connection, is_current = open_for_reading(path)
    spools = waiting(folder)
    if is_current and not spools:
        return connection
    with contextlib.closing(connection):
        copy = copy_to_memory(connection)
    for spool in spools:
        write_spooled(copy, read(spool)[0])
    return copy


def _open_folded(path: str, folder: str) -> sqlite3.Connection:
    connection = open_for_writing(path, PATIENCE_S)
    try:
        if waiting(folder):
            fold(connection, folder)
        connection.execute("PRAGMA query_only = 1")
    except BaseException:
        connection.close()
        raise
    return connection
