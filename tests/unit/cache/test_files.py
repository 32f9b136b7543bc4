"""What stands in a workspace: kinds and contents, odd files, links, edits, folders."""

import errno
import hashlib
import inspect
import os
import random
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wfopt.cache import files as module
from wfopt.cache.files import Entry, Files, Found, Hasher, Kind, UnhashableError
from wfopt.cache.memo import Memo

FAR_NS = 10**10
"""Nanoseconds after which a file has settled."""


def files(root: Path, memo: Memo | None = None, *, settled: bool = False) -> Files:
    """Return the files of a workspace, some of which were settled long ago if asked for."""
    ahead = FAR_NS if settled else 0
    return Files(str(root), Hasher(memo or Memo(), lambda: time.time_ns() + ahead))


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def walked(root: Path, start: str = "") -> list[str]:
    return sorted(found.path for found in files(root).walk(start, lambda _: True))


def test_kinds_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"text")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("a")
    seen = files(tmp_path)
    assert seen.look("a") == (Entry("a", Kind.FILE, False, sha(b"text")),)
    assert seen.look("folder") == (Entry("folder", Kind.DIR),)
    assert seen.look("") == (Entry("", Kind.DIR),)
    assert seen.look("b") == seen.look("b") == (Entry("b", Kind.ABSENT),)
    assert seen.look("a/b") == (Entry("a/b", Kind.ABSENT),)
    assert seen.look("x" * 300)[0].kind is Kind.ABSENT
    assert seen.look("link") == (
        Entry("link", Kind.LINK, False, "a"),
        Entry("link", Kind.FILE, False, sha(b"text")),
    )


@pytest.mark.parametrize("bit", [0o100, 0o010, 0o001])
def test_the_executable_bit(tmp_path: Path, bit: int) -> None:
    path, memo = tmp_path / "a", Memo()
    path.touch()
    assert not files(tmp_path, memo, settled=True).look("a")[0].executable
    path.chmod(0o644 | bit)
    for _ in range(2):
        assert files(tmp_path, memo, settled=True).look("a")[0].executable


@pytest.mark.parametrize(
    ("data", "mentions"),
    [
        (b"echo $WFOPT_PARAM_X", True),
        (b"WFOPT", False),
        (b"." * ((1 << 20) - 3) + b"WFOPT_STEP_ID", True),
        (b"." * ((1 << 20) - 3) + b"WFOPT-STEP", False),
        (b"." * (1 << 20) + b"WFOPT_", True),
        (b"WFOPT_" + b"." * (1 << 20), True),
    ],
)
def test_mentions_of_own_variables(tmp_path: Path, data: bytes, mentions: bool) -> None:
    (tmp_path / "a").write_bytes(data)
    memo = Memo()
    for _ in range(2):
        entry = files(tmp_path, memo, settled=True).look("a")[0]
        assert (entry.mentions_wfopt, entry.content) == (mentions, sha(data))


