"""The state folder, and folders in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.powers import bound_by_bits
from wfopt.api.state import make_state_folder
from wfopt.codes import UNREADABLE_FILE
from wfopt.errors import UserError


def refusal(state: Path, inner: str = "") -> str:
    with pytest.raises(UserError) as caught:
        make_state_folder(str(state), inner)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code is UNREADABLE_FILE
    assert diagnostic.hints == ("name another one with `--state-dir`",)
    return diagnostic.message


@pytest.mark.parametrize("inner", ["", "runs/one"])
def test_it_is_made_with_all_folders_around_it_and_ignored_by_git(inner: str, tmp_path: Path) -> None:
    state = tmp_path / "deep" / ".wfopt"
    assert make_state_folder(str(state), inner) == str(state / inner).rstrip("/")
    assert (state / inner).is_dir()
    assert (state / ".gitignore").read_text() == "*\n"


def test_what_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine")
    (tmp_path / "runs").mkdir()
    assert make_state_folder(str(tmp_path)) == str(tmp_path)
    assert make_state_folder(str(tmp_path), "runs/one") == str(tmp_path / "runs/one")
    assert (tmp_path / ".gitignore").read_text() == "mine"


def test_the_inner_folder_must_be_new(tmp_path: Path) -> None:
    (tmp_path / "runs/one").mkdir(parents=True)
    assert refusal(tmp_path, "runs/one") == f"the state folder `{tmp_path}` cannot be written: file exists"


def test_a_file_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    assert refusal(tmp_path / "state").endswith("cannot be written: file exists")
    assert refusal(tmp_path / "state", "runs/one").endswith("cannot be written: not a directory")


def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with bound_by_bits():
        assert refusal(tmp_path / "state").endswith("cannot be written: permission denied")
    tmp_path.chmod(0o700)


@pytest.mark.parametrize("name", ["runs", "trash"])
def test_nothing_is_written_where_a_link_leads(name: str, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / name).symlink_to(tmp_path / "elsewhere")
    assert refusal(tmp_path / "state", "runs/one").endswith(f"cannot be written: `{name}` in it is a link")
    assert os.listdir(tmp_path / "elsewhere") == []
