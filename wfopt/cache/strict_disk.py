"""Writes records through diskcache, with everything switched off that runs, follows or waits.

diskcache unpickles what a row says is a pickle, opens and deletes the files that a row names, and makes
settings out of a table into statements. None of that can happen here: keys are texts, values are bytes,
and the pragmas are this program's own whatever the database says.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Never

from diskcache import UNKNOWN, Cache, Disk, Timeout  # type: ignore[import-untyped]

from wfopt.cache.record_schema import CONNECTION

MODE_RAW = 1
"""diskcache's number for a value that stands in its row as it is."""


class NotARecordError(ValueError):
    """A row, a key or a value is of a kind that this program does not write."""


class StrictDisk(Disk):  # type: ignore[misc]
    """Turns texts and bytes into columns and back, and nothing else."""

    def put(self, key: object) -> tuple[str, bool]:
        if type(key) is not str:
            raise NotARecordError(f"a key is a text, not {type(key).__name__}")
        return key, True

    def get(self, key: object, raw: object) -> str:
        if type(key) is not str or raw != 1:
            raise NotARecordError("a row has a key that is not a text")
        return key

    def store(self, value: object, read: object, key: object = UNKNOWN) -> tuple[int, int, None, memoryview]:  # noqa: ARG002  # diskcache's signature
        if read or type(value) is not bytes:
            raise NotARecordError(f"a record is bytes, not {type(value).__name__}")
        return 0, MODE_RAW, None, sqlite3.Binary(value)

    def fetch(self, mode: object, filename: object, value: object, read: object) -> bytes:
        if read or mode != MODE_RAW or filename is not None or type(value) is not bytes:
            raise NotARecordError("a row has a value that is not plain bytes")
        return value

    def filename(self, key: object = UNKNOWN, value: object = UNKNOWN) -> Never:  # noqa: ARG002  # diskcache's signature
        raise NotARecordError("a record never goes into a file of its own")

    def remove(self, file_path: object) -> None:
        """Leave the file alone: a row that names one is planted, and it alone goes."""


class RecordWriter(Cache):  # type: ignore[misc]
    """A diskcache over a database that exists and was inspected.

    Its constructor only notes the folder. That of diskcache sets tables and settings up in some thirty
    transactions, each of which may wait for a minute.
    """

    cull_limit = 0
    eviction_policy = "none"
    statistics = 0

    def __init__(self, folder: str, patience_s: float) -> None:
        self._directory = folder
        self._timeout = patience_s
        self._local = threading.local()
        self._txn_id = None
        self._disk = StrictDisk(folder)

    def reset(self, key: str, value: object = None, update: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002  # diskcache's signature
        """Set a pragma of a new connection to this program's value, not to the one in the database."""
        name = key.removeprefix("sqlite_")
        if name not in CONNECTION:
            raise NotARecordError(f"there is no setting `{key}`")
        self._sql(f"PRAGMA {name} = {CONNECTION[name]}")

    def put_records(self, records: Mapping[str, bytes]) -> None:
        """Store all records or none.

        Raises:
            OSError, sqlite3.Error, ValueError: nothing is stored.
        """
        with _true_cause(), self.transact(retry=False):
            for key, record in records.items():
                self.set(key, record, retry=False)

    def delete_records(self, keys: Iterable[str]) -> None:
        """Delete all of these records that exist, or none.

        Raises:
            OSError, sqlite3.Error, ValueError: nothing is deleted.
        """
        with _true_cause(), self.transact(retry=False):
            for key in keys:
                self.delete(key, retry=False)


@contextmanager
def _true_cause() -> Iterator[None]:
    """Let that failure out for which a `Timeout` of diskcache stands: any failure to begin."""
    try:
        yield
    except Timeout as error:
        cause = error.__context__
        raise cause if isinstance(cause, sqlite3.Error) else TimeoutError("database is locked") from None
