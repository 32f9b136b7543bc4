"""Folders that are trusted with a cache."""

import os
from pathlib import Path

import pytest

from wfopt.cache.trust import StoreRefusedError, open_store


def test_a_missing_store_is_made_private(tmp_path: Path) -> None:
    os.close(open_store(str(tmp_path / "a/b/store")))
    assert (tmp_path / "a/b/store").stat().st_mode & 0o777 == 0o700


def test_an_existing_store_is_opened(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    os.close(open_store(str(tmp_path)))


def test_a_store_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "store").touch()
    with pytest.raises(NotADirectoryError):
        open_store(str(tmp_path / "store"))


def test_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "store").symlink_to("real")
    with pytest.raises(StoreRefusedError, match="is a link"):
        open_store(str(tmp_path / "store"))


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777, 0o1777])
def test_what_others_may_write_to_is_refused(tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)
    opened_before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(StoreRefusedError, match="others may write"):
        open_store(str(tmp_path))
    assert len(os.listdir("/proc/self/fd")) == opened_before


def test_what_belongs_to_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(StoreRefusedError, match="belongs to another user"):
        open_store(str(tmp_path))
