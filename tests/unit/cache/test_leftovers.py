"""What is left behind in a store's folder."""

import os
import time
from pathlib import Path

import pytest

from wfopt.cache.leftovers import (
    KEPT_BYTES,
    KEPT_S,
    Leftover,
    abandoned,
    drop_database,
    put_aside,
    put_record_aside,
    remove,
    set_database_aside,
    too_old,
)
from wfopt.cache.temporary import temporary_name

GONE = "4194305-77-0123456789abcdef"
NO_PID = 4194305
"""Above the largest number that Linux gives to a process."""


def paths(found: list[Leftover]) -> list[str]:
    return sorted(each.path for each in found)


def test_an_empty_folder_has_no_leftovers(tmp_path: Path) -> None:
    assert abandoned(str(tmp_path), time.time()) == put_aside(str(tmp_path)) == []  # noqa: TID251
    assert set_database_aside(str(tmp_path)) == ""
    drop_database(str(tmp_path))
    assert os.listdir(tmp_path) == []


def test_what_processes_left_that_are_gone(tmp_path: Path) -> None:
    now = time.time()  # noqa: TID251
    mine = temporary_name()
    for name in ("tmp", f"meta.new-{NO_PID}-00", f"meta.new-{os.getpid()}-00", "meta.new-x", "cas"):
        (tmp_path / name).mkdir()
    (tmp_path / f"meta.new-{NO_PID}-00" / "cache.db").write_bytes(b"12345")
    for name in (GONE, mine, f"tmp/{GONE}", f"tmp/{mine}", "tmp/notes", "key", f"cas/{GONE}"):
        (tmp_path / name).write_bytes(b"123")
    found = abandoned(str(tmp_path), now)
    assert paths(found) == [GONE, f"meta.new-{NO_PID}-00", f"tmp/{GONE}"]
    assert {each.size for each in found} == {3, 5}
    drafts = sorted((f"meta.new-{os.getpid()}-00", f"meta.new-{NO_PID}-00"))
    assert paths(abandoned(str(tmp_path), now + 3700)) == [GONE, *drafts, f"tmp/{GONE}"]
    for each in found:
        remove(str(tmp_path), each)
        remove(str(tmp_path), each)
    assert abandoned(str(tmp_path), now) == []
    assert (tmp_path / "tmp" / "notes").exists()


def test_what_another_user_runs_is_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(pid: int, number: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", denied)
    (tmp_path / f"meta.new-{NO_PID}-00").mkdir()
    assert abandoned(str(tmp_path), time.time()) == []  # noqa: TID251


def test_what_is_put_aside_is_told_by_the_time_it_came_there(tmp_path: Path) -> None:
    (tmp_path / "meta").mkdir()
    (tmp_path / "meta" / "cache.db").write_bytes(b"1234")
    os.utime(tmp_path / "meta", (5, 5))
    name = set_database_aside(str(tmp_path))
    put_record_aside(str(tmp_path), b"record")
    found = put_aside(str(tmp_path))
    assert [(each.path.partition("-")[0].partition(".")[0], each.size) for each in found] == [
        ("bad/record", 6),
        ("meta", 4),
    ]
    assert found[1].path == name
    assert abs(found[1].since - time.time()) < 60  # noqa: TID251
    assert oct((tmp_path / "bad").stat().st_mode)[-3:] == "700"


def test_a_database_is_dropped_with_all_that_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "meta").mkdir()
    (tmp_path / "meta" / "cache.db").write_bytes(b"1234")
    (tmp_path / "meta" / "cache.db-wal").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").mkdir()
    drop_database(str(tmp_path))
    assert os.listdir(tmp_path) == ["elsewhere"]


NOW = 10 * KEPT_S


@pytest.mark.parametrize(
    ("ages", "sizes", "kept"),
    [
        ([1, 2, 3], [1, 1, 1], 3),
        ([1, KEPT_S, KEPT_S + 1], [1, 1, 1], 2),
        ([1, 2, 3], [KEPT_BYTES - 1, 1, 1], 2),
        ([1], [KEPT_BYTES + 1], 0),
    ],
)
def test_damaged_contents_are_kept_for_a_while(ages: list[float], sizes: list[int], kept: int) -> None:
    found = [
        Leftover(f"bad/{number}", size, NOW - age)
        for number, (age, size) in enumerate(zip(ages, sizes, strict=True))
    ]
    assert list(too_old(found, NOW)) == found[kept:]


def test_few_damaged_databases_are_kept() -> None:
    found = [Leftover(f"meta.bad-{number}", KEPT_BYTES, NOW - number) for number in range(5)]
    assert list(too_old(found, NOW)) == found[3:]
    assert list(too_old(found, NOW + KEPT_S)) == found[1:]


def test_a_link_in_place_of_a_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / GONE).touch()
    (tmp_path / "store").mkdir()
    for name in ("tmp", "bad"):
        (tmp_path / "store" / name).symlink_to("../outside")
    assert abandoned(str(tmp_path / "store"), NOW) == put_aside(str(tmp_path / "store")) == []
    with pytest.raises(NotADirectoryError):
        remove(str(tmp_path / "store"), Leftover(f"tmp/{GONE}", 0, 0.0))
    assert os.listdir(tmp_path / "outside") == [GONE]
