"""What is read of processes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.fake_proc import FakeProc
from wfopt.resources.procfs import (
    PAGE_BYTES,
    count_files,
    parse_stat,
    read_io,
    read_pss,
    read_rows,
    read_shared,
    read_step_id,
)

TAIL = b"0 -1 4194304 9 9 9 9 30 12 7 4 20 0 1 0 555 10000 8 18446744073709551615 1 1 0"


@pytest.mark.parametrize("name", [b"sh", b"a) R (b c)", b"", b"x\n(", b"\xff"])
def test_stat(name: bytes) -> None:
    row = parse_stat(b"7 (" + name + b") S 1 5 3 " + TAIL)
    assert row is not None
    assert (row.pid, row.parent, row.group, row.session, row.zombie) == (7, 1, 5, 3, False)
    assert (row.own_ticks, row.waited_ticks, row.ticks, row.started) == (42, 11, 53, 555)
    assert row.rss_bytes == 8 * PAGE_BYTES


def test_zombie() -> None:
    row = parse_stat(b"7 (sh) Z 1 5 3 " + TAIL)
    assert row is not None
    assert row.zombie


@pytest.mark.parametrize("text", [b"", b"7", b"7 (sh) S 1 5 3 0 -1", b"x (sh) S 1 5 3 " + TAIL, b"\0\0\0"])
def test_what_is_no_stat(text: bytes) -> None:
    assert parse_stat(text) is None


def test_table_leaves_out_what_vanished(tmp_path: Path) -> None:
    proc = FakeProc(tmp_path)
    proc.process(5, 1)
    proc.process(6, 5)
    for name in ("7", "self"):
        (proc.folder / name).mkdir()
    (proc.folder / "8" / "stat").mkdir(parents=True)
    assert sorted(read_rows(proc.path)) == [5, 6]
    assert read_rows(str(tmp_path / "missing")) == {}


def test_details(tmp_path: Path) -> None:
    proc = FakeProc(tmp_path)
    proc.process(
        5, pss_kib=3, shared_pages=2, io=(10, 20), environ={"A": "1", "WFOPT_STEP_ID": "a=b"}, files=4
    )
    assert read_pss(proc.path, 5) == 3072
    assert read_shared(proc.path, 5) == 2 * PAGE_BYTES
    assert read_io(proc.path, 5) == (10, 20)
    assert read_step_id(proc.path, 5) == "a=b"
    assert count_files(proc.path, 5) == 4


def test_details_of_what_tells_nothing(tmp_path: Path) -> None:
    proc = FakeProc(tmp_path)
    proc.process(5, io=None)
    proc.write("5/statm", "")
    for pid in (5, 6):
        assert read_pss(proc.path, pid) is None
        assert read_shared(proc.path, pid) is None
        assert read_io(proc.path, pid) is None
        assert read_step_id(proc.path, pid) is None
        assert count_files(proc.path, pid) == 0


def test_this_process() -> None:
    row = read_rows("/proc")[os.getpid()]
    assert (row.parent, row.group, row.session) == (os.getppid(), os.getpgrp(), os.getsid(0))
    assert row.rss_bytes > (read_shared("/proc", row.pid) or 0) > 0
    assert count_files("/proc", row.pid) >= 3
