"""Parts of a workspace are laid out elsewhere just as a program would find them, but for what is nobody's."""

import os
from pathlib import Path

import pytest

from tests.support.portraits import portrait
from wfopt.cache.copying import Blob, copy_file
from wfopt.cache.layout import EARLIEST_NS, SHIFT_NS, lay_out, moved_ns


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    (folder / "src/deep").mkdir(parents=True)
    for name in ("a", "b", "deep/c"):
        (folder / "src" / name).write_text(f"{name}\n")
    (folder / "src/a").chmod(0o751)
    (folder / "src/deep").chmod(0o550)
    return folder


def laid_out(work: Path, *paths: str) -> dict[str, str]:
    """Return what links say, and what can be read in which file."""
    target = work.parent / "target"
    target.mkdir()
    lay_out(str(work), str(target), paths)
    return {
        path: f"-> {seen.content}" if seen.kind == "link" else _text(target / path)
        for path, seen in portrait(target).items()
    }


def _text(path: Path) -> str:
    return "/" if path.is_dir() else path.read_text()


def test_files_come_with_content_and_mode_and_folders_alone(work: Path) -> None:
    assert laid_out(work, "src/a", "src/deep/c") == {
        "src": "/",
        "src/a": "a\n",
        "src/deep": "/",
        "src/deep/c": "deep/c\n",
    }
    wanted = {path: seen for path, seen in portrait(work).items() if path != "src/b"}
    assert portrait(work.parent / "target") == wanted


def test_a_folder_is_not_its_content_and_what_is_missing_is_left_out(work: Path) -> None:
    assert laid_out(work, "src/deep", "none", "src/a/none", "") == {
        "src": "/",
        "src/deep": "/",
        "src/a": "a\n",
    }


def test_links_come_with_what_they_lead_to(work: Path) -> None:
    (work / "one").symlink_to("two")
    (work / "two").symlink_to("src/../src/a")
    (work / "folder").symlink_to("src/deep")
    (work / "loop").symlink_to("loop")
    (work / "nowhere").symlink_to("none")
    assert laid_out(work, "one", "folder/c", "loop", "nowhere") == {
        "one": "-> two",
        "two": "-> src/../src/a",
        "src": "/",
        "src/a": "a\n",
        "folder": "-> src/deep",
        "src/deep": "/",
        "src/deep/c": "deep/c\n",
        "loop": "-> loop",
        "nowhere": "-> none",
    }


def test_a_way_up_starts_where_a_link_has_led(work: Path) -> None:
    (work / "hop").symlink_to("src/deep")
    (work / "up").symlink_to("hop/../b")
    (work / "dot").symlink_to(".")
    (work / "out").symlink_to("dot/../outside")
    (work.parent / "outside").touch()
    assert laid_out(work, "up", "out") == {
        "dot": "-> .",
        "hop": "-> src/deep",
        "out": "-> dot/../outside",
        "src": "/",
        "src/b": "b\n",
        "src/deep": "/",
        "up": "-> hop/../b",
    }


def test_absolute_links_stay_in_their_workspace(work: Path) -> None:
    (work / "in").symlink_to(work / "src/a")
    (work / "top").symlink_to(work)
    target = work.parent / "target"
    assert laid_out(work, "in", "top/src/b") == {
        "in": f"-> {target}/src/a",
        "src": "/",
        "src/a": "a\n",
        "src/b": "b\n",
        "top": f"-> {target}",
    }


def test_links_out_of_it_lead_to_the_same_place(work: Path) -> None:
    (work.parent / "outside").write_text("outside\n")
    (work / "src/up").symlink_to("../../outside")
    (work / "src/abs").symlink_to(work.parent / "outside")
    found = laid_out(work, "src/up", "src/abs")
    assert {path for path in found if path != "src"} == {"src/up", "src/abs"}
    target = work.parent / "target"
    assert (target / "src/up").read_text() == (target / "src/abs").read_text() == "outside\n"


def test_what_is_neither_file_folder_nor_link_is_left_out(work: Path) -> None:
    os.mkfifo(work / "pipe")
    assert laid_out(work, "pipe") == {}


def test_times_differ_but_for_their_order(work: Path) -> None:
    for name, time_s in (("a", 1_700_000_000), ("b", 1_700_000_005)):
        os.utime(work / "src" / name, (time_s, time_s))
    laid_out(work, "src/a", "src/b")
    times = [os.stat(work.parent / "target/src" / name).st_mtime_ns for name in ("a", "b")]
    assert times == [1_700_000_000 * 10**9 - SHIFT_NS, 1_700_000_005 * 10**9 - SHIFT_NS]


@pytest.mark.parametrize("time_ns", [0, EARLIEST_NS, EARLIEST_NS + SHIFT_NS - 1])
def test_no_time_gets_too_early(time_ns: int) -> None:
    assert moved_ns(time_ns) == time_ns + SHIFT_NS


def test_nothing_is_laid_out_twice_in_one_place(work: Path) -> None:
    laid_out(work, "src/a")
    with pytest.raises(FileExistsError):
        lay_out(str(work), str(work.parent / "target"), ["src/b"])


def test_files_are_made_from_the_last_name_to_the_first(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[bytes] = []

    def copy(source: int, target: int) -> Blob:
        made.append(os.read(source, 100))
        return copy_file(source, target)

    monkeypatch.setattr("wfopt.cache.layout.copy_file", copy)
    laid_out(work, "src/b", "src/a", "src/deep/c")
    assert made == [b"deep/c\n", b"b\n", b"a\n"]
