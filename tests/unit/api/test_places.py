"""The format of a file, and its workspace."""

from pathlib import Path

import pytest

from wfopt.api.places import format_at, workspace_at


@pytest.mark.parametrize(
    ("file", "text", "wanted"),
    [
        ("wfopt.yml", "on: push\njobs: {}\n", "native"),
        ("own.yml", "wfopt: 1\nsteps: {}\n", "native"),
        ("Taskfile.yml", "version: '3'\ntasks: {}\n", "taskfile"),
        ("dvc.yaml", "stages: {}\n", "dvc"),
        (".github/workflows/ci.yml", "jobs: {}\n", "github"),
        (".gitlab-ci.yml", "a: {script: x}\n", "gitlab"),
        ("notes.yml", "a: b\n", None),
        ("broken.yml", "a: [\n", None),
    ],
)
def test_the_format_of_a_file(file: str, text: str, wanted: str | None, tmp_path: Path) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    found = format_at(str(path), "")
    assert (found.name if found else None) == wanted
    named = format_at(str(path), "dvc")
    assert named is not None
    assert named.name == "dvc"


def test_a_file_that_is_not_there_has_no_format(tmp_path: Path) -> None:
    assert format_at(str(tmp_path / "none.yml"), "") is None


def test_the_workspace_is_the_repository_unless_the_file_is_native(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    inner = tmp_path / "a"
    inner.mkdir()
    (inner / "Taskfile.yml").write_text("version: '3'\ntasks: {}\n")
    (inner / "x.yml").write_text("wfopt: 1\n")
    assert workspace_at(str(inner / "Taskfile.yml")) == str(tmp_path)
    assert workspace_at(str(inner / "x.yml")) == str(inner)
    assert workspace_at(str(inner / "x.yml"), "taskfile") == str(tmp_path)
