"""Outputs on disk against what was recorded."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.trees import Node, differences, make_tree
from wfopt.cache.blobs import BlobStore
from wfopt.cache.differences import Change, compare
from wfopt.cache.intake import take_in
from wfopt.model.patterns import parse_pattern

TREE: dict[str, Node] = {
    "out": ("folder", 0o755),
    "out/x": ("file", 0o644, b"hello"),
    "out/d": ("folder", 0o755),
    "out/d/y": ("file", 0o755, b""),
    "out/l": ("link", "x"),
    "one.o": ("file", 0o644, b"o"),
    "file": ("file", 0o644, b"f"),
}


def replaced(path: Path) -> None:
    path.unlink()
    path.mkdir()


def replaced_by_content(path: Path) -> None:
    replaced(path)
    (path / "mine").touch()


def relinked(path: Path) -> None:
    path.unlink()
    path.symlink_to("y")


def folder_as_link(path: Path) -> None:
    path.rename(path.with_name("moved"))
    path.symlink_to("moved")


def folder_as_file(path: Path) -> None:
    path.rename(path.parent.parent / "moved")
    path.touch()


def extra_tree(path: Path) -> None:
    (path / "new").mkdir()
    (path / "new/z").touch()


CHANGES: list[tuple[str, Callable[[Path], object], str]] = [
    ("out/x", lambda path: None, ""),
    ("out/x", lambda path: path.unlink(), "out/x missing"),
    ("out/x", lambda path: path.write_bytes(b"jello"), "out/x edited"),
    ("out/x", lambda path: path.write_bytes(b"hello!"), "out/x edited"),
    ("out/x", lambda path: path.chmod(0o640), "out/x mode"),
    ("out/x", replaced, "out/x edited"),
    ("out/l", lambda path: path.unlink(), "out/l missing"),
    ("out/l", relinked, "out/l edited"),
    ("out/d", lambda path: path.chmod(0o700), "out/d mode"),
    ("out/d", folder_as_link, "out/d edited, out/d/y missing, out/moved extra, out/moved/y extra"),
    ("out/d", folder_as_file, "out/d edited, out/d/y missing"),
    ("out/d/new", lambda path: path.touch(), "out/d/new extra"),
    ("out/d/new", lambda path: path.mkdir(), "out/d/new extra"),
    ("out/d", extra_tree, "out/d/new extra, out/d/new/z extra"),
    ("out/skip", lambda path: path.touch(), ""),
    ("out/skip", lambda path: make_tree(path, {"a/b": ("file", 0o644, b"")}), ""),
    ("out/new/skip.log", lambda path: make_tree(path.parent, {path.name: ("file", 0o644, b"")}), ""),
    ("two.o", lambda path: path.touch(), ""),
    ("maybe", lambda path: path.touch(), "maybe extra"),
    ("other", lambda path: path.touch(), ""),
    ("one.o", lambda path: path.unlink(), "one.o missing"),
    ("file", lambda path: path.unlink(), "file missing"),
    ("file", replaced_by_content, "file edited"),
]


@pytest.mark.parametrize(("path", "change", "expected"), CHANGES)
def test_every_change_is_noticed(
    tmp_path: Path, path: str, change: Callable[[Path], object], expected: str
) -> None:
    work = tmp_path / "work"
    make_tree(work, TREE)
    outputs = [parse_pattern(text) for text in ("out/", "*.o", "!out/skip", "!out/**/*.log", "file")]
    outputs.append(parse_pattern("maybe", optional=True))
    with BlobStore(str(tmp_path / "store")) as store:
        items = take_in(str(work), outputs, store)
    change(work / path)
    found = differences(work, items, outputs)
    assert ", ".join(f"{each.path} {each.change.value}" for each in found) == expected
    assert [(each.path, each.item) for each in found if each.change is not Change.EXTRA] == [
        (item.path, item) for item in items if item.path in {each.path for each in found}
    ]


def test_only_files_of_the_right_size_are_hashed(tmp_path: Path) -> None:
    make_tree(tmp_path / "work", TREE)
    outputs = [parse_pattern("out")]
    with BlobStore(str(tmp_path / "store")) as store:
        items = take_in(str(tmp_path / "work"), outputs, store)
    (tmp_path / "work/out/x").write_bytes(b"longer")
    asked: list[tuple[str, int]] = []

    def digest_of(path: str, look: os.stat_result) -> str:
        asked.append((path, look.st_size))
        return "0" * 64

    found = compare(str(tmp_path / "work"), items, outputs, digest_of)
    assert asked == [("out/d/y", 0)]
    assert [each.path for each in found] == ["out/d/y", "out/x"]
