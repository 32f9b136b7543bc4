"""What processes hold, from files that look like the kernel's."""

from __future__ import annotations

import os
from pathlib import Path

from wfopt.engine.spawning.weighing import count_threads, weigh

PAGE = os.sysconf("SC_PAGE_SIZE")


def _process(proc: Path, pid: int, pages: int, pss_kib: int | None, threads: int = 1) -> None:
    folder = proc / str(pid)
    (folder / "task").mkdir(parents=True)
    for number in range(threads):
        (folder / "task" / str(number)).mkdir()
    (folder / "statm").write_text(f"999 {pages} 1 1 0 1 0\n")
    if pss_kib is not None:
        (folder / "smaps_rollup").write_text(f"55-77 ---p [rollup]\nRss: 1 kB\nPss:   {pss_kib} kB\n")


def test_counts_what_is_shared_once(tmp_path: Path) -> None:
    _process(tmp_path, 1, 100, 300)
    _process(tmp_path, 2, 100, 310)
    assert weigh(str(tmp_path), {1, 2, 3}, 0) == 610 * 1024


def test_takes_the_plain_sum_where_that_is_not_interesting(tmp_path: Path) -> None:
    _process(tmp_path, 1, 100, 1)
    assert weigh(str(tmp_path), {1}, 100 * PAGE) == 100 * PAGE
    assert weigh(str(tmp_path), {1}, 100 * PAGE - 1) == 1024


def test_takes_the_resident_size_of_what_belongs_to_others(tmp_path: Path) -> None:
    _process(tmp_path, 1, 100, None)
    assert weigh(str(tmp_path), {1}, 0) == 100 * PAGE


def test_counts_threads(tmp_path: Path) -> None:
    _process(tmp_path, 1, 1, None, threads=3)
    _process(tmp_path, 2, 1, None)
    assert count_threads(str(tmp_path), {1, 2, 9}) == 4
    assert count_threads("/proc", {os.getpid()}) >= 1
