"""A private folder that vanishes, in the state folder if possible."""

import os
import stat
from pathlib import Path
from typing import NamedTuple

import pytest

from wfopt.api.scratch import FOLDER, LEAST_FREE_BYTES, remove_tree, scratch_folder, with_room
from wfopt.errors import UserError

ORPHAN = "999999999-1-0123456789abcdef"


def test_it_is_private_and_in_the_state_folder(tmp_path: Path) -> None:
    with scratch_folder(str(tmp_path), "") as folder:
        assert Path(folder).parent == tmp_path / FOLDER
        assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
        (Path(folder) / "closed/inner").mkdir(parents=True)
        (Path(folder) / "closed/inner/file").touch()
        (Path(folder) / "closed/inner").chmod(0)
        (Path(folder) / "closed").chmod(0o500)
    assert list(tmp_path.iterdir()) == []


def test_two_do_not_disturb_each_other(tmp_path: Path) -> None:
    with scratch_folder(str(tmp_path), "") as first:
        with scratch_folder(str(tmp_path), "") as second:
            assert first != second
        assert os.path.isdir(first)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_goes(tmp_path: Path) -> None:
    (tmp_path / FOLDER / ORPHAN / "work").mkdir(parents=True)
    (tmp_path / FOLDER / "kept").mkdir()
    with scratch_folder(str(tmp_path), ""):
        assert not (tmp_path / FOLDER / ORPHAN).exists()
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == ["kept"]


@pytest.mark.parametrize("state", ["none", "file"])
def test_without_a_state_folder_it_is_elsewhere(tmp_path: Path, state: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "temporary").mkdir()
    with scratch_folder(str(tmp_path / state), str(tmp_path / "temporary")) as folder:
        assert Path(folder).parent == tmp_path / "temporary"
    assert list((tmp_path / "temporary").iterdir()) == []
    assert not (tmp_path / "none").exists()


def test_without_any_place_it_is_an_error(tmp_path: Path) -> None:
    with (
        pytest.raises(UserError, match="no temporary folder can be made in"),
        scratch_folder(str(tmp_path / "none"), str(tmp_path / "neither")),
    ):
        pass


def test_links_out_of_a_tree_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir(mode=0o755)
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/link").symlink_to("../kept")
    remove_tree(str(tmp_path / "tree"))
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert stat.S_IMODE(os.stat(tmp_path / "kept").st_mode) == 0o755


class Disk(NamedTuple):
    """What the system tells of a disk."""

    f_bavail: int = LEAST_FREE_BYTES
    f_frsize: int = 1
    f_files: int = 9
    f_favail: int = 1


def _raise(trouble: Exception | None) -> None:
    if trouble:
        raise trouble


@pytest.mark.parametrize("disk", [Disk(f_bavail=LEAST_FREE_BYTES - 1), Disk(f_favail=0)])
@pytest.mark.parametrize("trouble", [None, OSError("no"), UserError(())])
def test_a_full_disk_is_the_cause_of_all_trouble(
    disk: Disk, trouble: Exception | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _: disk)
    with scratch_folder(str(tmp_path), "") as folder:
        with pytest.raises(UserError, match="its disk is full") as told, with_room(folder):
            _raise(trouble)
        assert told.value.__cause__ is trouble


@pytest.mark.parametrize("disk", [Disk(), Disk(f_files=0, f_favail=0)])
def test_where_there_is_room_trouble_is_told_as_it_is(
    disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _: disk)
    with with_room(str(tmp_path)):
        pass
    trouble = OSError("no")
    with pytest.raises(OSError, match="no") as told, with_room(str(tmp_path)):
        raise trouble
    assert told.value is trouble
