"""What counts as damage, and who moves it aside."""

from __future__ import annotations

import fcntl
import sqlite3
from pathlib import Path

import pytest

from wfopt.metrics import damage
from wfopt.metrics.damage import DamageError, check_files, identity, is_damage, locked, set_aside, why


def sqlite_error(kind: type[sqlite3.Error], code: int | None) -> sqlite3.Error:
    error = kind("text")
    if code is not None:
        error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (DamageError("odd"), True),
        (sqlite_error(sqlite3.DatabaseError, sqlite3.SQLITE_CORRUPT), True),
        (sqlite_error(sqlite3.DatabaseError, sqlite3.SQLITE_CORRUPT_INDEX), True),
        (sqlite_error(sqlite3.DatabaseError, sqlite3.SQLITE_NOTADB), True),
        (sqlite_error(sqlite3.IntegrityError, sqlite3.SQLITE_CONSTRAINT_UNIQUE), True),
        (sqlite_error(sqlite3.OperationalError, sqlite3.SQLITE_IOERR_SHORT_READ), True),
        (sqlite_error(sqlite3.OperationalError, sqlite3.SQLITE_FULL), False),
        (sqlite_error(sqlite3.OperationalError, sqlite3.SQLITE_BUSY), False),
        (sqlite_error(sqlite3.OperationalError, sqlite3.SQLITE_READONLY), False),
        (sqlite_error(sqlite3.OperationalError, None), True),
        (UnicodeDecodeError("utf-8", b"\xe9", 0, 1, "invalid continuation byte"), True),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"), False),
        (sqlite_error(sqlite3.InterfaceError, None), False),
        (OSError(5, "Input/output error"), False),
        (ValueError("odd"), False),
    ],
)
def test_damage_is_told_from_other_trouble(error: Exception, expected: bool) -> None:
    assert is_damage(error) is expected


def test_errors_give_their_reason() -> None:
    assert why(OSError(5, "Input/output error")) == "Input/output error"
    assert why(DamageError("it is empty")) == "it is empty"
    assert why(ValueError()) == "ValueError"


def test_a_database_goes_with_its_companions(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).write_text(suffix)
    target = set_aside(str(path), identity(str(path)), lambda: 0.0)
    assert target == f"{path}.damaged-19700101T000000Z"
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "history.db.damaged-19700101T000000Z",
        "history.db.damaged-19700101T000000Z-shm",
        "history.db.damaged-19700101T000000Z-wal",
        "history.db.lock",
    ]


@pytest.mark.parametrize("now", [0.0, -5.0, 1e300, float("inf")])
def test_names_of_the_same_second_differ_whatever_the_clock_says(tmp_path: Path, now: float) -> None:
    path = tmp_path / "history.db"
    found = set()
    for _ in range(3):
        path.touch()
        found.add(set_aside(str(path), identity(str(path)), lambda: now))
    assert len(found) == 3


def test_a_fresh_database_stays(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    path.touch()
    seen = identity(str(path))
    (tmp_path / "other").touch()
    (tmp_path / "other").replace(path)
    assert set_aside(str(path), seen, lambda: 0.0) is None
    assert set_aside(str(path), None, lambda: 0.0) is None
    assert path.exists()


def test_only_a_few_are_kept_with_their_companions(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    for number in range(5):
        for suffix in ("", "-wal"):
            path.with_name(path.name + suffix).write_text(f"{number}")
        set_aside(str(path), identity(str(path)), lambda: 100.0)
    left = [each for each in tmp_path.iterdir() if "damaged" in each.name]
    assert len(left) == 2 * damage.KEPT_ASIDE
    assert {each.read_text() for each in left} == {"2", "3", "4"}


def test_a_lock_is_not_waited_for_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(damage, "_PAUSE_S", 0.001)
    path = str(tmp_path / "history.db")
    with Path(f"{path}.lock").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(OSError, match="another process holds its lock"), locked(path, 0.003):
            raise AssertionError
    with locked(path, 0.0):
        pass


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", "-journal"])
def test_only_plain_files_are_opened(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / "history.db"
    path.write_text("x")
    check_files(str(path))
    place = path.with_name(path.name + suffix)
    place.unlink(missing_ok=True)
    place.symlink_to("elsewhere")
    with pytest.raises(DamageError, match="is not a plain file"):
        check_files(str(path))
