"""How a database of the history is made and opened."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator

from wfopt.metrics.damage import COMPANIONS, DamageError, check_files, locked
from wfopt.metrics.migrations import MIGRATIONS, check_tables, migrate, version_of
from wfopt.model.uris import escaped

# Nobody waits for the disk: what is lost of a database without runs is made anew.
_MAKING = ("synchronous = 0", "page_size = 8192", "auto_vacuum = 2")
_PRAGMAS = (
    "trusted_schema = 0",
    "cell_size_check = 1",
    "mmap_size = 0",  # a mapped file that somebody truncates ends this process with SIGBUS
    "synchronous = 1",
    "cache_size = -8000",
)


def create_database(path: str) -> None:
    """Put an empty database in place, complete from its first moment.

    Where another process is faster, its database stays.

    Raises:
        OSError, sqlite3.Error: it cannot be made; nothing is left behind.
    """
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    draft = f"{path}.new-{os.getpid()}-{os.urandom(4).hex()}"
    try:
        # sqlite gives the companions of a database the rights of the database itself.
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with contextlib.closing(_connect(draft, "mode=rw", 0.0)) as connection:
            for pragma in _MAKING:
                connection.execute(f"PRAGMA {pragma}")
            migrate(connection)
            # Only now: what waits in a log when a disk is full would be missing in the file.
            connection.execute("PRAGMA journal_mode = wal")
        _forget_log(path)
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        for suffix in ("", *COMPANIONS):
            with contextlib.suppress(OSError):
                os.remove(draft + suffix)


def _forget_log(path: str) -> None:
    """Delete what a database left that somebody took away: sqlite would add it to the new one."""
    if not any(os.path.lexists(path + suffix) for suffix in COMPANIONS):
        return
    with locked(path):
        if not os.path.lexists(path):
            for suffix in COMPANIONS:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(path + suffix)


def open_for_writing(path: str, patience_s: float) -> sqlite3.Connection:
    """Return a connection to a database, which is made if it is missing, in the version of this program.

    Raises:
        DamageError, ForeignError, OSError, sqlite3.Error: it cannot be used.
    """
    if not os.path.lexists(path):
        create_database(path)
    check_files(path)
    return _checked(_connect(path, "mode=rw", patience_s))


def open_for_reading(path: str) -> tuple[sqlite3.Connection, bool]:
    """Return a connection that changes nothing, and whether the version is this program's.

    Where the files beside the database cannot be written, sqlite can use them if both are there; if they are
    not, nothing may be waiting in the log.

    Raises:
        DamageError, ForeignError, OSError, sqlite3.Error: it cannot be used.
    """
    check_files(path)
    log = path + "-wal"
    waiting = os.path.getsize(log) if os.path.exists(log) else 0
    way = "mode=ro&readonly_shm=1" if os.path.exists(path + "-shm") else "mode=ro&immutable=1"
    if waiting and way.endswith("immutable=1"):
        raise OSError("its write-ahead log cannot be read in a folder that cannot be written")
    connection = _connect(path, way, 1.0)
    with _closed_on_error(connection):
        is_current = _look_at(connection)
    return connection, is_current


def create_in_memory() -> sqlite3.Connection:
    """Return an empty database that is nowhere on the disk."""
    return _checked(sqlite3.connect(":memory:", isolation_level=None))


def copy_to_memory(source: sqlite3.Connection) -> sqlite3.Connection:
    """Return a copy of a database in memory, in the version of this program.

    Raises:
        DamageError, ForeignError, sqlite3.Error: it cannot be read.
    """
    target = sqlite3.connect(":memory:", isolation_level=None)
    with _closed_on_error(target):
        source.backup(target)
    return _checked(target)


def _look_at(connection: sqlite3.Connection) -> bool:
    """Forbid all changes; return whether the version is this program's."""
    connection.execute("PRAGMA query_only = 1")
    version = version_of(connection)
    if not version:
        raise DamageError("it has no tables")
    if version < len(MIGRATIONS):
        return False
    check_tables(connection)
    return True


def _connect(path: str, way: str, patience_s: float) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{escaped(os.path.abspath(path))}?{way}",
        uri=True,
        timeout=patience_s,
        isolation_level=None,
    )


def _checked(connection: sqlite3.Connection) -> sqlite3.Connection:
    with _closed_on_error(connection):
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        migrate(connection)
        check_tables(connection)
    return connection


@contextlib.contextmanager
def _closed_on_error(connection: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        connection.close()
        # What cannot be locked or read may be so in a moment; a format or a statement that fails stays so.
        if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) == sqlite3.SQLITE_ERROR:
            raise DamageError(str(error)) from error
        raise
    except BaseException:
        connection.close()
        raise
