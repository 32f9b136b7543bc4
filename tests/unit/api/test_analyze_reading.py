"""Where the workspace and the history of a file are, and which of its inputs are missing."""

from pathlib import Path

import pytest

from tests.support.analyses import TEXT, options
from tests.support.builders import step
from wfopt.api.analyze_files import Found
from wfopt.api.analyze_reading import missing_inputs, read_file, workspace_of
from wfopt.errors import LoadError
from wfopt.formats.imported import Imported
from wfopt.formats.native.format import NativeFormat
from wfopt.model.patterns import PathPattern
from wfopt.model.workflow import Workflow


class OtherFormat(NativeFormat):
    name = "other"


def test_a_native_file_works_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert workspace_of(str(tmp_path / "a" / "wfopt.yml"), NativeFormat()) == str(tmp_path / "a")
    assert workspace_of(str(tmp_path / "a" / "wfopt.yml"), None) == str(tmp_path / "a")


@pytest.mark.parametrize(
    ("file", "has_git", "folder"),
    [
        ("a/b/dvc.yaml", True, "."),
        ("a/b/dvc.yaml", False, "a/b"),
        ("a/.github/workflows/ci.yml", True, "."),
        ("a/.github/workflows/ci.yml", False, "a"),
        ("a/workflows/ci.yml", False, "a/workflows"),
    ],
)
def test_other_files_work_in_the_repository(file: str, has_git: bool, folder: str, tmp_path: Path) -> None:
    if has_git:
        (tmp_path / ".git").mkdir()
    assert workspace_of(str(tmp_path / file), OtherFormat()) == str((tmp_path / folder).resolve())


def test_what_is_read_says_where_its_history_is(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    file = tmp_path / "a" / "wfopt.yml"
    file.write_text(TEXT)
    read = read_file(Found(file=str(file)), options())
    assert isinstance(read.imported, Imported)
    assert (read.state_folder, read.place) == (str(tmp_path / "a" / ".wfopt"), "wfopt.yml")
    moved = read_file(Found(file=str(file)), options(workspace=str(tmp_path), state_folder="/state"))
    assert (moved.state_folder, moved.place) == ("/state", "a/wfopt.yml")


def test_a_format_can_be_named(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_text("steps: {a: {run: echo}}\n")
    with pytest.raises(LoadError, match="it has no"):
        read_file(Found(file=str(file)), options(format="native"))
    with pytest.raises(LoadError, match="no workflow in a format"):
        read_file(Found(file=str(file)), options())


def reading(*inputs: PathPattern) -> Workflow:
    return Workflow(name="reads", steps=(step("a", inputs=inputs), step("b")))


def test_missing_inputs(tmp_path: Path) -> None:
    (tmp_path / "here").touch()
    (tmp_path / "data.dvc").touch()
    inputs = [PathPattern(text) for text in ("here", "gone", "data", "*.c")]
    inputs += [PathPattern("no", negated=True), PathPattern("maybe", optional=True)]
    assert missing_inputs(reading(*inputs), str(tmp_path)) == {"gone"}


def test_where_nothing_exists_nothing_is_known(tmp_path: Path) -> None:
    assert missing_inputs(reading(PathPattern("gone"), PathPattern("too")), str(tmp_path)) == frozenset()
    assert missing_inputs(reading(), str(tmp_path)) == frozenset()
