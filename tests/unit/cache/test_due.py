"""When a store is to be cleaned up."""

from pathlib import Path

import pytest

from wfopt.cache.due import STATE, is_due, note_cleaned

NOW = 1_800_000_000.0
DAY = 86_400.0


def due(folder: Path, added: int = 1, limit: int | None = 1000, now: float = NOW) -> bool:
    return is_due(str(folder), added=added, limit=limit, now=now)


def test_a_store_that_was_never_cleaned_up_is_due(tmp_path: Path) -> None:
    assert due(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_runs_add_counts_together(tmp_path: Path) -> None:
    note_cleaned(str(tmp_path), 900, NOW)
    assert [due(tmp_path, 40), due(tmp_path, 60), due(tmp_path, 1), due(tmp_path, 0, limit=None)] == [
        False,
        False,
        True,
        False,
    ]
    note_cleaned(str(tmp_path), 900, NOW)
    assert not due(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [STATE]


@pytest.mark.parametrize(
    ("later", "is_time"), [(0, False), (DAY - 1, False), (DAY, True), (-300, False), (-301, True)]
)
def test_once_a_day(tmp_path: Path, later: float, is_time: bool) -> None:
    note_cleaned(str(tmp_path), 5, NOW)
    assert due(tmp_path, now=NOW + later) is is_time


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 20,
        b"cleaned 5 1800000000",
        b"cleaned -5 1800000000\n",
        b"cleaned 5 1800000000\nadded x\n",
        b"cleaned 5 1800000000\n" + b"added 0\n" * 200_000,
    ],
)
def test_damage_is_due(tmp_path: Path, content: bytes) -> None:
    (tmp_path / STATE).write_bytes(content)
    assert due(tmp_path)
    note_cleaned(str(tmp_path), 5, NOW)
    assert not due(tmp_path)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"precious")
    (tmp_path / STATE).symlink_to("elsewhere")
    assert due(tmp_path)
    note_cleaned(str(tmp_path), 5, -5.0)
    assert (tmp_path / STATE).read_bytes() == b"cleaned 5 0\n"
    assert (tmp_path / "elsewhere").read_bytes() == b"precious"
