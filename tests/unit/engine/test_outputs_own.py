"""Outputs that an earlier run of a step made are deleted; whatever else is in its way goes to the trash."""

import os
from pathlib import Path

import pytest

from tests.support.builders import step
from wfopt.engine.outputs import OutputFolder
from wfopt.model.patterns import PathPattern
from wfopt.model.workflow import Step


@pytest.fixture
def outputs(tmp_path: Path) -> OutputFolder:
    return OutputFolder(*(str(tmp_path / name) for name in ("work", "trash", "aside", "nearby")))


def write(tmp_path: Path, *names: str) -> None:
    for name in names:
        path = tmp_path / "work" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def files(folder: Path) -> list[str]:
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if not each.is_dir())


def making(*outputs: PathPattern) -> Step:
    return step("a", outputs=outputs)


def test_only_ones_own_is_deleted(tmp_path: Path, outputs: OutputFolder) -> None:
    write(
        tmp_path, "own", "edited", "dir/one", "mixed/own", "mixed/other", "lib/own.o", "lib/other.o", "stays"
    )
    patterns = [PathPattern(name) for name in ("own", "edited", "dir", "mixed", "lib/*.o", "gone")]
    patterns.append(PathPattern("stays", persist=True))
    ours = {"own", "dir", "dir/one", "mixed/own", "lib/own.o", "stays", "gone"}
    known = outputs.make_room(making(*patterns), ours)
    assert files(tmp_path / "work") == ["lib/other.o", "stays"]
    assert files(tmp_path / "trash") == ["edited", "mixed/other", "mixed/own"]
    assert list(known) == ["lib/other.o"]


def test_what_a_pattern_matched_and_persists_is_known(tmp_path: Path, outputs: OutputFolder) -> None:
    write(tmp_path, "lib/own.o")
    known = outputs.make_room(making(PathPattern("lib/*.o", persist=True)), {"lib/own.o"})
    assert files(tmp_path / "work") == ["lib/own.o"]
    assert list(known) == ["lib/own.o"]


def test_a_link_of_ones_own_is_deleted_and_not_what_it_leads_to(
    tmp_path: Path, outputs: OutputFolder
) -> None:
    write(tmp_path, "real/file")
    (tmp_path / "work/link").symlink_to("real")
    outputs.make_room(making(PathPattern("link")), {"link"})
    assert files(tmp_path / "work") == ["real/file"]
    assert not (tmp_path / "trash").exists()


def test_what_cannot_be_deleted_goes_to_the_trash(
    tmp_path: Path, outputs: OutputFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "own")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "unlink", refuse)
    outputs.make_room(making(PathPattern("own")), {"own"})
    assert files(tmp_path / "work") == []
    assert files(tmp_path / "trash") == ["own"]


def test_nothing_is_deleted_outside_of_the_workspace(tmp_path: Path, outputs: OutputFolder) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/own").write_text("mine")
    (tmp_path / "work").mkdir()
    (tmp_path / "work/dir").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="leads out of the workspace"):
        outputs.make_room(making(PathPattern("dir/own")), {"dir/own"})
    assert (tmp_path / "elsewhere/own").read_text() == "mine"


@pytest.mark.parametrize("name", ["file", "dir", "link"])
def test_anything_can_go_to_the_trash(tmp_path: Path, outputs: OutputFolder, name: str) -> None:
    write(tmp_path, "file", "dir/inner")
    (tmp_path / "work/link").symlink_to("nowhere")
    outputs.to_trash(name)
    assert os.listdir(tmp_path / "trash") == [name]
    assert not os.path.lexists(tmp_path / "work" / name)


def test_what_is_not_there_needs_no_trash(tmp_path: Path, outputs: OutputFolder) -> None:
    (tmp_path / "work").mkdir()
    outputs.to_trash("none")
    outputs.to_trash("none/below")
    assert not (tmp_path / "trash").exists()


def test_what_an_exclamation_mark_spares_stays(tmp_path: Path, outputs: OutputFolder) -> None:
    patterns = (PathPattern("out"), PathPattern("out/keep", negated=True), PathPattern("*.log", negated=True))
    write(tmp_path, "out/a", "out/own", "out/keep", "out/in/b")
    outputs.make_room(making(*patterns), {"out/own"})
    assert files(tmp_path / "work") == ["out/keep"]
    assert files(tmp_path / "trash") == ["out/a", "out/in/b"]
    write(tmp_path, "out/half")
    assert outputs.set_aside(making(*patterns), {}) == ["out/half"]
    assert files(tmp_path / "work") == ["out/keep"]


def test_a_file_in_place_of_a_folder_goes_to_the_trash(tmp_path: Path, outputs: OutputFolder) -> None:
    write(tmp_path, "out")
    outputs.make_room(making(PathPattern("out"), PathPattern("out/keep", negated=True)))
    assert files(tmp_path / "work") == []
    assert files(tmp_path / "trash") == ["out"]