def test_what_was_looked_at_is_remembered_until_forgotten(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    seen = files(tmp_path)
    before = seen.look("a")
    listed = list(seen.walk("", lambda _: True))
    (tmp_path / "a").write_bytes(b"2")
    (tmp_path / "b").touch()
    assert seen.look("a") is before
    assert list(seen.walk("", lambda _: True)) == listed
    seen.forget()
    assert seen.look("a")[0].content == sha(b"2")
    assert [found.path for found in seen.walk("", lambda _: True)] == ["a", "b"]


def test_a_settled_file_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    memo = Memo()
    hashers = [Hasher(memo, lambda: time.time_ns() + FAR_NS) for _ in range(2)]
    looks = [Files(str(tmp_path), hasher).look("a") for hasher in hashers]
    assert looks[0] == looks[1]
    assert [hasher.read for hasher in hashers] == [1, 0]


def test_edits_within_a_tick_are_seen(tmp_path: Path) -> None:
    path, memo, chance = tmp_path / "a", Memo(), random.Random(7)  # noqa: S311 - reproducible data, no secret
    path.write_bytes(b"....")
    shown = path.stat()
    for _ in range(50):
        data = chance.randbytes(4)
        path.write_bytes(data)
        os.utime(path, ns=(shown.st_atime_ns, shown.st_mtime_ns))
        assert files(tmp_path, memo).look("a")[0].content == sha(data)


def test_a_link_that_led_elsewhere_for_a_while(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    for target in ("a", ".", "nowhere"):
        states = []
        for moment in (1, 2):
            (tmp_path / "l").symlink_to(target)
            os.utime(tmp_path / "l", (moment, moment), follow_symlinks=False)
            found = files(tmp_path)
            found.look("l")
            states.append(found.state("l"))
            (tmp_path / "l").unlink()
        assert None not in states
        assert states[0] != states[1]


def test_a_file_replaced_by_another_with_the_same_look(tmp_path: Path) -> None:
    path, memo = tmp_path / "a", Memo()
    path.write_bytes(b"1")
    shown = path.stat()
    assert files(tmp_path, memo, settled=True).look("a")[0].content == sha(b"1")
    (tmp_path / "b").write_bytes(b"2")
    os.utime(tmp_path / "b", ns=(shown.st_atime_ns, shown.st_mtime_ns))
    (tmp_path / "b").rename(path)
    assert files(tmp_path, memo, settled=True).look("a")[0].content == sha(b"2")


def test_a_file_that_changes_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, reads = tmp_path / "a", [0]
    path.write_bytes(b"1")
    calm = module._read

    def disturbed(fd: int, expected: int) -> Any:
        content = calm(fd, expected)
        reads[0] += 1
        with path.open("ab") as file:
            file.write(b"+")
        return content

    monkeypatch.setattr(module, "_read", disturbed)
    with pytest.raises(UnhashableError, match=r"^input `a` changes while it is read$"):
        files(tmp_path).look("a")
    assert reads == [3]


def test_a_file_that_changes_once_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, calm = tmp_path / "a", module._read
    path.write_bytes(b"1")

    def disturbed(fd: int, expected: int) -> Any:
        content = calm(fd, expected)
        monkeypatch.undo()
        path.write_bytes(b"22")
        return content

    monkeypatch.setattr(module, "_read", disturbed)
    assert files(tmp_path).look("a")[0].content == sha(b"22")


def test_a_pipe_that_took_the_place_of_a_file_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").touch()
    calm = os.lstat

    def swapped(path: str) -> os.stat_result:
        found = calm(path)
        os.unlink(path)
        os.mkfifo(path)
        return found

    monkeypatch.setattr(os, "lstat", swapped)
    with pytest.raises(UnhashableError, match="changes while it is read"):
        files(tmp_path).look("a")


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        # The path of a socket must be short.
        here = os.open(path.parent, os.O_RDONLY)
        try:
            made.bind(f"/proc/self/fd/{here}/{path.name}")
        finally:
            os.close(here)


def test_what_has_no_content_is_refused_in_words(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    make_socket(tmp_path / "socket")
    (tmp_path / "null").symlink_to("/dev/null")
    for name, words in (("pipe", "a named pipe"), ("socket", "a socket"), ("null", "a device")):
        with pytest.raises(UnhashableError) as caught:
            files(tmp_path).look(name)
        assert (caught.value.path, caught.value.reason) == (
            name,
            f"is {words}, which has no content to compare",
        )


@pytest.mark.parametrize("call", ["open", "lstat", "scandir", "stat"])
def test_what_cannot_be_read_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a").touch()
    (tmp_path / "link").symlink_to("a")
    seen = files(tmp_path)

    def deny(*args: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, call, deny)
    name = {"scandir": "sub", "stat": "link"}.get(call, "a")
    with pytest.raises(UnhashableError, match=f"^input `{name}` cannot be read: Permission denied$"):
        _ = list(seen.walk(name, lambda _: True)) if call == "scandir" else seen.look(name)


def test_a_workspace_that_cannot_be_listed_has_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deny(path: str) -> Iterator[os.DirEntry[str]]:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "scandir", deny)
    with pytest.raises(UnhashableError, match=r"input `\.` cannot be read"):
        list(files(tmp_path).walk("", lambda _: True))


def test_a_folder_that_vanished_is_empty(tmp_path: Path) -> None:
    (tmp_path / "sub/deep").mkdir(parents=True)

    def removing(folder: str) -> bool:
        if folder == "sub/deep":
            (tmp_path / folder).rmdir()
        return True

    assert [found.path for found in files(tmp_path).walk("", removing)] == ["sub", "sub/deep"]


def test_links(tmp_path: Path) -> None:
    (tmp_path / "away").write_bytes(b"away")
    work = tmp_path / "work"
    (work / "sub").mkdir(parents=True)
    for name, target in {
        "out": "../away",
        "far": "..",
        "dir": "sub",
        "broken": "nothing",
        "self": "self",
        "one": "two",
        "two": "one",
    }.items():
        (work / name).symlink_to(target)
    seen = files(work)
    assert seen.look("out")[1] == Entry("out", Kind.FILE, False, sha(b"away"))
    assert seen.look("far") == (Entry("far", Kind.LINK, False, ".."), Entry("far", Kind.DIR))
    for name, kind in (
        ("dir", Kind.DIR),
        ("broken", Kind.ABSENT),
        ("self", Kind.ABSENT),
        ("one", Kind.ABSENT),
    ):
        assert [entry.kind for entry in seen.look(name)] == [Kind.LINK, kind], name
    with pytest.raises(UnhashableError, match="input `self/x` cannot be read"):
        seen.look("self/x")


def test_absolute_links_do_not_depend_on_where_the_workspace_is(tmp_path: Path) -> None:
    looks = []
    for name in ("here", "there"):
        work = tmp_path / name
        work.mkdir()
        (work / "a").touch()
        (work / "link").symlink_to(work / "a")
        (work / "top").symlink_to(work)
        looks.append(files(work).look("link") + files(work).look("top"))
    assert looks[0] == looks[1]
    (tmp_path / "other").symlink_to("here")
    assert files(tmp_path / "other").look("link") == looks[0][:2]


def test_walks(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/c").touch()
    (tmp_path / ".hidden").touch()
    assert walked(tmp_path) == [".hidden", "a", "a/b", "a/b/c"]
    assert walked(tmp_path, "a") == ["a/b", "a/b/c"]
    assert walked(tmp_path, "missing") == walked(tmp_path, ".hidden") == []
    assert [found.path for found in files(tmp_path).walk("", lambda path: path != "a/b")] == [
        ".hidden",
        "a",
        "a/b",
    ]


def test_the_state_is_never_looked_into(tmp_path: Path) -> None:
    for name in (".wfopt/x", "sub/.wfopt/x", "build/state/x", "build/statement"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "link").symlink_to("build/state")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/.wfopt").symlink_to("../build")
    seen = Files(str(tmp_path), Hasher(Memo(), time.time_ns), ("build/state/",))
    assert sorted(found.path for found in seen.walk("", lambda _: True)) == [
        "build",
        "build/statement",
        "elsewhere",
        "link",
        "sub",
    ]
    assert list(seen.walk("build/state", lambda _: True)) == []
    assert walked(tmp_path, "sub/.wfopt") == []


def test_folders_behind_links_are_entered(tmp_path: Path) -> None:
    (tmp_path / "away").mkdir()
    (tmp_path / "away/x").touch()
    work = tmp_path / "work"
    (work / "real").mkdir(parents=True)
    (work / "real/x").touch()
    (work / "link").symlink_to("real")
    (work / "file").symlink_to("real/x")
    (work / "out").symlink_to("../away")
    found = {each.path: each for each in files(work).walk("", lambda _: True)}
    assert found["link"] == Found("link", "real", is_dir=False, is_link=True)
    assert found["link/x"] == Found("link/x", "real/x", is_dir=False, is_link=False)
    assert found["out"] == Found("out", "", is_dir=False, is_link=True)
    assert sorted(found) == ["file", "link", "link/x", "out", "real", "real/x"]
    assert files(work).real("link/x") == "real/x"
    assert files(work).real("out/x") == ""
    assert walked(work, "out") == []


def test_loops_of_links_end(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/x").touch()
    (tmp_path / "a/b/up").symlink_to("..")
    (tmp_path / "a/b/top").symlink_to(tmp_path)
    (tmp_path / "a/b/here").symlink_to(".")
    names = walked(tmp_path, "a/b")
    # What lies above the start is seen through the link.
    assert "a/b/up/x" in names
    assert "a/b/up/b/up" in names
    assert not [name for name in names if name.startswith(("a/b/up/b/up/", "a/b/here/"))]


def test_folders_that_seem_endless_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(9):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name in "ab":
            (folder / name).symlink_to(f"../{number + 1}")
    (tmp_path / "9").mkdir()
    assert len(walked(tmp_path, "0")) == 2**10 - 2
    monkeypatch.setattr(module, "MOST_LISTED", 100)
    with pytest.raises(UnhashableError, match="input `0` holds more than 100 files"):
        walked(tmp_path, "0")


def test_depth_is_no_recursion(tmp_path: Path) -> None:
    depth, limit = 250, sys.getrecursionlimit()
    (tmp_path / "/".join("d" * depth)).mkdir(parents=True)
    sys.setrecursionlimit(len(inspect.stack(0)) + 100)
    try:
        names = walked(tmp_path)
    finally:
        sys.setrecursionlimit(limit)
    assert len(names) == depth


@pytest.mark.parametrize("name", [b"\xff\xfe", b"new\nline", b" ", b"-", b"\x1b[0m", "é".encode()])
def test_odd_names(tmp_path: Path, name: bytes) -> None:
    with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
        file.write(b"odd")
    assert walked(tmp_path) == [os.fsdecode(name)]
    assert files(tmp_path).look(os.fsdecode(name))[0].content == sha(b"odd")
