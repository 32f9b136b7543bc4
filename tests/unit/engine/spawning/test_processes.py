"""Reading the process table."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wfopt.engine.spawning.processes import (
    Process,
    Table,
    parse_stat,
    read_environ,
    read_table,
    read_traces,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"7 (sh) S 1 5 3 0 -1 4194304", (7, 1, 5, 3, False)),
        (b"7 (a) R (b c)) S 1 5 3 0", (7, 1, 5, 3, False)),
        (b"7 () Z 1 5 3 0", (7, 1, 5, 3, True)),
        (b"7 (x\n) X 0 0 0 0", (7, 0, 0, 0, True)),
    ],
)
def test_parses_a_line(text: bytes, expected: tuple[int, int, int, int, bool]) -> None:
    process = parse_stat(text)
    read = (process.pid, process.parent, process.group, process.session, process.zombie)
    assert read == expected


def test_reads_the_table_of_the_machine() -> None:
    me = read_table("/proc")[os.getpid()]
    assert (me.parent, me.group, me.session) == (os.getppid(), os.getpgrp(), os.getsid(0))
    assert not me.zombie


def test_leaves_out_what_is_gone(tmp_path: Path) -> None:
    for name, text in (("1", b"1 (a) S 0 1 1 0"), ("2", b""), ("self", b"1 (a) S 0 1 1 0")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "stat").write_bytes(text)
    (tmp_path / "3").mkdir()
    # What ends while it is read gives an error in the middle; a folder does, too.
    (tmp_path / "4" / "stat").mkdir(parents=True)
    table = read_table(str(tmp_path))
    assert [each.pid for each in table.below({1, 2, 3, 4})] == [1]


def test_reads_environment_and_open_files(tmp_path: Path) -> None:
    (tmp_path / "5" / "fd").mkdir(parents=True)
    (tmp_path / "5" / "environ").write_bytes(b"A=1\0B=x=y\0")
    (tmp_path / "5" / "fd" / "1").symlink_to("pipe:[77]")
    assert read_traces(str(tmp_path), 5) - {b""} == {b"A=1", b"B=x=y", b"pipe:[77]"}
    assert read_traces(str(tmp_path), 6) == {b""}
    assert read_environ(str(tmp_path), 5) - {b""} == {b"A=1", b"B=x=y"}


PARENTS = {1: 0, 2: 1, 3: 2, 4: 1, 5: 9, 9: 1}


def test_follows_children() -> None:
    table = Table([Process(pid, parent, pid, pid) for pid, parent in PARENTS.items()])
    assert sorted(each.pid for each in table.below({2, 3, 9, 77})) == [2, 3, 5, 9]
    assert sorted(table.children(1)) == [2, 4, 9]
    assert sorted(each.pid for each in table.everything()) == [1, 2, 3, 4, 5, 9]


def test_passes_over_what_has_ended() -> None:
    table = Table([Process(pid, parent, pid, pid, zombie=pid == 2) for pid, parent in PARENTS.items()])
    assert sorted(each.pid for each in table.below({1})) == [1, 3, 4, 5, 9]


def test_finds_a_session() -> None:
    table = Table([Process(1, 0, 1, 1), Process(2, 1, 2, 1), Process(3, 1, 3, 3)])
    assert table.in_session(1) == {1, 2}
