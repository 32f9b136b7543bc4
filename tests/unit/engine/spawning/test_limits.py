"""What a process is limited to by itself."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from wfopt.engine.spawning import limits
from wfopt.engine.spawning.limits import parse

ROOT = Path(__file__).resolve().parents[4]


def test_reads_what_travels() -> None:
    assert parse(b"memory=5 cpu-time=6") == {b"memory": 5, b"cpu-time": 6}
    assert parse(b"") == {}


def test_limits_the_process_itself() -> None:
    program = """
import resource, sys
sys.path.append(".")
from wfopt.engine.spawning.limits import limit_process
limit_process({b"cpu-time": 7, b"file-size": 4096, b"open-files": 30, b"memory": 1})
for kind in (resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE):
    print(*resource.getrlimit(kind))
"""
    told = subprocess.run(
        [sys.executable, "-I", "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert told.stdout.split("\n")[:3] == ["7 12", "4096 4096", "30 30"]


@pytest.mark.parametrize(
    ("most", "wanted", "given"),
    [(resource.RLIM_INFINITY, (5, 10), (5, 10)), (7, (5, 10), (5, 7)), (3, (5, 10), (5, 5))],
)
def test_keeps_within_what_it_has(
    monkeypatch: pytest.MonkeyPatch, most: int, wanted: tuple[int, int], given: tuple[int, int]
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (0, most))
    assert limits._within(resource.RLIMIT_CPU, *wanted) == given
