"""Outputs on disk."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from tests.support.builders import step
from wfopt.engine.outputs import OutputFolder, file_name
from wfopt.model.patterns import PathPattern
from wfopt.model.workflow import Step


def folder(tmp_path: Path) -> OutputFolder:
    names = ("work", "trash", "aside", "nearby")
    return OutputFolder(*(str(tmp_path / name) for name in names))


def write(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def files(path: Path) -> list[str]:
    return sorted(str(each.relative_to(path)) for each in path.rglob("*") if each.is_file())


def making(*outputs: PathPattern) -> Step:
    return step("a", outputs=outputs)


def test_room_is_made(tmp_path: Path) -> None:
    write(tmp_path / "work/o/x")
    write(tmp_path / "work/kept")
    write(tmp_path / "work/g/1.c")
    made = making(
        PathPattern("o/x"),
        PathPattern("kept", persist=True),
        PathPattern("g/*.c"),
        PathPattern("new/deep/y"),
        PathPattern("not/z", negated=True),
    )
    folder(tmp_path).make_room(made)
    assert files(tmp_path / "work") == ["g/1.c", "kept"]
    assert files(tmp_path / "trash") == ["o/x"]
    assert (tmp_path / "work/new/deep").is_dir()
    assert not (tmp_path / "work/not").exists()


def test_trash_never_overwrites(tmp_path: Path) -> None:
    room = folder(tmp_path)
    for text in "123":
        write(tmp_path / "work/x", text)
        room.make_room(making(PathPattern("x")))
    assert {name: (tmp_path / "trash" / name).read_text() for name in files(tmp_path / "trash")} == {
        "x": "1",
        "x.1": "2",
        "x.2": "3",
    }


def test_missing(tmp_path: Path) -> None:
    write(tmp_path / "work/there")
    write(tmp_path / "work/g/1.c")
    write(tmp_path / "work/g/.wfopt/2.h")
    (tmp_path / "work/dangling").symlink_to("nowhere")
    made = making(
        PathPattern("there"),
        PathPattern("dangling"),
        PathPattern("absent"),
        PathPattern("maybe", optional=True),
        PathPattern("g/*.c"),
        PathPattern("g/**/*.h"),
    )
    absent, empty = folder(tmp_path).missing(made)
    assert [each.text for each in absent] == ["absent"]
    assert [each.text for each in empty] == ["g/**/*.h"]


def test_negated_patterns_take_matches_away(tmp_path: Path) -> None:
    write(tmp_path / "work/1.c")
    glob = PathPattern("*.c")
    assert folder(tmp_path).missing(making(glob)) == ([], [])
    assert folder(tmp_path).missing(making(glob, PathPattern("1.c", negated=True))) == ([], [glob])


def test_set_aside(tmp_path: Path) -> None:
    for name in ("x", "g/1.c", "g/2.c", "g/1.h", "kept", "d/inner"):
        write(tmp_path / "work" / name)
    made = making(
        PathPattern("x"),
        PathPattern("gone"),
        PathPattern("g/*.c"),
        PathPattern("d"),
        PathPattern("kept", persist=True),
        PathPattern("g/2.c", negated=True),
    )
    assert folder(tmp_path).set_aside(made, {}) == ["x", "g/1.c", "d"]
    assert files(tmp_path / "work") == ["g/1.h", "g/2.c", "kept"]
    assert files(tmp_path / "aside") == ["a/d/inner", "a/g/1.c", "a/x"]


@pytest.mark.parametrize("text", ["out/x", "out/deep/x", "out/*.c"])
def test_nothing_is_made_or_moved_outside_of_the_workspace(tmp_path: Path, text: str) -> None:
    write(tmp_path / "elsewhere/x")
    write(tmp_path / "elsewhere/1.c")
    (tmp_path / "work").mkdir()
    (tmp_path / "work/out").symlink_to(tmp_path / "elsewhere")
    made = making(PathPattern(text))
    with pytest.raises(OSError, match="leads out of the workspace"):
        folder(tmp_path).make_room(made)
    assert files(tmp_path / "elsewhere") == ["1.c", "x"]
    assert not (tmp_path / "trash").exists()


def test_outputs_outside_of_the_workspace_are_not_set_aside(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere/x")
    (tmp_path / "work").mkdir()
    (tmp_path / "work/out").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="`out` leads out of the workspace"):
        folder(tmp_path).set_aside(making(PathPattern("out/x")), {})
    assert (tmp_path / "elsewhere/x").exists()


def test_links_within_the_workspace_are_followed(tmp_path: Path) -> None:
    write(tmp_path / "work/real/x")
    (tmp_path / "work/out").symlink_to("real")
    folder(tmp_path).make_room(making(PathPattern("out/x")))
    assert files(tmp_path / "trash") == ["out/x"]
    assert files(tmp_path / "work") == []


def test_a_link_as_an_output_is_moved_itself(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere")
    (tmp_path / "work").mkdir()
    (tmp_path / "work/x").symlink_to(tmp_path / "elsewhere")
    folder(tmp_path).make_room(making(PathPattern("x")))
    assert (tmp_path / "trash/x").is_symlink()
    assert (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(("number", "moves"), [(errno.EXDEV, True), (errno.EACCES, False)])
def test_trash_on_another_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, moves: bool
) -> None:
    def refuse(source: str, target: str) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr(os, "rename", refuse)
    write(tmp_path / "work/x", "text")
    made = making(PathPattern("x"))
    if moves:
        folder(tmp_path).make_room(made)
        assert (tmp_path / "trash/x").read_text(encoding="utf-8") == "text"
    else:
        with pytest.raises(PermissionError):
            folder(tmp_path).make_room(made)
    assert (tmp_path / "work/x").exists() is not moves


@pytest.mark.parametrize("name", ["file", "tree/file"])
def test_a_copy_that_another_disk_has_no_room_for_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def refuse(source: str, target: str) -> None:
        raise OSError(errno.EXDEV, "no")

    def half(source: str, target: str, **_: object) -> None:
        Path(target).write_text("half", encoding="utf-8")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "rename", refuse)
    monkeypatch.setattr(shutil, "copy2", half)
    # A folder is copied with the function that it was defined with.
    monkeypatch.setattr(shutil.copytree, "__defaults__", (False, None, half, False, False))
    write(tmp_path / "work" / name, "text")
    with pytest.raises(OSError, match="No space left"):
        folder(tmp_path).set_aside(making(PathPattern(name.partition("/")[0])), {})
    assert files(tmp_path / "aside") == files(tmp_path / "nearby") == []
    assert (tmp_path / "work" / name).read_text(encoding="utf-8") == "text"


def test_what_has_no_room_far_away_stays_near(tmp_path: Path) -> None:
    room = folder(tmp_path)
    for name in ("x", "y"):
        write(tmp_path / "work" / name)
    (tmp_path / "aside").touch()
    assert room.set_aside(making(PathPattern("x"), PathPattern("y")), {}) == ["x", "y"]
    assert files(tmp_path / "work") == []
    assert files(tmp_path / "nearby") == ["a/x", "a/y"]


def test_one_output_that_cannot_be_moved_does_not_keep_the_others(tmp_path: Path) -> None:
    room = folder(tmp_path)
    (tmp_path / "work").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "work/link").symlink_to("../elsewhere")
    write(tmp_path / "elsewhere/x")
    write(tmp_path / "work/y")
    with pytest.raises(OSError, match="leads out of the workspace"):
        room.set_aside(making(PathPattern("link/x"), PathPattern("y")), {})
    assert files(tmp_path / "aside") == ["a/y"]
    assert files(tmp_path / "elsewhere") == ["x"]


def test_a_folder_and_a_link_go_to_another_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: str, target: str) -> None:
        raise OSError(errno.EXDEV, "no")

    monkeypatch.setattr(os, "rename", refuse)
    write(tmp_path / "work/tree/inner", "text")
    (tmp_path / "work/link").symlink_to("tree")
    folder(tmp_path).set_aside(making(PathPattern("tree"), PathPattern("link")), {})
    assert list((tmp_path / "work").iterdir()) == []
    assert (tmp_path / "aside/a/tree/inner").read_text(encoding="utf-8") == "text"
    assert (tmp_path / "aside/a/link").readlink() == Path("tree")


def test_what_a_pattern_matched_before_stays_unless_the_step_touched_it(tmp_path: Path) -> None:
    room = folder(tmp_path)
    made = making(PathPattern("notes/*.md"), PathPattern("notes/no.md", negated=True))
    for name in ("notes/mine.md", "notes/edited.md", "notes/no.md"):
        write(tmp_path / "work" / name)
    known = room.make_room(made)
    assert sorted(known) == ["notes/edited.md", "notes/mine.md"]
    (tmp_path / "work/notes/edited.md").write_text("half of it", encoding="utf-8")
    write(tmp_path / "work/notes/new.md")
    assert room.set_aside(made, known) == ["notes/edited.md", "notes/new.md"]
    assert files(tmp_path / "work") == ["notes/mine.md", "notes/no.md"]


def test_step_without_outputs(tmp_path: Path) -> None:
    room = folder(tmp_path)
    room.make_room(step("a"))
    assert room.missing(step("a")) == ([], [])
    assert room.set_aside(step("a"), {}) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("step_id", "name"), [("a", "a"), ("a/b", "a%2Fb"), ("x" * 180, "x" * 180)])
def test_short_file_names(step_id: str, name: str) -> None:
    assert file_name(step_id) == name


def test_long_file_names_stay_apart() -> None:
    names = {file_name("x" * 181), file_name("x" * 182)}
    assert {len(name) for name in names} == {177}
    assert len(names) == 2
