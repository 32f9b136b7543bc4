"""What Git has checked out, without `git`."""

import subprocess
from pathlib import Path

import pytest

from wfopt.metrics.revision import revision_of
from wfopt.model.history import Revision

OLD, NEW = "a" * 40, "b" * 64


def repository(root: Path, head: str, references: dict[str, str] | None = None, packed: str = "") -> Path:
    git = root / ".git"
    git.mkdir(parents=True)
    (git / "HEAD").write_text(head)
    for name, commit in (references or {}).items():
        (git / name).parent.mkdir(parents=True, exist_ok=True)
        (git / name).write_text(commit)
    if packed:
        (git / "packed-refs").write_text(packed)
    return root


@pytest.mark.parametrize(
    ("head", "references", "packed", "expected"),
    [
        (f"{OLD}\n", {}, "", Revision(commit=OLD)),
        ("ref: refs/heads/main\n", {"refs/heads/main": f"{NEW}\n"}, "", Revision(commit=NEW, branch="main")),
        ("ref: refs/heads/a/b\n", {"refs/heads/a/b": OLD}, "", Revision(commit=OLD, branch="a/b")),
        ("ref: refs/heads/new\n", {}, "", Revision(branch="new")),
        (
            "ref: refs/heads/main\n",
            {},
            f"# pack-refs with: peeled\n{NEW} refs/heads/mainly\n{OLD} refs/heads/main\n",
            Revision(commit=OLD, branch="main"),
        ),
        ("ref: refs/heads/main\n", {"refs/heads/main": "garbage"}, "", Revision(branch="main")),
        ("ref: refs/remotes/origin/x\n", {"refs/remotes/origin/x": OLD}, "", Revision(commit=OLD)),
        ("ref: ../../secret\n", {}, "", Revision()),
        ("ref: refs/heads/../../../secret\n", {}, "", Revision()),
        ("ref: refs/heads/a\0b\n", {}, "", Revision()),
        ("garbage\n", {}, "", Revision()),
        ("", {}, "", Revision()),
    ],
)
def test_revision(
    tmp_path: Path, head: str, references: dict[str, str], packed: str, expected: Revision
) -> None:
    root = repository(tmp_path / "work", head, references, packed)
    (root / "deep" / "folder").mkdir(parents=True)
    assert revision_of(str(root)) == expected
    assert revision_of(str(root / "deep" / "folder")) == expected


def test_no_repository(tmp_path: Path) -> None:
    assert revision_of(str(tmp_path)) == Revision()


def test_a_worktree(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        identity = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main")
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    git("init", "-q", "main")
    git("-C", "main", "commit", "-q", "--allow-empty", "-m", "first")
    git("-C", "main", "worktree", "add", "-q", "-b", "side", "../beside")
    git("-C", "beside", "commit", "-q", "--allow-empty", "-m", "second")
    assert revision_of(str(tmp_path / "main")) == Revision(
        commit=git("-C", "main", "rev-parse", "HEAD"), branch="main"
    )
    side = Revision(commit=git("-C", "beside", "rev-parse", "HEAD"), branch="side")
    assert revision_of(str(tmp_path / "beside")) == side
    git("-C", "main", "pack-refs", "--all")
    assert revision_of(str(tmp_path / "beside")) == side


def test_a_file_in_place_of_the_folder_that_says_nothing(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("nothing of use")
    assert revision_of(str(tmp_path)) == Revision()


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / ".git" / "HEAD").mkdir(parents=True)
    assert revision_of(str(tmp_path)) == Revision()
