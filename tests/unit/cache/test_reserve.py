"""Room for a full disk."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support.faults import FaultyOs
from wfopt.cache import copying, folders, reserve, temporary
from wfopt.cache.reserve import RESERVE, RESERVE_BYTES, give_up, put_by


def test_room_is_put_by_once_and_given_up_once(tmp_path: Path) -> None:
    put_by(str(tmp_path))
    first = (tmp_path / RESERVE).stat()
    assert first.st_blocks * 512 >= RESERVE_BYTES
    put_by(str(tmp_path))
    assert (tmp_path / RESERVE).stat().st_mtime_ns == first.st_mtime_ns
    assert [give_up(str(tmp_path)), give_up(str(tmp_path))] == [True, False]
    assert os.listdir(tmp_path) == []


def test_a_disk_that_is_nearly_full_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=60_000, f_frsize=4096))
    put_by(str(tmp_path))
    assert os.listdir(tmp_path) == []


def test_a_fault_at_any_call_leaves_nothing_half(tmp_path: Path) -> None:
    for call in range(1, 20):
        faulty = FaultyOs(call, 28)
        with pytest.MonkeyPatch.context() as patch:
            faulty.install(patch, reserve, copying, folders, temporary)
            put_by(str(tmp_path))
        assert os.listdir(tmp_path) in ([], [RESERVE])
        give_up(str(tmp_path))
        if not faulty.failed:
            return
    raise AssertionError("it never ended")
