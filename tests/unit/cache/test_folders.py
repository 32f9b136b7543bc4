"""Ways through folders that no link leads away from."""

import os
import stat
from pathlib import Path

import pytest

from tests.support.trees import make_tree
from wfopt.cache.folders import folder_at, look_at, opened, top_folder, walk


def test_a_folder_is_opened_name_by_name(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/x").touch()
    before = len(os.listdir("/proc/self/fd"))
    with top_folder(str(tmp_path)) as top:
        with folder_at(top, "a/b") as fd:
            assert os.listdir(fd) == ["x"]
        with folder_at(top, "") as fd:
            assert os.listdir(fd) == ["a"]
        assert os.listdir(top) == ["a"]
    assert len(os.listdir("/proc/self/fd")) == before


def test_missing_folders_are_made(tmp_path: Path) -> None:
    with top_folder(str(tmp_path)) as top:
        with pytest.raises(FileNotFoundError), folder_at(top, "a"):
            pass
        with folder_at(top, "a/b", make=0o700):
            pass
    assert (tmp_path / "a/b").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("make", [None, 0o700])
@pytest.mark.parametrize("target", ["real", "../outside", "nowhere"])
def test_no_link_is_followed(tmp_path: Path, make: int | None, target: str) -> None:
    (tmp_path / "top/real/inner").mkdir(parents=True)
    (tmp_path / "outside/inner").mkdir(parents=True)
    (tmp_path / "top/link").symlink_to(target)
    before = len(os.listdir("/proc/self/fd"))
    with top_folder(str(tmp_path / "top")) as top:
        with pytest.raises(NotADirectoryError), folder_at(top, "link/inner", make=make):
            pass
        assert look_at(top, "link/inner") is None
        assert stat.S_ISLNK(os.stat_result(look_at(top, "link") or ()).st_mode)
    assert not (tmp_path / "top/nowhere").exists()
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_folder_made_by_somebody_else_in_between(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make = os.mkdir

    def slow(name: str, mode: int, *, dir_fd: int) -> None:
        make(name, dir_fd=dir_fd)
        make(name, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "mkdir", slow)
    with top_folder(str(tmp_path)) as top, folder_at(top, "a", make=0o700) as fd:
        assert os.listdir(fd) == []


def test_opening_neither_follows_nor_waits(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="symbolic links"), opened(str(tmp_path / "link"), os.O_RDONLY):
        pass
    with opened(str(tmp_path / "pipe"), os.O_RDONLY) as fd:
        assert stat.S_ISFIFO(os.fstat(fd).st_mode)


@pytest.mark.parametrize(
    ("path", "levels", "expected"),
    [
        ("", None, ["a", "b", "b/c", "b/c/d", "b/e", "link"]),
        ("", 1, ["a", "b", "link"]),
        ("", 2, ["a", "b", "b/c", "b/e", "link"]),
        ("b", None, ["b/c", "b/c/d", "b/e"]),
        ("b", 1, ["b/c", "b/e"]),
    ],
)
def test_a_walk(tmp_path: Path, path: str, levels: int | None, expected: list[str]) -> None:
    make_tree(
        tmp_path,
        {
            "a": ("file", 0o644, b""),
            "b/c/d": ("file", 0o644, b""),
            "b/e": ("folder", 0o755),
            "link": ("link", "b"),
            ".wfopt/x": ("file", 0o644, b""),
            "b/.wfopt/x": ("file", 0o644, b""),
        },
    )
    with top_folder(str(tmp_path)) as top:
        found = [
            (each.path, os.lstat(each.name, dir_fd=each.folder) == each.look)
            for each in walk(top, path, levels)
        ]
    assert sorted(found) == [(each, True) for each in expected]
