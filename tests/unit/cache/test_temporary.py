"""Temporary files and their writers."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from wfopt.cache.folders import top_folder
from wfopt.cache.temporary import (
    gone_on_error,
    is_orphan,
    new_file,
    private_folder,
    remove_orphans,
    temporary_name,
)

GONE = "4194305-77-0123456789abcdef"


def test_names_differ_and_belong_to_this_process() -> None:
    first, second = temporary_name(), temporary_name()
    assert first != second
    assert first.split("-")[0] == str(os.getpid())
    assert not is_orphan(first)


def test_the_name_of_a_process_that_ended_is_orphaned() -> None:
    script = "from wfopt.cache.temporary import *\nprint(temporary_name())"
    name = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert is_orphan(name)


def test_a_pid_that_was_used_again_is_another_process() -> None:
    pid, started, rest = temporary_name().split("-")
    assert is_orphan(f"{pid}-{int(started) + 1}-{rest}")


@pytest.mark.parametrize("name", ["", "notes.txt", "1-2-3", GONE + "x", "0-0-0123456789abcdef"])
def test_other_names_are_nobodys(name: str) -> None:
    assert not is_orphan(name)


def test_orphans_are_removed(tmp_path: Path) -> None:
    (tmp_path / GONE).touch()
    (tmp_path / (GONE[:-1] + "0")).mkdir()
    (tmp_path / (GONE[:-1] + "0") / "1").symlink_to("nowhere")
    mine = tmp_path / temporary_name()
    mine.touch()
    (tmp_path / "other").touch()
    with top_folder(str(tmp_path)) as folder:
        assert remove_orphans(folder) == 2
    assert set(tmp_path.iterdir()) == {mine, tmp_path / "other"}


def test_a_new_file_never_replaces_another(tmp_path: Path) -> None:
    (tmp_path / "x").symlink_to("y")
    with top_folder(str(tmp_path)) as folder, pytest.raises(FileExistsError), new_file("x", folder):
        pass
    assert not (tmp_path / "y").exists()


def test_a_file_is_gone_on_errors_only(tmp_path: Path) -> None:
    (tmp_path / "good").touch()
    (tmp_path / "bad").touch()
    with top_folder(str(tmp_path)) as folder:
        with gone_on_error("good", folder):
            pass
        with pytest.raises(KeyboardInterrupt), gone_on_error("bad", folder):
            raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == ["good"]


def test_a_private_folder_vanishes_with_its_files(tmp_path: Path) -> None:
    with private_folder(str(tmp_path / "a/b")) as fd:
        (made,) = (tmp_path / "a/b").iterdir()
        assert made.stat().st_mode & 0o777 == 0o700
        with new_file("x", fd):
            pass
        assert (made / "x").exists()
    assert list((tmp_path / "a/b").iterdir()) == []
